"""Hazards: when customers leave, by segment, kind of contract and age.

Three kinds are told apart by the months of the contract. Customers at will (1 month) leave at any
age, along a curve in months. Contracts can end at their anniversaries only, so their curve counts
renewals; what leaves between them in spite of it is one small pooled hazard. Short contracts
(2 to 6 months) and long ones (7 and more) have curves of their own.

A life that already ran in the first month of history has an age that nobody knows. Such lives are
kept out of the curves, and follow them from their known age on, times a factor measured on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.language import kept, marked, say, share

from .record import summed
from .retention import fit_exposure, pooling_strength

if TYPE_CHECKING:
    from history.lives import Lives

    from .retention import RetentionCurve

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

KINDS: Final = (marked("at will"), marked("short contracts"), marked("contracts"))
"""Kinds of contract; their positions are used in arrays."""

LONGEST: Final = 240
"""Ages (months, or renewals) up to which hazards are tabulated; older ones take the last."""

USUAL_RENEWAL_LOSS: Final = 0.15
"""Share of contracts assumed not to renew while none has come up for renewal yet."""

_ASSUMED_ERROR: Final = 0.6
_SHORT: Final = 2
_LONG: Final = 7
_LEAN_EVENTS: Final = 4.0
_ENOUGH: Final = 10.0
_SHAPE_ERROR: Final = 0.05


def kind_of(term: NDArray[np.int64]) -> Whole:
    """Kind of contract by its months: 0 at will, 1 short, 2 a year or so and more."""
    return np.asarray((term >= _SHORT).astype(np.int64) + (term >= _LONG))


@dataclass(frozen=True, eq=False)
class Hazards:
    """Fitted hazards of all segments.

    Attributes
    ----------
    curves : mapping of (kind, segment) to RetentionCurve
        Ages in months at will, in renewals under contract. A kind that never occurred is absent.
    by_age : array (kinds, segments, ages)
        Hazards of the curves; column 0 is age 1.
    off : array (kinds, segments)
        Hazard of a contract in a month that is no anniversary.
    unknown_age : array (segments,)
        Factor for lives that ran before history begins.
    error : array (kinds, segments)
        Relative standard error of the curve's hazard at the ages that matter.
    events : array (kinds, segments)
        Customers lost on which the curve rests.
    notes : tuple of str
        Fallbacks taken.
    """

    curves: Mapping[tuple[int, int], RetentionCurve]
    by_age: Floats
    off: Floats
    unknown_age: Floats
    error: Floats
    events: Floats
    notes: tuple[str, ...] = field(default=())

    def entrants(self, segment: int, term: int, months: int) -> Floats:
        """Hazards by age of a contract that starts now, array (months,), column 0 is age 1."""
        age = np.arange(1, months + 1)
        one = np.array([segment]), np.array([term])
        return np.asarray(self._at(*one, age[None, :], age[None, :] % term)[0])

    def ahead(self, cells: pd.DataFrame, as_of: pd.Period, months: int) -> Floats:
        """Hazards of today's customers in the months ahead, array (cells, months).

        Parameters
        ----------
        cells : DataFrame
            `segment, term, start, renewal` as in `Lives.standing`, and `left_truncated`.
        as_of : Period
            Last month of history.
        months : int
            How far ahead.
        """
        term = cells["term"].to_numpy(dtype=np.int64)
        segment = cells["segment"].to_numpy(dtype=np.int64)
        age = _months_between(cells["start"], as_of)
        ahead = np.arange(1, months + 1)[None, :]
        renewal = _renewal_ahead(cells["renewal"], as_of)
        known = renewal > 0
        phase = np.where(known[:, None], ahead - renewal[:, None], age[:, None] + ahead)
        off = phase % term[:, None]
        hazard = self._at(segment, term, age[:, None] + ahead, off)
        factor = np.where(cells["left_truncated"], self.unknown_age[segment], 1.0)
        bound = known[:, None] & (ahead < renewal[:, None])
        return np.where(bound, 0.0, np.clip(hazard * factor[:, None], 0.0, 1.0))

    def _at(self, segment: Whole, term: Whole, age: Whole, phase: Whole) -> Floats:
        """Hazards by age in months; anniversaries are where the phase is 0."""
        kind = kind_of(term)[:, None]
        step = np.where(kind == 0, age, np.rint(age / term[:, None]).astype(np.int64))
        place = np.clip(step, 1, LONGEST) - 1
        curve = self.by_age[kind, segment[:, None], place]
        between = self.off[kind, segment[:, None]]
        return np.where((kind == 0) | (phase == 0), curve, between)


def fit_hazards(lives: Lives, segments: int, *, quick: bool = False) -> Hazards:
    """Fit the hazards of all kinds and segments.

    Parameters
    ----------
    lives : Lives
        Exposure and the customers standing today.
    segments : int
        Number of segments.
    quick : bool
        Whether one shifted beta-geometric curve serves all segments, for the many refits of a
        calibration.

    Returns
    -------
    Hazards
        Defined for every kind; where a kind was never seen to end, an assumption stands and
        `notes` says so.
    """
    cells = exposure_of(lives)
    kinds = [_fit_kind(cells, kind, segments, quick) for kind in range(len(KINDS))]
    standing = set(kind_of(lives.standing["term"].to_numpy(dtype=np.int64)).tolist())
    present = standing | set(cells["kind"].unique().tolist())
    fitted = Hazards(
        curves={(k, s): c for k, kind in enumerate(kinds) for s, c in enumerate(kind.curves)},
        by_age=np.stack([kind.by_age for kind in kinds]),
        off=np.stack([kind.off for kind in kinds]),
        unknown_age=np.ones(segments),
        error=np.stack([kind.error for kind in kinds]),
        events=np.stack([kind.events for kind in kinds]),
        notes=tuple(kind.note for k, kind in enumerate(kinds) if kind.note and k in present),
    )
    return replace(fitted, unknown_age=_unknown_age(fitted, cells, segments))


@dataclass(frozen=True, eq=False)
class _Kind:
    """The hazards of one kind of contract, arrays (segments, ...)."""

    curves: tuple[RetentionCurve, ...]
    by_age: Floats
    off: Floats
    error: Floats
    events: Floats
    note: str


def _fit_kind(cells: pd.DataFrame, kind: int, segments: int, quick: bool) -> _Kind:
    """Fit one kind: its curves where departures can be seen, an assumption elsewhere."""
    mine = cells[cells["kind"] == kind]
    known, note = _known_lives(mine, kind)
    off = _off_anniversary(known, segments) if kind else np.zeros(segments)
    at_risk, churned = _tables(known[known["due"]], segments)
    if churned.sum() <= 0:
        return _assumed(cells, kind, float(at_risk.sum()), off)
    curves, pooled = _curves(at_risk, churned, quick)
    ages = np.arange(1, LONGEST + 1)
    return _Kind(
        curves=curves,
        by_age=np.clip(np.stack([np.asarray(curve.hazard(ages)) for curve in curves]), 0.0, 1.0),
        off=off,
        error=_errors(churned.sum(axis=1), pooled),
        events=churned.sum(axis=1),
        note=note,
    )


def _known_lives(cells: pd.DataFrame, kind: int) -> tuple[pd.DataFrame, str]:
    """Lives whose start is known; all of them where departures of those are too few."""
    known = cells[~cells["left_truncated"]]
    few = known["churned"].sum() < _ENOUGH
    if few and cells["churned"].sum() > known["churned"].sum():
        return cells, kept(
            "{kind}: few departures of customers whose start is known; the curve counts the "
            "others' age from the first month of history",
            kind=partial(say, KINDS[kind]),
        )
    return known, ""


def _assumed(cells: pd.DataFrame, kind: int, due: float, off: Floats) -> _Kind:
    """Hazards of a kind of which nobody was seen to leave when due.

    At risk without a loss, half a customer is taken as lost (Jeffreys). Where nothing came up for
    renewal at all, a usual share of contracts is assumed not to renew; at will, what all
    customers together lose.
    """
    segments = len(off)
    name = partial(say, KINDS[kind])
    if due > 0:
        level = 0.5 / (due + 1.0)
        note = kept(
            "{kind}: nobody lost in {chances} chances; {level} each is assumed",
            kind=name,
            chances=f"{due:.0f}",
            level=partial(share, level, 2),
        )
    elif kind:
        level = USUAL_RENEWAL_LOSS
        note = kept(
            "{kind}: none came up for renewal yet; {level} are assumed not to renew",
            kind=name,
            level=partial(share, level, 0),
        )
    else:
        level = float((cells["churned"].sum() + 0.5) / (cells["at_risk"].sum() + 1.0))
        note = kept(
            "at will: no such lives in history; {level} a month, as of all customers",
            level=partial(share, level, 2),
        )
    return _Kind(
        curves=(),
        by_age=np.full((segments, LONGEST), level),
        off=off,
        error=np.full(segments, _ASSUMED_ERROR),
        events=np.zeros(segments),
        note=note,
    )


def _curves(
    at_risk: Floats, churned: Floats, quick: bool
) -> tuple[tuple[RetentionCurve, ...], float]:
    """Curves of all segments, thin ones leaning on the company's; and on how many departures."""
    model = None
    if quick:
        model = "sbg" if (at_risk.sum(axis=0) > 0).sum() > 1 else "geometric"
    parent = fit_exposure(at_risk.sum(axis=0), churned.sum(axis=0), model)
    if len(at_risk) == 1:
        return (parent,), 0.0
    if quick:  # the level of a segment is found by its churn rates all the same
        return (parent,) * len(at_risk), 0.0
    pairs = [pair for pair in zip(at_risk, churned, strict=True) if pair[0].sum() > 0]
    strength = pooling_strength(parent, pairs)
    curves = tuple(
        fit_exposure(risk, lost, parent=parent, strength=strength)
        if (risk > 0).sum() > 1
        else parent
        for risk, lost in zip(at_risk, churned, strict=True)
    )
    leaving = 1.0 - float(parent.survival(parent.oldest_age))
    return curves, min(strength * leaving, float(churned.sum()))


def exposure_of(lives: Lives) -> pd.DataFrame:
    """Exposure with the kind of contract, the curve's step and whether a departure is due."""
    cells = lives.exposure
    term = cells["term"].to_numpy(dtype=np.int64)
    age = cells["age"].to_numpy(dtype=np.int64)
    kind = kind_of(term)
    due = (kind == 0) | (age % term == 0)
    step = np.where(kind == 0, age, np.rint(age / term).astype(np.int64))
    truncated = cells["left_truncated"].to_numpy(dtype=bool)
    return cells.assign(kind=kind, step=step, due=due, left_truncated=truncated)


def expected_churn(hazards: Hazards, cells: pd.DataFrame) -> Floats:
    """Give expected departures of each row of the exposure, by the fitted hazards."""
    kind = cells["kind"].to_numpy()
    segment = cells["segment"].to_numpy(dtype=np.int64)
    place = np.clip(cells["step"].to_numpy(), 1, LONGEST) - 1
    hazard = np.where(
        cells["due"], hazards.by_age[kind, segment, place], hazards.off[kind, segment]
    )
    factor = np.where(cells["left_truncated"], hazards.unknown_age[segment], 1.0)
    return np.asarray(cells["at_risk"].to_numpy(dtype=float) * np.minimum(hazard * factor, 1.0))


def _tables(cells: pd.DataFrame, segments: int) -> tuple[Floats, Floats]:
    """At risk and churned by segment and step, arrays (segments, steps), step 1 first."""
    steps = min(int(cells["step"].max()), LONGEST) if len(cells) else 1
    tables = np.zeros((2, segments, max(steps, 1)))
    row = cells["segment"].to_numpy(dtype=np.int64)
    column = np.clip(cells["step"].to_numpy(dtype=np.int64), 1, tables.shape[2]) - 1
    for table, name in zip(tables, ("at_risk", "churned"), strict=True):
        np.add.at(table, (row, column), cells[name].to_numpy(dtype=float))
    return tables[0], tables[1]


def _errors(churned: Floats, pooled: float) -> Floats:
    """Relative standard errors of the segments' hazards: counting error, and that of the shape."""
    return np.asarray(np.sqrt(1.0 / (churned + pooled + 0.5) + _SHAPE_ERROR**2))


def _off_anniversary(cells: pd.DataFrame, segments: int) -> Floats:
    """Hazard between anniversaries by segment, leaning on the company's."""
    between = cells[~cells["due"]]
    segment = between["segment"].to_numpy(dtype=np.int64)
    at_risk, churned = (
        summed(segment, between[name].to_numpy(dtype=float), segments)
        for name in ("at_risk", "churned")
    )
    if churned.sum() <= 0:
        return np.zeros(segments)
    common = churned.sum() / at_risk.sum()
    return np.asarray((churned + _LEAN_EVENTS) / (at_risk + _LEAN_EVENTS / common))


def _unknown_age(hazards: Hazards, cells: pd.DataFrame, segments: int) -> Floats:
    """Departures of lives of unknown age against what their known age would say, leaning on 1."""
    mine = cells[cells["left_truncated"] & (cells["kind"] == 0)]
    segment = mine["segment"].to_numpy(dtype=np.int64)
    expected = summed(segment, expected_churn(hazards, mine), segments)
    churned = summed(segment, mine["churned"].to_numpy(dtype=float), segments)
    lean = 2.0 * _LEAN_EVENTS
    return np.asarray(np.clip((churned + lean) / (expected + lean), 0.1, 10.0))


def months_of(values: pd.Series) -> Whole:
    """Months as integers, -1 where blank."""
    periods = pd.PeriodIndex(values, freq="M")
    codes = np.asarray(periods.asi8, dtype=np.int64)
    return np.where(np.asarray(periods.isna()), -1, codes)


def _months_between(starts: pd.Series, as_of: pd.Period) -> Whole:
    return np.asarray(as_of.ordinal - months_of(starts), dtype=np.int64)


def _renewal_ahead(renewals: pd.Series, as_of: pd.Period) -> Whole:
    """Months until the renewal, 0 where there is none."""
    months = months_of(renewals)
    return np.asarray(np.where(months < 0, 0, months - as_of.ordinal), dtype=np.int64)
