"""The scorecard: how good all sealed plans were, and what the company tends to over-promise."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from history.errors import InputError, unknown_name
from history.wording import counted

from ..variance.sealed_policy import read_alike
from .figures import MOVEMENTS, Floats
from .scores import NET, TOTAL, scores_of

if TYPE_CHECKING:
    from history import Ledger

    from .plan import Plan

FEWEST: Final = 5
"""Plans, and closed months, below which nothing is said of a tendency."""

_LEVERS: Final = {
    "new": "new_customers",
    "reactivation": "reactivation",
    "expansion": "expansion",
    "contraction": "contraction",
    "churn": "churn",
}
_BY: Final = ("horizon", "line", "segment", "plan")


@dataclass(frozen=True, eq=False)
class Scorecard:
    """All sealed plans beside what came.

    Attributes
    ----------
    currency
        ISO 4217 code of all amounts (MRR, major units).
    as_of
        Last month known now.
    records
        Every planned figure of a closed month, as `scores_of` gives them.
    notes
        What is not scored, and what to bear in mind.
    """

    currency: str
    as_of: pd.Period
    records: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, plans: Sequence[Plan], ledger: Ledger) -> Scorecard:
        """Score plans against a ledger.

        Parameters
        ----------
        plans
            Sealed plans of one company; those without a closed month are named and left out.
        ledger
            Its ledger as known now; each plan is scored by the definitions that it was made with.

        Raises
        ------
        InputError
            No plan has a month that is closed in the ledger.
        CurrencyError
            A plan is in another currency.
        UnknownNameError
            The ledger lacks a dimension of a plan.
        """
        alike = [read_alike(plan, ledger) for plan in plans]
        found = [scores_of(plan, each) for plan, (each, _) in zip(plans, alike, strict=True)]
        early = [plan.name for plan, rows in zip(plans, found, strict=True) if rows.empty]
        scored = [rows for rows in found if not rows.empty]
        if not scored:
            raise InputError(
                f"none of {counted(len(plans), 'plan')} has a month that is closed in the ledger "
                f"as of {ledger.as_of}: there is nothing to score yet"
            )
        records = pd.concat(scored, ignore_index=True)
        # Such as fx in a company of one currency: nothing to score.
        moved = records.groupby("line")[["planned", "actual"]].transform(lambda v: v.ne(0).any())
        records = records.loc[moved.any(axis=1)].reset_index(drop=True)
        said = dict.fromkeys(note for _, notes in alike for note in notes)
        return cls(ledger.currency, ledger.as_of, records, (*_notes(records, early), *said))

    @property
    def plans(self) -> int:
        """How many plans are scored."""
        return int(self.records["seal"].nunique())

    def table(
        self,
        by: str | Sequence[str] = "horizon",
        *,
        line: str | None = None,
        segment: str | None = TOTAL,
    ) -> pd.DataFrame:
        """Give the scores by horizon, line, segment or plan, or several of them.

        Parameters
        ----------
        by
            One or several of ``horizon``, ``line``, ``segment``, ``plan``.
        line
            Only this line; ``closing`` when left out and not asked for by line.
        segment
            Only this segment, ``company`` by default; all when None or asked for by segment.

        Returns
        -------
        DataFrame
            The columns of `by`; ``plans``, ``figures`` (how many); ``error`` (mean absolute),
            ``bias`` (mean of plan - actual: above 0 too much was promised, of losses too little),
            both also as shares of the mean absolute actual; ``coverage_80``, ``coverage_95``
            (shares, blank without quantiles); ``pinball`` (mean loss over the quantiles, blank
            without); ``skill_last_value``, ``skill_drift`` (1 - error / the naive error; blank
            where that is 0).

        Raises
        ------
        UnknownNameError
            No such column, line or segment.
        """
        names = [by] if isinstance(by, str) else list(by)
        for name in names:
            if name not in _BY:
                raise unknown_name("column of the scorecard", name, _BY)
        rows = self.records
        if "line" not in names:
            rows = _only(rows, "line", line or "closing")
        elif line is not None:
            rows = _only(rows, "line", line)
        if "segment" not in names and segment is not None:
            rows = _only(rows, "segment", segment)
        return _scored(rows, names)

    def promises(self) -> pd.DataFrame:
        """Give what came of what was promised, by movement, over the plans.

        Returns
        -------
        DataFrame
            One row a movement and one for net new, company: ``line``, ``plans``, ``factor`` (sum
            of what came / sum of what was planned, over all plans and closed months), ``error``
            (its standard error, clustered by plan and by month, since plans that overlap share
            their actuals; blank with one plan), ``bias`` (planned - actual over the absolute
            actual), ``finding``: ``over-promised``, ``under-promised``, ``none`` (the factor is
            within two-sided 95 % of 1 by Student's t), or ``too few`` (below `FEWEST` plans or
            months); ``lever`` of a scenario that it would multiply.
        """
        rows = _only(self.records, "segment", TOTAL)
        known = set(rows["line"])
        lines = [line for line in (*MOVEMENTS, NET) if line in known]
        return pd.DataFrame([_promise(rows, line) for line in lines])

    def __str__(self) -> str:
        head = (
            f"Scorecard of {counted(self.plans, 'plan')} against the ledger as of {self.as_of}, "
            f"MRR in {self.currency}"
        )
        parts = [head, "", "Closing MRR by months ahead", _text(self.table("horizon"))]
        parts += ["", "By movement, whole company", _text(self.table("line"))]
        if (self.records["segment"] != TOTAL).any():
            parts += ["", "Closing MRR by segment", _text(self.table("segment"))]
        parts += ["", "What was promised, and what came", *self.sentences()]
        return "\n".join([*parts, *(f"note: {note}" for note in self.notes)])

    def sentences(self) -> list[str]:
        """Say of each movement what came of what was promised, and from where to start next."""
        return [_sentence(row) for row in self.promises().to_dict("records")]


def _only(rows: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    found = rows.loc[rows[column] == value]
    if found.empty:
        raise unknown_name(column, value, rows[column].unique())
    return found


def _scored(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    missed = rows["planned"] - rows["actual"]
    cells = rows.assign(
        figures=1,
        error=missed.abs(),
        bias=missed,
        size=rows["actual"].abs(),
        naive=(rows["last_value"] - rows["actual"]).abs(),
        straight=(rows["drift"] - rows["actual"]).abs(),
    )
    means = ["error", "bias", "size", "naive", "straight", "in_80", "in_95", "pinball"]
    groups = cells.groupby(names, sort=False)
    found = groups[means].mean()
    found.insert(0, "plans", groups["seal"].nunique())
    found.insert(1, "figures", groups["figures"].sum())
    found = found.reset_index()
    if "horizon" in names:
        found = found.sort_values("horizon", kind="stable").reset_index(drop=True)
    size = found["size"].where(found["size"] > 0)
    return pd.DataFrame(
        {
            **{name: found[name] for name in (*names, "plans", "figures", "error", "bias")},
            "error_share": found["error"] / size,
            "bias_share": found["bias"] / size,
            "coverage_80": found["in_80"],
            "coverage_95": found["in_95"],
            "pinball": found["pinball"],
            "skill_last_value": 1 - found["error"] / found["naive"].where(found["naive"] > 0),
            "skill_drift": 1 - found["error"] / found["straight"].where(found["straight"] > 0),
        }
    )


def _promise(rows: pd.DataFrame, line: str) -> dict[str, object]:
    cells = rows.loc[rows["line"] == line]
    planned, actual = cells["planned"].to_numpy(), cells["actual"].to_numpy()
    plans = int(cells["seal"].nunique())
    said = bool(planned.sum()) and bool(actual.any())
    factor = float(actual.sum() / planned.sum()) if said else np.nan
    error = _clustered(cells, actual - factor * planned) if said and plans > 1 else np.nan
    missed = float((planned - actual).sum() / np.abs(actual).sum()) if said else np.nan
    return {
        "line": line,
        "plans": plans if said else 0,
        "factor": factor,
        "error": error,
        "bias": missed,
        "finding": _finding(cells, factor, error, missed),
        "lever": _LEVERS.get(line, ""),
    }


def _clustered(cells: pd.DataFrame, left: Floats) -> float:
    """Give the standard error of a ratio of sums, residuals hanging together by plan and month.

    The variances clustered by plan and by month, less that of single cells (Cameron, Gelbach and
    Miller 2011, equation 2.11), never below the larger of the two; G / (G - 1) for G clusters.
    """
    residuals = pd.Series(left, index=cells.index)

    def variance(*keys: str) -> float:
        sums = residuals.groupby([cells[key] for key in keys]).sum().to_numpy()
        few = len(sums) / (len(sums) - 1) if len(sums) > 1 else np.nan
        return float(few * (sums**2).sum())

    plan, month = variance("seal"), variance("month")
    largest = float(np.nanmax([plan, month]))
    both = plan + month - variance("seal", "month")
    total = largest if np.isnan(both) else max(both, largest)
    return float(np.sqrt(total) / abs(cells["planned"].sum()))


def _finding(cells: pd.DataFrame, factor: float, error: float, missed: float) -> str:
    clusters = min(cells["seal"].nunique(), cells["month"].nunique())
    if np.isnan(error) or clusters < FEWEST:
        return "too few"
    from scipy.special import stdtrit

    if abs(factor - 1.0) <= float(stdtrit(clusters - 1, 0.975)) * error:
        return "none"
    return "over-promised" if missed > 0 else "under-promised"


def _sentence(row: Mapping[Hashable, Any]) -> str:
    line, count, factor = str(row["line"]), int(row["plans"]), float(row["factor"])
    if count == 0:
        return f"  {line}: nothing was planned, or nothing came"
    error = float(row["error"])
    spread = "" if np.isnan(error) else f" (standard error {error:.0%})"
    said = f"  {line}: {factor:.0%} of the plan came{spread}, {counted(count, 'plan')}"
    finding = str(row["finding"])
    if finding == "too few":
        return f"{said}: too few to tell a tendency ({FEWEST} plans and {FEWEST} months are needed)"
    if finding == "none":
        return f"{said}: no tendency that differs from chance"
    lever = str(row["lever"])
    start = f"; to start the next plan from it: lever {lever}, times {factor:.2f}" if lever else ""
    return f"{said}: {finding.upper()}{start}"


def _notes(records: pd.DataFrame, early: list[str]) -> list[str]:
    notes = []
    if early:
        notes.append(f"without a closed month, not scored: {', '.join(early)}")
    bare = records.loc[records["line"].eq("closing") & records["in_80"].isna(), "plan"].unique()
    if len(bare):
        notes.append(f"without a distribution, scored on means only: {', '.join(bare)}")
    return notes


def _text(table: pd.DataFrame) -> str:
    shown = table.rename(
        columns={
            "horizon": "months ahead",
            "error_share": "error %",
            "bias_share": "bias %",
            "coverage_80": "in 80 % band",
            "coverage_95": "in 95 % band",
            "skill_last_value": "skill vs last value",
            "skill_drift": "skill vs drift",
        }
    )
    for column in shown.columns:
        if column in {"error", "bias", "pinball"}:
            shown[column] = ["" if np.isnan(v) else f"{v:,.0f}" for v in shown[column]]
        elif shown[column].dtype == np.float64:
            shown[column] = ["" if np.isnan(v) else f"{v:.0%}" for v in shown[column]]
    return shown.to_string(index=False)
