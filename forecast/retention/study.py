"""A study of a ledger's retention: chain ladder, newer and older cohorts, lifetime, early churn.

The same question is answered in ways that know nothing of each other, side by side: what the
triangle says by itself, one curve for all cohorts, and each cohort by its own. Where they part
by more than their errors, the reader should know why before using any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import numpy as np
import pandas as pd

from history.errors import InputError, NotEnoughHistoryError

from .chain_ladder import ChainLadder, chain_ladder
from .curve import RetentionCurve
from .early import EarlyChurn, early_churn
from .effects import CohortEffects, fit_effects
from .fitting import fit_retention
from .tail import lifetime

if TYPE_CHECKING:
    from history import Cohorts, Ledger

_TOTAL: Final = "total"
_TABLES: Final = ("cohorts", "ahead", "factors", "trend", "shocks", "lifetime")

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class RetentionStudy:
    """Retention of a company and its segments, as plain tables.

    Every table begins with the columns of the segments, `total` for the company. Customers and
    MRR are expected ones after the as-of month; MRR is in major units; shares are 0-1.

    Attributes
    ----------
    cohorts : DataFrame
        One row a cohort, `total` last: cohort, age, customers, ultimate_customers (at the oldest
        known age), customers_error, mrr, ultimate_mrr, mrr_error (Mack's standard errors), lost,
        expected_lost (as of an average cohort), factor (on its hazards) and log_error.
    ahead : DataFrame
        All cohorts together by month: customers and mrr by the chain ladder with their standard
        errors, and customers by_curve and by_effects (each cohort's own curve).
    factors : DataFrame
        By the age that is reached: customers_factor, mrr_factor, their errors and the number of
        cohorts; the last row is the tail's and stands for every older age.
    trend : DataFrame
        per_cohort (change of the log hazard), standard_error, z, believed.
    shocks : DataFrame
        Months that stand out: month, hazard_ratio, log_error, z, extra_lost.
    lifetime : DataFrame
        Paying months of a new customer within the horizon, by the curve of all cohorts and by that
        of the newest: cohorts, model, months, standard_error, low, high (80 %), beyond (share past
        the oldest known age).
    early : EarlyChurn or None
        Who joined and left before a close; of the company.
    notes : tuple of str
        What was left out, and what could not be said.
    """

    cohorts: pd.DataFrame
    ahead: pd.DataFrame
    factors: pd.DataFrame
    trend: pd.DataFrame
    shocks: pd.DataFrame
    lifetime: pd.DataFrame
    early: EarlyChurn | None
    notes: tuple[str, ...]


def study_retention(
    ledger: Ledger,
    by: tuple[str, ...] = (),
    *,
    months: int = 12,
    horizon: int = 60,
    discount: float = 0.0,
    scatter: Literal["mack", "pooled"] = "pooled",
) -> RetentionStudy:
    """Study the retention of a ledger's cohorts.

    Parameters
    ----------
    ledger : Ledger
        The history. Customers of its first month have no known age and are left out.
    by : tuple of str
        Dimensions to segment by.
    months : int
        Months ahead for which cohorts are completed.
    horizon : int
        Months of a customer's life that are added up.
    discount : float
        Of a later month's payment, by month, 0-1.
    scatter : {'pooled', 'mack'}
        As in `chain_ladder`.

    Returns
    -------
    RetentionStudy

    Raises
    ------
    InputError
        Months below 1, or a horizon or discount out of its bounds.
    NotEnoughHistoryError
        No cohort that began after the first month is known at two ages.

    Examples
    --------
    >>> from forecast.retention import study_retention
    >>> from history import Ledger
    >>> from history.synthetic import monthly_smb
    >>> made = monthly_smb().generate(seed=1, through="2023-12")
    >>> study = study_retention(Ledger.read(made.lines, as_of="2023-12", currency="EUR"))
    >>> study.ahead[["customers", "customers_error"]].iloc[-1].round().astype(int).tolist()
    [465, 22]
    """
    if months < 1:
        raise InputError(f"months={months}: 1 or more.")
    cohorts = ledger.cohorts(by=by)
    said = [_left_out(cohorts)]
    parts: list[dict[str, pd.DataFrame]] = []
    for key in (*cohorts.segments.keys, (_TOTAL,) * len(by)) if by else ((),):
        whole = key == (_TOTAL,) * len(by)
        label = None if whole else " / ".join(key)
        try:
            part = _Part.of(cohorts, label, scatter)
        except NotEnoughHistoryError as error:
            if whole:
                raise
            said.append(f"{label}: {error}")
            continue
        said += [f"{label}: {note}" if label else note for note in part.notes]
        tables = part.tables(ledger.as_of, months, horizon, discount)
        parts.append({name: _named(table, by, key) for name, table in tables.items()})
    joined = {name: pd.concat([part[name] for part in parts]) for name in _TABLES}
    early = _tried(lambda: early_churn(ledger), "early churn", said)
    return RetentionStudy(
        **{name: table.reset_index(drop=True) for name, table in joined.items()},
        early=early,
        notes=tuple(said),
    )


@dataclass(frozen=True, eq=False)
class _Part:
    """What was found for the company or one segment; None where there is too little."""

    customers: ChainLadder
    mrr: ChainLadder
    curve: RetentionCurve
    effects: CohortEffects | None
    notes: tuple[str, ...]

    @classmethod
    def of(cls, cohorts: Cohorts, label: str | None, scatter: Literal["mack", "pooled"]) -> _Part:
        customers = _known_starts(cohorts, label, "customers")
        mrr = _known_starts(cohorts, label, "mrr")
        said: list[str] = []
        curve = fit_retention(customers)
        effects = _tried(lambda: fit_effects(customers), "trend and shocks", said)
        trend = effects.notes[-1:] if effects else ()
        return cls(
            customers=chain_ladder(customers, scatter=scatter),
            mrr=chain_ladder(mrr, scatter=scatter),
            curve=curve,
            effects=effects,
            notes=(*curve.notes, *trend, *said),
        )

    def tables(
        self, as_of: pd.Period, months: int, horizon: int, discount: float
    ) -> dict[str, pd.DataFrame]:
        return {
            "cohorts": self._cohorts(),
            "ahead": self._ahead(as_of, months),
            "factors": self._factors(),
            "trend": self._trend(),
            "shocks": self._shocks(),
            "lifetime": pd.DataFrame(self._lifetimes(horizon, discount)),
        }

    def _cohorts(self) -> pd.DataFrame:
        """One row a cohort and their sum."""
        sides = {}
        for name, ladder in (("customers", self.customers), ("mrr", self.mrr)):
            columns = ["latest", "ultimate", "standard_error"]
            table = ladder.cohorts[columns].copy()
            table.loc[_TOTAL] = ladder.total[columns]
            sides[name] = table.set_axis([name, f"ultimate_{name}", f"{name}_error"], axis=1)
        found = pd.concat(sides.values(), axis=1)
        found.insert(0, "age", self.customers.cohorts["latest_age"].reindex(found.index))
        effects = pd.DataFrame(np.nan, found.index, ["lost", "expected", "factor", "log_error"])
        if self.effects is not None:
            effects.update(self.effects.cohorts)
            effects.loc[_TOTAL, ["lost", "expected"]] = effects[["lost", "expected"]].sum()
        found = found.join(effects.rename(columns={"expected": "expected_lost"}))
        return found.astype({"age": "Int64"}).rename_axis("cohort").reset_index()

    def _ahead(self, as_of: pd.Period, months: int) -> pd.DataFrame:
        sides = []
        for name, ladder in (("customers", self.customers), ("mrr", self.mrr)):
            sides.append(ladder.ahead(months).set_axis([name, f"{name}_error"], axis=1))
        found = pd.concat(sides, axis=1)
        found["by_curve"] = self.curve.project(months).sum()
        found["by_effects"] = self.effects.project(months).sum() if self.effects else np.nan
        found.insert(0, "month", [as_of + h for h in found.index])
        return found

    def _factors(self) -> pd.DataFrame:
        """Factors by age; the tail's stand at the age after the oldest."""
        sides = []
        for name, ladder in (("customers", self.customers), ("mrr", self.mrr)):
            tail = ladder.tail.rename(len(ladder.factors) + 1).to_frame().T
            table = pd.concat([ladder.factors, tail])[["factor", "standard_error", "cohorts"]]
            sides.append(table.set_axis([f"{name}_factor", f"{name}_factor_error", "cohorts"],
                                        axis=1))  # fmt: skip
        found = pd.concat([sides[0].drop(columns="cohorts"), sides[1]], axis=1)
        return found.astype({"cohorts": "int64"}).rename_axis("age").reset_index()

    def _trend(self) -> pd.DataFrame:
        columns = ["per_cohort", "standard_error", "z", "believed"]
        if self.effects is None:
            return pd.DataFrame(columns=columns, dtype=float)
        trend = self.effects.trend
        return pd.DataFrame([[getattr(trend, name) for name in columns]], columns=columns)

    def _shocks(self) -> pd.DataFrame:
        if self.effects is None:
            names = ["month", "hazard_ratio", "log_error", "z", "extra_lost"]
            return pd.DataFrame(columns=names)
        return self.effects.shocks.rename_axis("month").reset_index()

    def _lifetimes(self, horizon: int, discount: float) -> Iterator[dict[str, object]]:
        curves = {"all": self.curve}
        if self.effects is not None:
            curves["newest"] = self.effects.curve()
        for name, curve in curves.items():
            found = lifetime(curve, horizon, discount=discount)
            yield {
                "cohorts": name,
                "model": curve.model,
                "months": found.periods,
                "standard_error": found.standard_error,
                "low": found.low,
                "high": found.high,
                "beyond": found.beyond,
            }


def _known_starts(
    cohorts: Cohorts, label: str | None, value: Literal["customers", "mrr"]
) -> pd.DataFrame:
    """Triangle of the cohorts that began after the first month of history."""
    triangle = cohorts.triangle(label, value)
    first = cohorts.triangle().index[0]
    later: pd.DataFrame = triangle.drop(index=first, errors="ignore")
    return later.dropna(axis=1, how="all")


def _left_out(cohorts: Cohorts) -> str:
    """Say which customers are in no cohort, and what they pay today."""
    there, mrr = (cohorts.triangle(value=value).iloc[0] for value in ("customers", "mrr"))
    return (
        f"left out: {there.iloc[0]:.0f} customers of {there.name}, the first month of history, "
        f"whose age nobody knows; {there.iloc[-1]:.0f} of them pay {mrr.iloc[-1]:,.2f} today"
    )


def _tried(find: Callable[[], Found], what: str, said: list[str]) -> Found | None:
    """Give what is found, or None and the reason said."""
    try:
        return find()
    except NotEnoughHistoryError as error:
        said.append(f"{what}: {error}")
        return None


def _named(table: pd.DataFrame, by: tuple[str, ...], key: tuple[str, ...]) -> pd.DataFrame:
    """Put the columns of the segments first."""
    named = table.copy()
    for at, name in enumerate(by):
        named.insert(at, name, key[at])
    return named
