"""Fitting all parts of the model of a company on one history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import NotEnoughHistoryError
from history.movements import MOVEMENTS

from .ageing import Ageing, fit_ageing
from .hazards import Hazards, expected_churn, exposure_of, fit_hazards, months_of
from .model import Model, sum_by_segment
from .newbusiness import fit_new_business, mix_of_terms
from .rates import Rates, fit_rates
from .record import Record
from .retention import fit_effects
from .sizes import measure_sizes

if TYPE_CHECKING:
    from history import Ledger, Lives, Movements

    from .retention import CohortEffects

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_MEMORIES: Final = (0.94, 1.0, 0.84, 0.65)
"""Shares of the lapsed still counted a month later, the usual first: a half-life of 11 months,
never forgotten, 4 or 1.6 months; the likelihood decides where the data are clear."""

_OVER: Final = 3
"""Newest months none of which may stand out if those before are to be left out."""


def fit_model(ledger: Ledger, by: tuple[str, ...], *, quick: bool = False) -> Model:
    """Fit all parts on what a ledger knows.

    Parameters
    ----------
    ledger : Ledger
        The history.
    by : tuple of str
        Dimensions to segment by, none for the company as one.
    quick : bool
        Whether curves and series take one good model each instead of choosing, as the many
        refits of a calibration do.

    Returns
    -------
    Model

    Raises
    ------
    NotEnoughHistoryError
        Fewer than two closes, or nobody ever paid.
    """
    movements, lives = ledger.movements(by or None), ledger.lives(by or None)
    return fit_parts(movements, lives, None if quick else _effects(ledger), quick=quick)


def fit_parts(
    movements: Movements, lives: Lives, effects: CohortEffects | None = None, *, quick: bool = False
) -> Model:
    """Fit all parts on movements and lives by the same segments; see `fit_model`.

    Months that stood out in the `effects` of the company's cohorts are left out of the level of
    churn once they are over.
    """
    record, segments = Record.of(movements), len(movements.segments)
    as_of = movements.months[-1]
    _refuse_too_short(movements, record)
    standing = _cells(lives, movements.months[0])
    exposure = exposure_of(lives)
    hazards = fit_hazards(lives, segments, quick=quick)
    memory, reactivation = _fit_reactivation(record)
    rows = _rows(exposure, record)
    ageing = {
        flow: fit_ageing(exposure, flow, rows, record.opening.shape)
        for flow in ("expansion", "contraction")
    }
    return Model(
        as_of=as_of,
        movements=movements,
        record=record,
        opening=record.closing[-1],
        customers=sum_by_segment(standing, "customers", segments),
        lapsed=record.lapsed(memory)[-1],
        standing=standing,
        hazards=hazards,
        churn=_fit_churn(hazards, exposure, record, _passed(effects, record)),
        expansion=_share_of_opening(record, "expansion", ageing["expansion"]),
        contraction=_share_of_opening(record, "contraction", ageing["contraction"]),
        ageing=ageing,
        reactivation=reactivation,
        memory=memory,
        sizes=measure_sizes(record, exposure, segments),
        business=fit_new_business(record, _counted_once(movements), quick=quick),
        mix=mix_of_terms(exposure, standing, segments),
        effects=effects,
    )


def _effects(ledger: Ledger) -> CohortEffects | None:
    """Trend and shocks of the company's cohorts whose age is known; None where nothing tells."""
    triangle = ledger.cohorts().triangle().iloc[1:].dropna(axis=1, how="all")
    try:
        return fit_effects(triangle, "kaplan_meier")
    except NotEnoughHistoryError:
        return None


def _passed(effects: CohortEffects | None, record: Record) -> list[int]:
    """Rows of the months that stood out; none while one of the newest three did.

    What began lately may go on: a level that has changed for good begins as a row of such months.
    """
    if effects is None:
        return []
    rows = [int(row) for row in record.months.get_indexer(effects.shocks.index)]
    return rows if max(rows, default=-1) < len(record.months) - _OVER else []


def _refuse_too_short(movements: Movements, record: Record) -> None:
    if not len(record.months):
        raise NotEnoughHistoryError(
            f"history has one month only ({movements.months[0]}), in which nothing moves yet. "
            "A forecast needs at least two closes, twelve to see a season: give a ledger that "
            "reaches further back, or a later as_of."
        )
    if record.total.max() <= 0 and not record.customers["new"].any():
        raise NotEnoughHistoryError(
            f"nobody ever paid anything between {movements.months[0]} and "
            f"{movements.months[-1]}: there is nothing to forecast from. Check the amounts and "
            "the dates (`arrcast check`)."
        )


def _cells(lives: Lives, first: pd.Period) -> pd.DataFrame:
    """Today's customers, with whether their start is unknown and whether notice was given."""
    standing = lives.standing
    notice = standing["notice"] if "notice" in standing else np.zeros(len(standing), dtype=bool)
    truncated = months_of(standing["start"]) <= first.ordinal
    return standing.assign(left_truncated=truncated, notice=notice)


def _fit_churn(
    hazards: Hazards, exposure: pd.DataFrame, record: Record, left_out: list[int]
) -> Rates:
    """Departures of each month against the hazards' expectation, some months left out."""
    expected, churned = np.zeros_like(record.opening), np.zeros_like(record.opening)
    place = (_rows(exposure, record), exposure["segment"].to_numpy(dtype=np.int64))
    np.add.at(expected, place, expected_churn(hazards, exposure))
    np.add.at(churned, place, exposure["churned"].to_numpy(dtype=float))
    expected[left_out] = np.nan
    rates = fit_rates(churned, expected, record.calendar)
    segments = range(expected.shape[1])
    return replace(rates, jumps=tuple((row, s) for row in left_out for s in segments))


def _rows(exposure: pd.DataFrame, record: Record) -> Whole:
    """Position in history of the month to which each row of the exposure belongs."""
    month = months_of(exposure["start"]) + exposure["age"].to_numpy(dtype=np.int64)
    return np.asarray(month - record.months[0].ordinal, dtype=np.int64)


def _share_of_opening(record: Record, flow: str, ageing: Ageing) -> Rates:
    """Expansion (price steps left out) or contraction as a share of opening MRR."""
    sign = -1.0 if flow == "contraction" else 1.0
    return fit_rates(
        sign * record.mrr[flow],
        record.opening * ageing.mix,
        record.calendar,
        squares=record.squares[flow],
        jumps=flow == "expansion",
    )


def _fit_reactivation(record: Record) -> tuple[float, Rates]:
    """Share of lapsed customers that return, with the memory that explains the past best."""
    came = record.customers["reactivation"]
    best, memory = -np.inf, _MEMORIES[0]
    for candidate in _MEMORIES:
        pool = record.lapsed(candidate)[:-1]
        rate = came.sum() / pool.sum() if pool.sum() > 0 else 0.0
        mean = np.maximum(rate * pool, 1e-9)
        fit = float((came * np.log(mean) - mean).sum())
        if fit > best + 2.0:  # a shorter memory has to earn its place
            best, memory = fit, candidate
    pool = record.lapsed(memory)[:-1]
    return memory, fit_rates(came, pool, record.calendar)


def _counted_once(movements: Movements) -> float:
    """Give customers of the company against the sum over segments (1 where each is in one)."""
    at = MOVEMENTS.index("new")
    parts = float(movements.cells.customers[1:, at].sum())
    return float(movements.total.customers[1:, at].sum()) / parts if parts > 0 else 1.0
