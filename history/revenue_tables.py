"""The tables behind revenue: invoice lines in the engine, added up to months by the SQL texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from . import months as month
from .engines import Engine, sql_text
from .errors import InputError
from .revenue import KINDS, Minor, RevenueSchedule
from .segments import BLANK, Segments
from .tables import Tables

__all__ = ["NO_INVOICES", "day_number", "revenue_of"]

NO_INVOICES = (
    "revenue needs invoice lines (invoice_id, customer_id, start, end, amount): this ledger has"
    " prices by month, which say nothing of what was invoiced"
)

_AHEAD = 12
_EPOCH = date(1970, 1, 1).toordinal()
_LEVELS = ("invoiced", "earned", "unbilled", "a_year_on")


def day_number(index: int) -> int:
    """Give the number of a month's first day, in days since 1970-01-01.

    Examples
    --------
    >>> day_number(1970 * 12 + 1)
    31
    """
    return date(index // 12, index % 12 + 1, 1).toordinal() - _EPOCH


def revenue_of(
    tables: Tables, by: tuple[str, ...], currency: str, dimensions: tuple[str, ...], late: str
) -> RevenueSchedule:
    """Compute the schedule from the table ``invoices``, which has a column d0, d1 ... a dimension.

    Invoice lines that are equal in all that matters are counted together. A line that begins and
    ends in one month is two change points; one that passes the ends of months has a figure at each
    of these closes and at no other.

    Raises
    ------
    InputError
        No invoice is dated up to `as_of`, or `late` is unknown.
    """
    if late not in {"service", "invoiced"}:
        raise InputError(f"late is {late!r}; write 'service' or 'invoiced'")
    engine, as_of = tables.engine, tables.as_of
    segments = _label(engine, by, dimensions, as_of)
    engine.make("revenue_lines", sql_text("revenue_lines"), as_of=as_of)
    first = _first_month(engine, as_of)
    engine.make("revenue_months", _calendar(first, as_of + _AHEAD))
    shape = (as_of + _AHEAD - first + 1, len(KINDS), len(segments))
    level = _levels(engine, first, as_of + _AHEAD, shape)
    refunds = engine.frame(sql_text("refunds"), as_of=as_of)
    count = as_of - first + 1
    paid_back = np.zeros((count, len(segments)), dtype=np.int64)
    at = (np.maximum(refunds["month"].to_numpy() - first, 0), refunds["segment"].to_numpy())
    np.add.at(paid_back, at, refunds["amount"].to_numpy(dtype=np.int64))
    earned = level["earned"]
    return RevenueSchedule(
        segments=segments,
        currency=currency,
        as_of=month.period(as_of),
        months=month.periods(range(first, as_of + 1)),
        cells=_cells(level, count, late),
        refunds=paid_back,
        ahead=np.diff(earned[count - 1 :], axis=0),
    )


def _label(
    engine: Engine, by: tuple[str, ...], dimensions: tuple[str, ...], as_of: int
) -> Segments:
    """Let ``billed`` be the invoice lines with the position of their segment."""
    if not by:
        engine.see("billed", "SELECT i.*, 0 AS segment FROM invoices AS i")
        return Segments()
    values = [
        f"COALESCE(NULLIF(i.d{dimensions.index(name)}, ''), '{BLANK}') AS value_{at}"
        for at, name in enumerate(by)
    ]
    columns = ", ".join(f"value_{i}" for i in range(len(by)))
    engine.make(
        "revenue_keys",
        f"SELECT CAST(ROW_NUMBER() OVER (ORDER BY {columns}) - 1 AS INTEGER) AS segment, {columns}"
        f" FROM (SELECT DISTINCT {', '.join(values)} FROM invoices AS i"
        f" WHERE i.invoice_month <= {as_of}) AS named",
    )
    matched = " AND ".join(f"v.value_{i} = k.value_{i}" for i in range(len(by)))
    engine.see(
        "billed",
        f"SELECT v.*, k.segment FROM (SELECT i.*, {', '.join(values)} FROM invoices AS i) AS v"
        f" INNER JOIN revenue_keys AS k ON {matched}",
    )
    keys = engine.frame(f"SELECT {columns} FROM revenue_keys ORDER BY segment")
    return Segments(by, tuple(keys.itertuples(index=False, name=None)))


def _first_month(engine: Engine, as_of: int) -> int:
    """Give the month of the earliest invoice or service day."""
    row = engine.frame(
        "SELECT MIN(first_month) AS served, MIN(invoice_month) AS invoiced FROM revenue_lines"
    ).iloc[0]
    if pd.isna(row["served"]):
        raise InputError(f"no invoice is dated up to {month.text(as_of)}; choose a later as_of")
    return int(min(row["served"], row["invoiced"]))


def _calendar(first: int, last: int) -> str:
    """Write the query of the months and the day after each of them."""
    rows = [
        f"SELECT {index} AS month, {day_number(index + 1)} AS next_day"
        for index in range(first, last + 1)
    ]
    return " UNION ALL ".join(rows)


def _levels(
    engine: Engine, first: int, last: int, shape: tuple[int, int, int]
) -> Mapping[str, Minor]:
    """Give what is invoiced, earned, unbilled, and earned a year on, up to each close."""
    level = {name: np.zeros(shape, dtype=np.int64) for name in _LEVELS}
    points = engine.frame(sql_text("revenue_points"))
    for name, rows in points[points["month"] <= last].groupby("measure"):
        _add(level[str(name)], rows, "amount", first)
    for name in _LEVELS:
        level[name] = level[name].cumsum(axis=0)
    running = engine.frame(sql_text("revenue_running"), last_month=last)
    for name in ("earned", "unbilled", "a_year_on"):
        _add(level[name], running, name, first)
    return level


def _add(cells: Minor, rows: pd.DataFrame, column: str, first: int) -> None:
    kind = rows["kind"].map({name: at for at, name in enumerate(KINDS)})
    places = (rows["month"] - first, kind, rows["segment"])
    at = tuple(place.to_numpy(dtype=np.int64) for place in places)
    np.add.at(cells, at, rows[column].to_numpy(dtype=np.int64))


def _cells(level: Mapping[str, Minor], count: int, late: str) -> dict[str, Minor]:
    """Turn levels at closes into the movement of deferred revenue."""
    invoiced, earned, unbilled = (level[name][:count] for name in _LEVELS[:3])
    if late == "invoiced":  # nothing is earned before it is invoiced
        earned, unbilled = earned - unbilled, np.zeros_like(unbilled)
    deferred = invoiced - earned + unbilled
    non_current = invoiced - level["a_year_on"][_AHEAD : count + _AHEAD]
    return {
        "deferred_opening": _before(deferred),
        "invoiced": invoiced - _before(invoiced),
        "recognised": earned - _before(earned),
        "unbilled_change": unbilled - _before(unbilled),
        "deferred_closing": deferred,
        "current": deferred - non_current,
        "non_current": non_current,
        "unbilled": unbilled,
    }


def _before(level: Minor) -> Minor:
    """Give the level at the close before; nothing is known before the first month."""
    shifted = np.zeros_like(level)
    shifted[1:] = level[:-1]
    return shifted
