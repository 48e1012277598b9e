"""Clean lines from a frame, as a reader would have left them, and back as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pandas as pd

from .columns import COLUMNS
from .engines import Engine, quoted
from .errors import InputError
from .policy import Policy
from .reading.frame import engine_column

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["all_lines", "lines_of", "put_lines"]

_NEEDED = ("customer", "start_date", "mrr")
_DATES = ("start_date", "end_date", "term_end", "requested", "effective")
_STATUS = ("active", "past_due", "paused", "trial", "cancelled")
_KIND = ("recurring", "one_off")
_DISCOUNT = ("permanent", "temporary")


def put_lines(
    frame: pd.DataFrame, connection: duckdb.DuckDBPyConnection, currency: str
) -> tuple[str, ...]:
    """Leave a frame's clean lines in the table ``lines`` and give the names of its dimensions.

    Raises
    ------
    InputError
        A column is missing or a value is none of its kind; the message names the rows.
    """
    names = [str(name) for name in frame.columns]
    _refuse_names(names)
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError(f"clean lines need the columns {', '.join(missing)}")
    clean = _filled(frame, currency)
    _refuse(clean)
    dimensions = tuple(str(name) for name in frame.columns if name not in COLUMNS)
    typed = [f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in COLUMNS.items()]
    typed += [f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in dimensions]
    given = pd.DataFrame({name: engine_column(clean[name]) for name in clean.columns})
    try:
        connection.register("given_lines", given)
        connection.execute(f"CREATE TABLE lines AS SELECT {', '.join(typed)} FROM given_lines")
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise InputError(f"the lines hold a value that is none of its column: {said}") from None
    finally:
        connection.unregister("given_lines")
    return dimensions


def lines_of(engine: Engine, as_of: int) -> pd.DataFrame:
    """Give the lines known at ``as_of``, in the order of their source."""
    frame = engine.frame(
        "SELECT n.* FROM numbered AS n INNER JOIN facts AS f ON n.line_id = f.line_id"
        f" WHERE f.first_month <= {as_of} ORDER BY n.line_id"
    )
    return frame.drop(columns="line_id")


def all_lines(engine: Engine, policy: Policy, currency: str) -> pd.DataFrame:
    """Give every line in the reporting currency, also those that start later, with its facts.

    Returns
    -------
    DataFrame
        customer, row, start_date, end_date, mrr, kind, and counted: whether the policy counts it
        while it is in service.
    """
    lines = engine.frame(
        'SELECT n.customer, n."row", n.start_date, n.end_date, n.mrr, n.kind, f.counts'
        " FROM numbered AS n INNER JOIN facts AS f ON n.line_id = f.line_id"
        f" WHERE n.currency = '{currency}' ORDER BY n.line_id"
    )
    counts = lines.pop("counts")
    paused, past_due = policy.paused == "unchanged", policy.past_due == "counts"
    counted = (counts == 1) | ((counts == 2) & paused) | ((counts == 3) & past_due)
    return lines.assign(counted=counted)


def _refuse_names(names: Sequence[str]) -> None:
    """Refuse columns of one name: the engine does not see capitals."""
    folded = [
        name.casefold() for name in [*names, *(name for name in COLUMNS if name not in names)]
    ]
    twice = [name for name in names if folded.count(name.casefold()) > 1]
    if twice:
        raise InputError(
            f"several columns have one name: {', '.join(twice)}. Give each a name of its own "
            "(capitals do not count)."
        )


def _filled(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Give the frame with every column of the table."""
    clean = frame.set_axis([str(name) for name in frame.columns], axis=1).reset_index(drop=True)
    defaults: dict[str, str | int] = {
        "interval_months": 1,
        "kind": "recurring",
        "status": "active",
        "currency": currency,
    }
    if "row" not in clean:
        clean["row"] = np.arange(1, len(clean) + 1)
    for name in COLUMNS:
        if name not in clean:
            clean[name] = defaults.get(name)
        elif name in defaults:
            clean[name] = clean[name].fillna(defaults[name])
    for name in _DATES:
        clean[name] = _dated(clean[name])
    for name in clean.columns.difference(list(COLUMNS)):
        clean[name] = clean[name].astype("string")
    return clean


def _dated(column: pd.Series) -> pd.Series:
    try:
        return pd.to_datetime(column).astype("datetime64[s]")
    except (ValueError, TypeError) as error:
        raise InputError(f"column {column.name} holds something that is no date: {error}") from None


def _refuse(clean: pd.DataFrame) -> None:
    problems = {
        "customer is blank": clean["customer"].isna(),
        "start_date is blank": clean["start_date"].isna(),
        "end_date lies before start_date": clean["end_date"] < clean["start_date"],
        "mrr is not a whole number of minor units": ~_whole(clean["mrr"]),
        f"status is none of {', '.join(_STATUS)}": ~clean["status"].isin(_STATUS),
        f"kind is none of {', '.join(_KIND)}": ~clean["kind"].isin(_KIND),
        f"discount_kind is none of {', '.join(_DISCOUNT)}": ~clean["discount_kind"].isin(_DISCOUNT)
        & clean["discount_kind"].notna(),
        "list_mrr is not a whole number of minor units": ~_whole(clean["list_mrr"])
        & clean["list_mrr"].notna(),
    }
    said = [
        f"{what} in row {', '.join(clean.loc[wrong, 'row'].astype(str).head(20))}"
        for what, wrong in problems.items()
        if wrong.any()
    ]
    if said:
        raise InputError("; ".join(said))


def _whole(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.dtype.kind not in "iuf":
        return pd.Series(False, index=column.index)
    return numbers.notna() & (numbers % 1 == 0)
