"""Importing: from a budget of finance to the bytes of a plan, which has no draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from forecast.levers import Levers
from forecast.quantiles import QUANTILES
from history.errors import InputError
from history.months import text

from ..scenario import Scenario
from .budget import Budget
from .budget.budget import cells_of
from .figures import (
    COMPANY,
    LINES,
    MOVEMENTS,
    history_table,
    write_array,
    write_figures,
    write_history,
)
from .following import checked_kind
from .freezing import levers_digest, now, one_line, sealed
from .manifest import Assumptions, Known, Manifest, Origin, versions
from .sealing import sha256

if TYPE_CHECKING:
    from history import Ledger

    from .plan import Plan

SOURCE: Final = "source"
"""Member of an imported plan that is the file it was read from, byte for byte."""


def imported(
    path: Path,
    budget: Budget,
    ledger: Ledger,
    name: str,
    approved_by: str,
    *,
    follows: Plan | None,
    kind: str | None,
) -> tuple[bytes, Manifest]:
    """Give a budget as a sealed plan: the bytes of its file, and what stands in its manifest.

    The file that it was read from is sealed in as it stands.

    Raises
    ------
    InputError
        Name, approver or kind do not do, or it cannot follow that plan.
    """
    segments = budget.segments
    months, width = len(budget.months), len(segments)
    then = ledger.at(budget.as_of)
    fingerprint = then.fingerprint()
    content = path.read_bytes()
    tables = {
        "draws.npy": write_array(np.zeros((len(MOVEMENTS), 0, months, width))),
        "figures.csv": write_figures(figures_of(budget)),
        "history.csv": write_history(
            history_table(budget.history.minor, segments.by, segments.keys)
        ),
        SOURCE: content,
    }
    called = one_line("name", name)
    assumed = Scenario(called, because=f"imported from {path.name}")
    manifest = Manifest(
        name=called,
        approved_by=one_line("approved_by", approved_by),
        frozen_at=now(),
        assumptions=Assumptions(
            name=called,
            because=assumed.because,
            lineage=assumed.lineage,
            changes=(),
            digest=assumed.digest,
            levers=levers_digest(Levers.none()),
        ),
        known=Known(
            as_of=str(budget.as_of),
            digest=fingerprint.digest,
            policy=then.policy.digest,
            switches=then.policy.changed or None,
            months={str(month): digest for month, digest in fingerprint.months.items()},
        ),
        currency=budget.currency,
        by=segments.by,
        segments=segments.keys,
        first=text(budget.months[0]),
        last=text(budget.months[-1]),
        seed=0,
        paths=0,
        paths_kept=0,
        notes=budget.assumptions,
        predecessor=None,
        kind=checked_kind(kind, months),
        origin=Origin(
            file=path.name,
            sheet=budget.sheet,
            sha256=sha256(content),
            first=text(budget.first),
            given=budget.given,
            by_segment=budget.by_segment,
            unused=budget.unused,
            used=budget.used,
            options={key: value for key, value in budget.options.items() if value is not None},
        ),
        versions=versions(),
        members={},
        content_hash="",
    )
    return sealed(manifest, tables, follows)


def figures_of(budget: Budget) -> pd.DataFrame:
    """Give the figures of a budget as `planned` gives those of a projection, without quantiles."""
    columns = ["month", "segment", "line", "mean", "customers"]
    parts = pd.DataFrame(list(cells_of(budget)), columns=columns)
    if (parts["mean"].abs() >= 2**62).any():
        raise InputError("an amount of the budget is too large")
    groups = parts.groupby(["month", "line"])
    counted = groups["customers"].sum().where(groups["customers"].count() == groups.size())
    whole = groups[["mean"]].sum().assign(customers=counted).reset_index()
    table = pd.concat([parts, whole.assign(segment=COMPANY)], ignore_index=True)
    table["_line"] = table["line"].map(LINES.index)
    table["_segment"] = table["segment"].replace(COMPANY, len(budget.segments))
    table = table.sort_values(["month", "_segment", "_line"], kind="stable")
    table = table.assign(**dict.fromkeys(QUANTILES, np.nan)).astype({"mean": "int64"})
    return table[[*columns, *QUANTILES]].reset_index(drop=True)
