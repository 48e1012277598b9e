"""The tables of a variance: lines and drivers by period and segment, exact and in major units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.money import to_major

from ..plans.figures import Floats, segment_columns
from .lines import VARIANCE_LINES
from .measures import SHARE
from .places import place_of
from .spans import Span
from .words import reading

if TYPE_CHECKING:
    from .variance import Variance

LINE_COLUMNS: Final = (
    *("month", "period", "line", "plan", "actual", "variance"),
    *("variance_share", "percentile", "reading"),
)
DRIVER_COLUMNS: Final = (
    *("month", "period", "line", "driver", "variance", "variance_share", "plan_figure"),
    *("actual_figure", "change", "unit", "points", "percentile", "reading"),
)


def lines_minor(
    variance: Variance, spans: Sequence[Span], columns: Sequence[int], *, period: bool
) -> pd.DataFrame:
    """Give plan, actual and variance of every line in whole minor units."""
    cells = [variance.cells.lines(span) for span in spans]
    plan, actual = (
        np.concatenate([both[side][:, list(columns)].T.reshape(-1) for both in cells])
        for side in (0, 1)
    )
    table = _keys(variance, spans, columns, len(VARIANCE_LINES), LINE_COLUMNS, period=period)
    table["line"] = list(VARIANCE_LINES) * (len(spans) * len(columns))
    return table.assign(plan=plan, actual=actual, variance=actual - plan)


def lines_major(
    variance: Variance, spans: Sequence[Span], columns: Sequence[int], *, period: bool
) -> pd.DataFrame:
    """Give the lines in major units, with where the actual lies among the plan's paths."""
    table = lines_minor(variance, spans, columns, period=period)
    for column in ("plan", "actual", "variance"):
        table[column] = to_major(table[column], variance.currency)
    table["variance_share"] = _share(table["variance"], table["plan"])
    places = []
    for span in spans:
        found = [place_of(variance, span, line) for line in VARIANCE_LINES]
        places.append(np.stack(found)[:, list(columns)].T.reshape(-1))
    table["percentile"] = np.concatenate(places)
    table["reading"] = [reading(value) for value in table["percentile"]]
    return table


def drivers_minor(
    variance: Variance, spans: Sequence[Span], columns: Sequence[int], *, period: bool
) -> pd.DataFrame:
    """Give what each driver makes of the closing, the closing's variance last, minor units."""
    drivers = variance.drivers_shown
    table = _keys(variance, spans, columns, len(drivers), DRIVER_COLUMNS, period=period)
    repeated = len(spans) * len(columns)
    table["line"] = [line for line, _ in drivers] * repeated
    table["driver"] = [part for _, part in drivers] * repeated
    blocks = []
    for span in spans:
        parts = variance.cells.explained(span)[:, list(columns)]
        whole = np.vstack([parts, parts.sum(axis=0)])
        blocks.append(whole.T.reshape(-1))
    table["variance"] = np.concatenate(blocks)
    return table


def drivers_major(
    variance: Variance, spans: Sequence[Span], columns: Sequence[int], *, period: bool
) -> pd.DataFrame:
    """Give the drivers in major units, with the figures behind them and their places."""
    table = drivers_minor(variance, spans, columns, period=period)
    table["variance"] = to_major(table["variance"], variance.currency)
    wide = list(columns)
    figures = [_figures(variance, span) for span in spans]
    for i, name in enumerate(("plan_figure", "actual_figure", "base")):
        table[name] = np.concatenate([each[i][:, wide].T.reshape(-1) for each in figures])
    table["unit"] = _units(variance) * (len(spans) * len(wide))
    table["change"] = table["actual_figure"] - table["plan_figure"]
    table["points"] = (100.0 * table["change"]).where(table["unit"] == SHARE)
    table["variance_share"] = _share(table["variance"], table.pop("base"))
    places = [_places(variance, span)[:, wide].T.reshape(-1) for span in spans]
    table["percentile"] = np.concatenate(places)
    table["reading"] = [reading(value) for value in table["percentile"]]
    by = [name for name in table.columns if name not in DRIVER_COLUMNS]
    first = ["month", "period"] if period else ["month"]
    return table[[*first, *by, *DRIVER_COLUMNS[2:]]]


def _figures(variance: Variance, span: Span) -> tuple[Floats, Floats, Floats]:
    """Figures behind each driver, plan and actual, and its line's plan: (drivers, segments)."""
    plan, actual = (to_major(side, variance.currency) for side in variance.cells.lines(span))
    measures = variance.measures(span)
    rows = []
    for line, part in variance.drivers_shown:
        at = VARIANCE_LINES.index(line) if line in VARIANCE_LINES else None
        if at is not None and not part:
            rows.append((plan[at], actual[at], plan[at]))
        else:
            then, now, _ = measures.of((line, part))
            rows.append((then, now, then * np.nan if at is None else plan[at]))
    then, now, base = (np.stack(each) for each in zip(*rows, strict=True))
    return then, now, base


def _units(variance: Variance) -> list[str]:
    """Give the unit of the figures behind each driver."""
    measures = variance.measures(variance.spans("month")[0])
    return [
        variance.currency if line in VARIANCE_LINES and not part else measures.of((line, part))[2]
        for line, part in variance.drivers_shown
    ]


def _places(variance: Variance, span: Span) -> Floats:
    """Percentiles by driver in every segment and the company."""
    amounts = variance.cells.explained(span)
    rows = []
    for i, (line, part) in enumerate(variance.drivers_shown):
        if part:  # by what it adds
            values = to_major(amounts[i], variance.currency)
            rows.append(variance.paths.place((line, part), span.within, values))
        elif line in VARIANCE_LINES:
            rows.append(place_of(variance, span, line))
        else:
            rows.append(np.full(amounts.shape[1], np.nan))
    return np.stack(rows)


def _keys(
    variance: Variance,
    spans: Sequence[Span],
    columns: Sequence[int],
    rows: int,
    taken: Sequence[str],
    *,
    period: bool,
) -> pd.DataFrame:
    each = len(columns) * rows
    last = np.repeat([span.last for span in spans], each)
    table = pd.DataFrame({"month": variance.months[last]})
    if period:
        table["period"] = [span.label for span in spans for _ in range(each)]
    if len(columns) > 1:
        keys = [variance.key(column) for column in columns for _ in range(rows)] * len(spans)
        for i, name in enumerate(segment_columns(variance.segments.by, taken)):
            table[name] = [key[i] for key in keys]
    return table


def _share(amounts: pd.Series[float], of: pd.Series[float]) -> pd.Series[float]:
    size = of.abs()
    return (amounts / size.where(size > 0)).astype("float64")
