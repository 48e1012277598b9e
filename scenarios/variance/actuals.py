"""From a sealed plan and a later ledger to the two sides of a variance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.errors import CurrencyError, InputError
from history.language import Kept, kept, month_told
from history.months import index_of
from history.segments import Segments

from ..plans.figures import MOVEMENTS, Ints
from ..plans.verification import known_closing, known_closings, opening_of
from .books import Books
from .deals import deals_of
from .lines import ACTUAL_MOVEMENTS, TOLD_APART
from .planned import planned_books
from .sealed_policy import read_alike
from .variance import Variance

if TYPE_CHECKING:
    from history import Ledger

    from ..plans.plan import Plan

_KNOWN: Final = 3
_STRANGE: Final = 0.25
"""Months, and share of the last closing, from which on a ledger may be another company's."""

SHARES_OF: Final = 12
"""Months before a plan whose churn says how much of the planned churn is for which reason."""


def variance_of(plan: Plan, ledger: Ledger) -> Variance:
    """Lay a ledger's actuals beside a plan; see `Plan.against`."""
    _check(plan, ledger)
    months = plan.months[plan.months <= ledger.as_of]
    alike, said = read_alike(plan, ledger)
    by = plan.segments.by
    facts, today = _Facts.of(alike, by), _Facts.of(ledger, by)
    keys = {*plan.segments.keys, *facts.table["key"], *today.table["key"]}
    segments = Segments(by, tuple(sorted(keys)))
    reasons, weights = _reasons(alike, plan.as_of, months)
    actual = facts.books(plan.as_of, months, segments, reasons)
    planned = planned_books(plan.figures, plan.segments, len(months), segments, weights)
    return Variance(
        plan=plan,
        as_of=ledger.as_of,
        months=months,
        closed=len(months),
        segments=segments,
        reasons=reasons,
        planned=planned,
        actual=actual,
        policy=today.closings(months, segments) - actual.closings,
        history_now=facts.by_month(),
        deals=deals_of(plan, ledger),
        notes=(*_stranger(plan, facts.by_month()), *said, *_assumed(plan), *_notes(ledger, months)),
    )


def _check(plan: Plan, ledger: Ledger) -> None:
    if ledger.currency != plan.currency:
        raise CurrencyError(
            f"the plan {plan.name!r} is in {plan.currency}, the ledger in {ledger.currency}: read "
            f"the ledger with currency={plan.currency!r}"
        )
    if ledger.as_of <= plan.as_of:
        raise InputError(
            f"the plan {plan.name!r} knows the months to {plan.as_of}, the ledger is read as of "
            f"{ledger.as_of}: no planned month is closed in it; read it as of a later month"
        )
    if ledger.first_month > plan.as_of:
        raise InputError(
            f"the ledger begins in {ledger.first_month}, after {plan.as_of}, the last month that "
            f"the plan {plan.name!r} knows: read a ledger that reaches back to it"
        )


def _assumed(plan: Plan) -> Iterator[str]:
    """Say which figures of a budget from outside finance did not plan."""
    origin = plan.manifest.origin
    if origin is None:
        return
    yield kept(
        "The plan was imported from {file} and has no distribution: no percentiles.",
        file=origin.file,
    )
    sides = origin.by_segment or (((), origin.given),)
    for key, given in sides:
        absent = [name for name in MOVEMENTS if name not in given and name != "fx"]
        if absent:
            yield _absent(absent, key)
    if index_of(origin.first) > index_of(plan.months[0]):
        yield kept(
            "The file begins in {month}: the months before it were filled evenly.",
            month=partial(month_told, pd.Period(origin.first, "M")),
        )
    elif (opening_of(plan) != known_closing(plan)).any():
        yield kept(
            "The budget opens elsewhere than the ledger closed: that stands in the restatement."
        )


def _absent(lines: Sequence[str], key: Sequence[str]) -> Kept:
    """Say which lines a budget lacks, in one segment or at all."""
    names: Kept | str = kept("no {line}", line=kept(lines[0]))
    for line in lines[1:]:
        names = kept("{names}, no {line}", names=names, line=kept(line))
    if key:
        return kept(
            "The file has {names} of {segment}: what is planned of them was assumed.",
            names=names,
            segment=" / ".join(key),
        )
    return kept("The file has {names}: what is planned of them was assumed.", names=names)


def _stranger(plan: Plan, now: Mapping[int, int]) -> Iterator[str]:
    """Ask whether the ledger is another company's: no month closes as the plan knew it."""
    then = known_closings(plan)
    if len(then) < _KNOWN or any(now.get(month, 0) == mrr for month, mrr in then.items()):
        return
    last = max(then)
    if abs(now.get(last, 0) - then[last]) > _STRANGE * abs(then[last]):
        yield kept(
            "None of the {n} months that the plan knows closes as it did then, and the last by far "
            "not: is this the ledger of {plan}'s company?",
            n=len(then),
            plan=repr(plan.name),
        )


def _notes(ledger: Ledger, months: pd.PeriodIndex) -> Iterator[str]:
    if ledger.as_of > months[-1]:
        yield kept(
            "The plan ends in {month}; later months are not compared.",
            month=partial(month_told, months[-1]),
        )


@dataclass(frozen=True)
class _Facts:
    """A ledger's movements and its churn by reason, with segments as keys, minor units."""

    table: pd.DataFrame
    churn: pd.DataFrame

    @classmethod
    def of(cls, ledger: Ledger, by: tuple[str, ...]) -> _Facts:
        names = list(by) or None
        return cls(
            _keyed(ledger.movements(by=names).minor, by, "movement"),
            _keyed(ledger.churn_reasons(by=names).minor, by, "reason"),
        )

    def books(
        self, as_of: pd.Period, months: pd.PeriodIndex, segments: Segments, reasons: tuple[str, ...]
    ) -> Books:
        """Give the actuals of these months, opened by what is known of `as_of`."""
        span = [index_of(month) for month in months]
        opening, _ = _gather(self.table, [index_of(as_of)], ("closing",), segments)
        flows, counts = _gather(self.table, span, ACTUAL_MOVEMENTS, segments)
        _, paying = _gather(self.table, span, ("opening",), segments)
        if reasons == ("",):
            at = ACTUAL_MOVEMENTS.index("churn")
            churn, lost = flows[:, at : at + 1], counts[:, at : at + 1]
        else:
            churn, lost = _gather(self.churn, span, reasons, segments)
        books = Books(
            opening=opening[0, 0],
            flows=flows,
            customers=paying[:, 0].astype(np.float64),
            won=counts[:, ACTUAL_MOVEMENTS.index("new")].astype(np.float64),
            churn=churn,
            lost=lost.astype(np.float64),
        )
        if (books.closings != self.closings(months, segments)).any():
            raise InputError("the ledger's movements do not add up to its closing MRR")
        return books

    def closings(self, months: pd.PeriodIndex, segments: Segments) -> Ints:
        span = [index_of(month) for month in months]
        return _gather(self.table, span, ("closing",), segments)[0][:, 0]

    def by_month(self) -> dict[int, int]:
        closings = self.table.loc[self.table["line"] == "closing"]
        sums = closings.groupby("month")["mrr"].sum()
        return {int(month): int(mrr) for month, mrr in sums.items()}  # type: ignore[call-overload]


def _keyed(minor: pd.DataFrame, by: tuple[str, ...], line: str) -> pd.DataFrame:
    keys = list(zip(*(minor[column].astype(str) for column in by), strict=True))
    found: dict[str, object] = {
        "month": [index_of(month) for month in minor["month"]],
        "key": keys if by else [()] * len(minor),
        "line": minor[line].astype(str).to_numpy(),
    }
    for name in ("customers", "mrr"):
        found[name] = minor[name].to_numpy(dtype="int64", na_value=0)
    return pd.DataFrame(found)


def _gather(
    table: pd.DataFrame, span: Sequence[int], lines: Sequence[str], segments: Segments
) -> tuple[Ints, Ints]:
    """MRR and customers of the lines as (months, lines, segments); 0 where there is no row."""
    month = {index: i for i, index in enumerate(span)}
    line = {name: i for i, name in enumerate(lines)}
    place = {key: i for i, key in enumerate(segments.keys)}
    mrr = np.zeros((len(span), len(lines), len(segments)), dtype=np.int64)
    customers = np.zeros_like(mrr)
    rows = table.loc[table["month"].isin(span) & table["line"].isin(lines)]
    at = (rows["month"].map(month), rows["line"].map(line), rows["key"].map(place))
    where = tuple(np.asarray(part, dtype=np.int64) for part in at)
    np.add.at(mrr, where, rows["mrr"].to_numpy())
    np.add.at(customers, where, rows["customers"].to_numpy())
    return mrr, customers


def _reasons(
    ledger: Ledger, as_of: pd.Period, months: pd.PeriodIndex
) -> tuple[tuple[str, ...], Ints]:
    """Give the reasons of churn told apart, and the weights (MRR, customers) of what is planned.

    A plan has one churn. It is taken to be for the company's reasons of the `SHARES_OF` months
    before it; where those name none, churn is not told apart.
    """
    churn = ledger.churn_reasons().minor.set_index("month")
    before = churn.loc[(churn.index <= as_of) & (churn.index > as_of - SHARES_OF)]
    past = before.groupby("reason")[["mrr", "customers"]].sum().abs()
    if past.empty or not past.loc[past.index != "unknown", "mrr"].sum():
        return ("",), np.ones((2, 1), dtype=np.int64)
    here = churn.loc[churn.index.isin(months)].groupby("reason")["customers"].sum()
    met = past["customers"].add(here, fill_value=0)
    reasons = tuple(name for name in TOLD_APART if met.get(name, 0))
    return reasons, past.reindex(reasons, fill_value=0).to_numpy(dtype=np.int64).T
