"""Metrics: levels, retention and flows, each with the definition behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .ahead import announced_of
from .churn_reasons import churn_reasons_of
from .errors import InputError
from .language import marked
from .money import decimals
from .movements import FLOWS, MOVEMENTS, Cells, Movements
from .segments import Segments
from .tables import Tables

__all__ = ["DEFINITIONS", "SPREAD", "Metric"]

Amounts = npt.NDArray[np.float64]
Minor = npt.NDArray[np.int64]

DEFINITIONS: dict[str, str] = {
    "mrr": marked("MRR at the close of as_of, in major units"),
    "arr": marked("12 x closing MRR"),
    "contracted_arr": marked("12 x closing MRR of the lines whose term is a year or more"),
    "cmrr": marked(
        "closing MRR + signed and not started - announced churn - what signed lines replace"
        " (what is signed for a segment in which nobody pays yet stands in the total only)"
    ),
    "customers": marked("customers with MRR > 0 at the close of as_of"),
    "arpa": marked("closing MRR / customers"),
    "nrr": marked("MRR today of the customers who paid `period` months ago / their MRR then"),
    "grr": marked(
        "sum over the customers who paid `period` months ago of min(MRR today, MRR then)"
        " / their MRR then"
    ),
    "logo_retention": marked(
        "customers who paid `period` months ago and pay today / those who paid then"
    ),
    "logo_churn": marked(
        "customers who paid `period` months ago and do not pay today / those who paid then"
    ),
    "quick_ratio": marked(
        "(new + expansion) / (churn + contraction), MRR of the last `period` months"
    ),
    "quick_ratio_with_reactivation": marked(
        "(new + reactivation + expansion) / (churn + contraction), MRR of the last `period` months"
    ),
    "gross_mrr_churn": marked("(churn + contraction of the last `period` months) / opening MRR"),
    "net_mrr_churn": marked(
        "(churn + contraction - expansion of the last `period` months) / opening MRR"
    ),
    "voluntary_churn": marked(
        "churn of the last `period` months whose reason is voluntary / opening MRR"
    ),
    "involuntary_churn": marked(
        "churn of the last `period` months after a payment failure / opening MRR"
    ),
    "unexplained_churn": marked("churn of the last `period` months without a reason / opening MRR"),
    "mrr_growth": marked("closing MRR / MRR at the close `period` months ago - 1"),
    "net_new_mrr": marked("closing MRR - MRR at the close `period` months ago, in major units"),
    "new_mrr": marked("MRR of new customers in the last `period` months, in major units"),
    "reactivation_mrr": marked(
        "MRR of returning customers in the last `period` months, in major units"
    ),
    "expansion_mrr": marked("MRR gained from paying customers in the last `period` months"),
    "contraction_mrr": marked("MRR lost from customers who stay, last `period` months (negative)"),
    "churn_mrr": marked("MRR lost from customers who left, last `period` months (negative)"),
    "fx_mrr": marked("what rates did to the opening MRR of each of the last `period` months"),
}
"""Name of a metric -> its definition; shares are 0-1. ``fx_mrr`` only where rates did anything."""

_FX = MOVEMENTS.index("fx")
_LEVELS = ("mrr", "arr", "contracted_arr", "cmrr", "customers", "arpa")

SPREAD: dict[str, str] = {
    "nrr_point_to_point": marked("MRR today of the customers who paid then / their MRR then (nrr)"),
    "nrr_cohort_flows": marked(
        "opening + all flows of the opening customers, reactivation included,"
        " / opening; equals nrr_point_to_point"
    ),
    "nrr_cohort_flows_without_reactivation": marked(
        "opening + expansion - contraction - churn of the opening customers / opening"
    ),
    "nrr_all_flows_without_reactivation": marked(
        "opening + expansion - contraction - churn of all customers / opening"
    ),
    "nrr_all_flows": marked(
        "opening + reactivation + expansion - contraction - churn of all customers / opening"
    ),
    "nrr_survivors": marked("MRR today / MRR then, of the customers who pay both then and today"),
    "nrr_all_flows_without_reactivation_and_contraction": marked(
        "opening + expansion - churn of all customers / opening"
    ),
    "nrr_compounded_without_reactivation": marked(
        "product over the months of (opening + expansion"
        " - contraction - churn of all customers) / the month's opening"
    ),
    "nrr_compounded": marked(
        "product over the months of (opening + reactivation + expansion"
        " - contraction - churn of all customers) / the month's opening"
    ),
    "grr_flows": marked("opening - contraction - churn of all customers / opening"),
    "grr_customer_minimum": marked(
        "sum over customers of min(MRR today, MRR then) / MRR then (grr)"
    ),
    "grr_running_minimum": marked("sum over customers of their lowest MRR since then / MRR then"),
    "grr_aggregate_minimum": marked("min(closing MRR of all customers, opening) / opening"),
    "logo_retention": marked("customers who paid then and pay today / customers who paid then"),
}
"""Name of a published retention definition -> its text."""


@dataclass(frozen=True)
class Metric:
    """One figure with its definition.

    Parameters
    ----------
    name
        Key of :data:`DEFINITIONS` or :data:`SPREAD`.
    period
        Months, or None for a level at ``as_of``.
    value
        A share 0-1, a ratio, a count or an amount in major units; None where not computable.
    definition
        What the figure means.
    segment
        Dimension -> value; empty without segments, "total" for the whole company beside them.
    """

    name: str
    period: int | None
    value: float | None
    definition: str
    segment: dict[str, str]


def metrics_of(
    tables: Tables, moving: Tables, movements: Movements, by: tuple[str, ...], period: int
) -> list[Metric]:
    """Compute the metrics of :data:`DEFINITIONS`, the total first, then each segment.

    ``moving`` are the tables of ``movements``: others where rates move (constant currency).
    """
    _checked(period)

    def values(segments: Segments, cells: Cells) -> dict[str, Amounts]:
        found = _levels(tables, movements, segments, cells)
        found |= _shares(_base(tables, segments, period))
        reasons = moving.answer(churn_reasons_of, segments.by, movements.currency)
        found |= _reasons(reasons.cells.mrr, cells, period)
        return found | _flows(cells, movements, period)

    definitions = dict(DEFINITIONS)
    if not movements.cells.mrr[:, _FX].any():
        del definitions["fx_mrr"]
    return _told(tables, movements, by, values, definitions, period)


def retention_spread_of(
    tables: Tables, movements: Movements, by: tuple[str, ...], period: int
) -> list[Metric]:
    """Compute every definition of :data:`SPREAD`, the total first, then each segment."""
    _checked(period)

    def values(segments: Segments, cells: Cells) -> dict[str, Amounts]:
        base = _base(tables, segments, period)
        return _spread(base, _window(cells, period))

    return _told(tables, movements, by, values, SPREAD, period)


def _checked(period: int) -> None:
    if period < 1:
        raise InputError(f"the period is {period} months; it must be 1 or more")


def _told(
    tables: Tables,
    movements: Movements,
    by: tuple[str, ...],
    values: Callable[..., dict[str, Amounts]],
    definitions: dict[str, str],
    period: int,
) -> list[Metric]:
    """Name the figures of the total and, with dimensions, of every segment."""
    whole = tables.use(())
    told = _named(values(whole, movements.total), definitions, period, [_total(by)])
    if by:
        segments = tables.use(by)
        names = [dict(zip(by, key, strict=True)) for key in segments.keys]
        found = values(segments, movements.cells)
        told += _named(found, definitions, period, names)
    return told


def _total(by: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(by, "total")


def _named(
    values: dict[str, Amounts],
    definitions: dict[str, str],
    period: int,
    segments: list[dict[str, str]],
) -> list[Metric]:
    blank = np.full(len(segments), np.nan)
    return [
        Metric(
            name=name,
            period=None if name in _LEVELS else period,
            value=_known(values.get(name, blank)[at]),
            definition=definition,
            segment=segment,
        )
        for at, segment in enumerate(segments)
        for name, definition in definitions.items()
    ]


def _known(value: np.float64) -> float | None:
    return float(value) if np.isfinite(value) else None


def _ratio(above: Any, below: Any) -> Amounts:
    """Divide, NaN where the denominator is not above zero."""
    below = np.asarray(below, dtype=np.float64)
    above = np.asarray(above, dtype=np.float64)
    blank = np.full(np.shape(below), np.nan)
    quotient: Amounts = np.divide(above, below, out=blank, where=below > 0)
    return quotient


def _levels(
    tables: Tables, movements: Movements, segments: Segments, cells: Cells
) -> dict[str, Amounts]:
    scale = 10.0 ** decimals(movements.currency)
    mrr, customers = cells.mrr[-1, -1], cells.customers[-1, -1]
    frame = tables.once(("contracted", segments.by), lambda: tables.run("contracted"))
    contracted = np.zeros(len(segments))
    contracted[frame["segment"].to_numpy(dtype=np.int64)] = 12 * frame["mrr"].to_numpy() / scale
    closing_arr = 12 * mrr / scale
    found = {
        "mrr": mrr / scale,
        "arr": contracted if tables.policy.arr == "contracted" else closing_arr,
        "contracted_arr": contracted,
        "customers": customers.astype(np.float64),
        "arpa": _ratio(mrr / scale, customers),
    }
    announced = announced_of(tables, segments.by)
    found["cmrr"] = (mrr + np.array([announced.get(key, 0) for key in segments.keys])) / scale
    return found


def _base(tables: Tables, segments: Segments, period: int) -> dict[str, Amounts] | None:
    """Give what became of the customers who paid ``period`` months ago; None before history."""
    since = tables.as_of - period
    if since < tables.first_month:
        return None
    key = ("retention", segments.by, since)
    frame = tables.once(key, lambda: tables.run("retention", since=since))
    at = frame["segment"].to_numpy(dtype=np.int64)
    laid = {}
    for name in frame.columns.drop("segment"):
        laid[name] = np.zeros(len(segments))
        laid[name][at] = frame[name].to_numpy()
    return laid


def _shares(base: dict[str, Amounts] | None) -> dict[str, Amounts]:
    if base is None:
        return {}
    logos = _ratio(base["held_customers"], base["base_customers"])
    return {
        "nrr": _ratio(base["held"], base["base"]),
        "grr": _ratio(base["kept"], base["base"]),
        "logo_retention": logos,
        "logo_churn": 1 - logos,
    }


def _reasons(reasons: Minor, cells: Cells, period: int) -> dict[str, Amounts]:
    """Give churn by its reason; blank where churn happened and no line names any reason.

    ``reasons`` are the months of churn by reason and segment in minor units, negative.
    """
    window = _window(cells, period)
    if window is None:
        return {}
    lost = -reasons[-period:].sum(axis=0).astype(np.float64)
    opening = window["opening"][0]
    told = (lost[:2].sum(axis=0) > 0) | (lost[2] == 0)
    return {
        "voluntary_churn": _ratio(np.where(told, lost[0], np.nan), opening),
        "involuntary_churn": _ratio(np.where(told, lost[1], np.nan), opening),
        "unexplained_churn": _ratio(lost[2], opening),
    }


def _window(cells: Cells, period: int) -> dict[str, Amounts] | None:
    """Give each movement of the last months, (months, segments); None before history."""
    if len(cells.mrr) <= period:
        return None
    return {name: cells.mrr[-period:, at].astype(np.float64) for at, name in enumerate(MOVEMENTS)}


def _flows(cells: Cells, movements: Movements, period: int) -> dict[str, Amounts]:
    window = _window(cells, period)
    if window is None:
        return {}
    scale = 10.0 ** decimals(movements.currency)
    flow = {name: amounts.sum(axis=0) for name, amounts in window.items()}
    lost = -(flow["churn"] + flow["contraction"])
    gained = flow["new"] + flow["expansion"]
    opening, closing = window["opening"][0], window["closing"][-1]
    return {
        "quick_ratio": _ratio(gained, lost),
        "quick_ratio_with_reactivation": _ratio(gained + flow["reactivation"], lost),
        "gross_mrr_churn": _ratio(lost, opening),
        "net_mrr_churn": _ratio(lost - flow["expansion"], opening),
        "mrr_growth": _ratio(closing - opening, opening),
        "net_new_mrr": (closing - opening) / scale,
        **{f"{name}_mrr": flow[name] / scale for name in FLOWS},
    }


def _spread(
    base: dict[str, Amounts] | None, window: dict[str, Amounts] | None
) -> dict[str, Amounts]:
    """Compute every definition of :data:`SPREAD`, an array over the segments each."""
    if base is None or window is None:
        return {}
    flow = {name: amounts.sum(axis=0) for name, amounts in window.items()}
    opening = base["base"]
    lost = flow["contraction"] + flow["churn"]
    lasting = flow["expansion"] + lost
    monthly = window["expansion"] + window["contraction"] + window["churn"]
    return {
        "nrr_point_to_point": _ratio(base["held"], opening),
        "nrr_cohort_flows": _ratio(opening + base["base_lasting"] + base["base_returned"], opening),
        "nrr_cohort_flows_without_reactivation": _ratio(opening + base["base_lasting"], opening),
        "nrr_all_flows_without_reactivation": _ratio(opening + lasting, opening),
        "nrr_all_flows": _ratio(opening + lasting + flow["reactivation"], opening),
        "nrr_survivors": _ratio(base["survivors_now"], base["survivors_then"]),
        "nrr_all_flows_without_reactivation_and_contraction": _ratio(
            opening + flow["expansion"] + flow["churn"], opening
        ),
        "nrr_compounded_without_reactivation": _compounded(window["opening"], monthly),
        "nrr_compounded": _compounded(window["opening"], monthly + window["reactivation"]),
        "grr_flows": _ratio(opening + lost, opening),
        "grr_customer_minimum": _ratio(base["kept"], opening),
        "grr_running_minimum": _ratio(base["kept_throughout"], opening),
        "grr_aggregate_minimum": _ratio(np.minimum(base["closing"], opening), opening),
        "logo_retention": _ratio(base["held_customers"], base["base_customers"]),
    }


def _compounded(opening: Amounts, change: Amounts) -> Amounts:
    """Multiply the monthly rates up; NaN where a month opens with nothing."""
    return np.asarray(_ratio(opening + change, opening).prod(axis=0), dtype=np.float64)
