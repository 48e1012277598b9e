"""Freezing: from a run to the bytes of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from history.errors import InputError

from ..files.fields import clean_text
from .figures import (
    history_table,
    planned,
    read_draws,
    write_counts,
    write_draws,
    write_figures,
    write_history,
)
from .following import checked_kind, predecessor_of
from .manifest import COUNTS, Assumptions, Known, Manifest, versions
from .sealing import canonical, seal, sha256

if TYPE_CHECKING:
    from forecast.levers import Levers

    from ..run import Run
    from .plan import Plan


def frozen(
    run: Run, name: str, approved_by: str, *, follows: Plan | None, kind: str | None
) -> tuple[bytes, Manifest]:
    """Give a run as a sealed plan: the bytes of its file, and what stands in its manifest.

    Raises
    ------
    InputError
        Name, approver or kind do not do, a figure is not finite, or it cannot follow that plan.
    """
    projection, forecaster = run.projection, run.forecaster
    segments = projection.segments
    movements = forecaster.movements
    tables = {
        "draws.npy": write_draws(projection),
        COUNTS: write_counts(projection),
        "figures.csv": write_figures(planned(projection)),
        "history.csv": write_history(history_table(movements.minor, segments.by, segments.keys)),
    }
    manifest = Manifest(
        name=one_line("name", name),
        approved_by=one_line("approved_by", approved_by),
        frozen_at=now(),
        assumptions=_assumptions(run),
        known=_known(run),
        currency=projection.currency,
        by=segments.by,
        segments=segments.keys,
        first=str(projection.months[0]),
        last=str(projection.months[-1]),
        seed=run.seed,
        paths=run.paths,
        paths_kept=int(read_draws(tables["draws.npy"]).shape[1]),
        notes=tuple(projection.notes),
        predecessor=None,
        kind=checked_kind(kind, len(projection.months)),
        calibrated=bool(forecaster.calibration.origins),
        versions=versions(),
        members={},
        content_hash="",
    )
    return sealed(manifest, tables, follows)


def sealed(
    manifest: Manifest, tables: Mapping[str, bytes], follows: Plan | None
) -> tuple[bytes, Manifest]:
    """Seal tables with a manifest, having put in their hashes, the plan before and the content."""
    found: dict[str, Any] = {"members": {name: sha256(each) for name, each in tables.items()}}
    if follows is not None:
        found["predecessor"] = predecessor_of(follows, manifest)
    manifest = manifest.model_copy(update=found)
    manifest = manifest.model_copy(update={"content_hash": manifest.content()})
    return seal({**tables, "manifest.json": manifest.to_bytes()}), manifest


def now() -> str:
    """Give the time, UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def one_line(what: str, value: str) -> str:
    """Give a name as it is sealed.

    Raises
    ------
    InputError
        It is blank, longer than 200 characters, or does not print.
    """
    if not value.strip() or "\n" in value or len(value) > 200:
        raise InputError(
            f"{what} must be one line of text of 1 to 200 characters, not {value!r:.60}"
        )
    try:
        return clean_text(value.strip())
    except ValueError as error:
        raise InputError(f"{what}: {error}") from None


def levers_digest(levers: Levers) -> str:
    """SHA-256 over every map's numbers, as 64-bit little-endian bytes, and every prospect."""
    parts: list[Any] = []
    for name in sorted(levers.maps):
        found = levers.maps[name]
        for array in (found.scale, found.shift):
            # Adding zero turns -0.0, which means the same, into 0.0.
            plain = np.ascontiguousarray(np.asarray(array, dtype="<f8") + 0.0)
            parts.append([name, list(plain.shape), sha256(plain.tobytes())])
    parts += [prospect.key.decode() for prospect in levers.prospects]
    return sha256(canonical(parts))


def _assumptions(run: Run) -> Assumptions:
    scenario = run.scenario
    return Assumptions(
        name=scenario.name,
        because=scenario.because,
        lineage=scenario.lineage,
        changes=tuple(change.as_dict() for change in scenario.all_changes),
        costs=None if (costs := scenario.costs_in_force) is None else costs.as_dict(),
        digest=scenario.digest,
        levers=levers_digest(run.levers),
    )


def _known(run: Run) -> Known:
    fingerprint = run.forecaster.fingerprint
    return Known(
        as_of=str(run.forecaster.as_of),
        digest=fingerprint.digest,
        policy=run.forecaster.policy_hash,
        switches=run.forecaster.policy.changed or None,
        months={str(month): digest for month, digest in fingerprint.months.items()},
    )
