"""The tables of a plan: figures in whole minor units that add up, the past, and draws."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.engine import FLOWS
from forecast.quantiles import QUANTILES
from history.errors import InputError, PlanError
from history.money import decimals, to_major
from history.months import index_of, periods, text
from history.segments import Segments

if TYPE_CHECKING:
    from forecast.projection import Projection

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOVEMENTS: Final = tuple(FLOWS)
"""Movements that are planned, in the order of the tables."""

_LATER: Final = ("fx",)
"""The last of them came after the first plans were sealed, which have none of them."""

COUNTED: Final = ("new_customers", "churned_customers", "customers")
"""Numbers of customers that a path keeps; the last is at the close."""

LINES: Final = ("opening", *MOVEMENTS, "closing")
"""Rows of a month and segment."""

COMPANY: Final = -1
"""Position that stands for the whole company in a table; ``total`` in the file."""

MOST_PATHS: Final = 500
_COUNTED = {"new": "new_customers", "reactivation": "reactivated_customers"}
_COUNTED["churn"] = "churned_customers"
_HEAD = ("month", "segment", "line", "mean", "customers", *QUANTILES)
_HISTORY_HEAD = ("month", "segment", "line", "customers", "mrr")


def planned(projection: "Projection") -> pd.DataFrame:
    """Give the figures of a plan from a projection, in whole minor units.

    Means are rounded so that sums over months stay within a minor unit or two of the exact mean:
    the running sum of each movement is rounded, and the movement is its step.

    Returns
    -------
    DataFrame
        ``month`` (index, year * 12 + month - 1), ``segment`` (position, `COMPANY` for the
        company), ``line`` (of `LINES`), ``mean`` (int64 minor units of MRR), ``customers`` (mean
        count; NaN where none is projected), and the quantiles (float64 whole minor units, NaN
        for the opening). Opening + movements = closing, and segments sum to the company, with ==.

    Raises
    ------
    InputError
        A figure is not finite.
    """
    scale = 10.0 ** decimals(projection.currency)
    opening = to_minor_units(projection.opening, scale)
    steps = {name: _rounded_steps(projection.flows[name], scale) for name in MOVEMENTS}
    closing = opening + np.cumsum(np.sum(list(steps.values()), axis=0), axis=0)
    before = np.vstack([opening[None, :], closing[:-1]])
    means = {"opening": before, **steps, "closing": closing}
    blocks = [_block(projection, line, with_company(means[line]), scale) for line in LINES]
    table = pd.concat(blocks, ignore_index=True)
    table["_line"] = table["line"].map(LINES.index)
    table = table.sort_values(["month", "_segment", "_line"], kind="stable")
    return table.drop(columns=["_segment", "_line"]).reset_index(drop=True)


def to_minor_units(values: Floats, scale: float) -> Ints:
    """Amounts in major units as the nearest whole minor units (ties to even).

    Raises
    ------
    InputError
        An amount is not finite or too large for a 64-bit integer.
    """
    scaled = np.rint(np.asarray(values, dtype=np.float64) * scale)
    if not (np.abs(scaled) < 2.0**62).all():
        raise InputError("a planned amount is not a finite number: look at the projection's notes")
    return np.asarray(scaled, dtype=np.int64)


def major_table(
    figures: pd.DataFrame, segments: Segments, currency: str, *, by_segment: bool
) -> pd.DataFrame:
    """Give the figures of a plan in major units; see `Plan.table`."""
    chosen = figures
    if not (by_segment and segments.by):
        chosen = chosen.loc[chosen["segment"] == COMPANY]
    table = pd.DataFrame({"month": periods(chosen["month"])})
    if by_segment:
        total = ("total",) * len(segments.by)
        keys = [total if i == COMPANY else segments.keys[i] for i in chosen["segment"]]
        taken = ["month", *chosen.columns[2:]]
        for i, column in enumerate(segment_columns(segments.by, taken)):
            table[column] = [key[i] for key in keys]
    table["line"] = chosen["line"].to_numpy()
    for column in chosen.columns[3:]:
        values = chosen[column].reset_index(drop=True)
        table[column] = values if column == "customers" else to_major(values, currency)
    return table


def write_figures(table: pd.DataFrame) -> bytes:
    """Give the figures as csv."""
    rows = []
    for row in table.itertuples(index=False):
        month, segment, line, mean, customers, *quantiles = row
        people = "" if np.isnan(customers) else f"{customers:.6f}"
        rows.append(
            [text(month), _name(segment), line, int(mean), people]
            + ["" if np.isnan(q) else int(q) for q in quantiles]
        )
    return _csv(_HEAD, rows)


def read_figures(content: bytes) -> pd.DataFrame:
    """Give the figures from csv; raises PlanError."""
    rows = _rows(content, _HEAD, "figures.csv")
    data: dict[str, object] = {
        "month": np.array([index_of(row[0]) for row in rows], dtype=np.int64),
        "segment": np.array([_position(row[1]) for row in rows], dtype=np.int64),
        "line": [row[2] for row in rows],
        "mean": np.array([int(row[3]) for row in rows], dtype=np.int64),
    }
    for i, column in enumerate(_HEAD[4:], 4):
        data[column] = np.array([float(row[i]) if row[i] else np.nan for row in rows])
    return _with_later_lines(pd.DataFrame(data))


def _with_later_lines(table: pd.DataFrame) -> pd.DataFrame:
    """Put in the movements that came after the plan was sealed: it has nothing of them.

    Each stands before the closing, where `LINES` has it.
    """
    for line in (line for line in _LATER if line not in set(table["line"])):
        before = table.loc[table["line"] == "closing"]
        nothing = {name: before[name].where(before[name].isna(), 0.0) for name in QUANTILES}
        rows = before.assign(line=line, mean=0, customers=np.nan, **nothing)
        rows.index = rows.index - 0.5
        table = pd.concat([table, rows]).sort_index().reset_index(drop=True)
    return table


def write_history(table: pd.DataFrame) -> bytes:
    """Give the past as csv; a movement that is not computable is blank."""
    rows = [
        [text(month), _name(segment), line, *("" if pd.isna(v) else int(v) for v in values)]
        for month, segment, line, *values in table[list(_HISTORY_HEAD)].itertuples(index=False)
    ]
    return _csv(_HISTORY_HEAD, rows)


def read_history(content: bytes) -> pd.DataFrame:
    """Give the past from csv; raises PlanError."""
    rows = _rows(content, _HISTORY_HEAD, "history.csv")
    data: dict[str, object] = {
        "month": np.array([index_of(row[0]) for row in rows], dtype=np.int64),
        "segment": np.array([_position(row[1]) for row in rows], dtype=np.int64),
        "line": [row[2] for row in rows],
    }
    for i, column in enumerate(_HISTORY_HEAD[3:], 3):
        data[column] = pd.array([int(row[i]) if row[i] else None for row in rows], dtype="Int64")
    return pd.DataFrame(data)


def history_table(
    minor: pd.DataFrame, by: Sequence[str], keys: Sequence[tuple[str, ...]]
) -> pd.DataFrame:
    """Give the past as known at the sealing, from the ledger's movements.

    Parameters
    ----------
    minor
        ``month`` (period), the columns of `by`, ``movement``, ``customers``, ``mrr`` (minor).
    by, keys
        Dimensions, and the segments in the order of their positions.

    Returns
    -------
    DataFrame
        ``month`` (index), ``segment`` (position), ``line``, ``customers``, ``mrr`` (Int64).
    """
    positions = {key: i for i, key in enumerate(keys)}
    found = zip(*(minor[column].astype(str) for column in by), strict=True) if by else None
    segment = [positions[key] for key in found] if found is not None else [0] * len(minor)
    table = pd.DataFrame(
        {
            "month": [index_of(month) for month in minor["month"]],
            "segment": segment,
            "line": minor["movement"].astype(str).to_numpy(),
            "customers": pd.array(minor["customers"].tolist(), dtype="Int64"),
            "mrr": pd.array(minor["mrr"].tolist(), dtype="Int64"),
        }
    )
    return table.sort_values(["month", "segment"], kind="stable").reset_index(drop=True)


def write_draws(projection: "Projection") -> bytes:
    """Movements of at most `MOST_PATHS` paths, evenly chosen.

    Returns
    -------
    bytes
        A .npy file, little-endian float32 of the shape (movements, paths, months, segments), in
        major units of MRR, movements in the order of `MOVEMENTS`.
    """
    chosen = _chosen(projection)
    return write_array(np.stack([projection.flows[name][chosen] for name in MOVEMENTS]))


def write_counts(projection: "Projection") -> bytes:
    """Numbers of customers on the same paths.

    Returns
    -------
    bytes
        As `write_draws`, of the shape (`COUNTED`, paths, months, segments).
    """
    chosen = _chosen(projection)
    return write_array(np.stack([projection.measure(name)[chosen] for name in COUNTED]))


def _chosen(projection: "Projection") -> Ints:
    total = projection.flows["new"].shape[0]
    return np.unique(np.linspace(0, total - 1, min(total, MOST_PATHS)).round().astype(np.int64))


def write_array(draws: Floats) -> bytes:
    """Give draws as a .npy file, little-endian float32."""
    # A zero can carry a sign that says nothing; without it equal draws are equal bytes.
    draws = draws.astype("<f4") + np.float32(0.0)
    packed = io.BytesIO()
    np.lib.format.write_array(
        packed, np.ascontiguousarray(draws), version=(1, 0), allow_pickle=False
    )
    return packed.getvalue()


def read_draws(content: bytes) -> Floats:
    """Give the draws as float64; raises PlanError."""
    found = read_array(content, "draws.npy")
    if (lacking := len(MOVEMENTS) - len(found)) in range(1, len(_LATER) + 1):
        found = np.concatenate([found, np.zeros((lacking, *found.shape[1:]))])
    return found


def read_array(content: bytes, name: str) -> Floats:
    """Give an array as it was written, as float64; raises PlanError."""
    try:
        found = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise PlanError(f"{name}: cannot be read: {error}") from None
    if found.ndim != 4 or found.dtype != np.dtype("<f4"):
        raise PlanError(f"{name}: not 32-bit numbers by line, path, month and segment")
    return found.astype(np.float64)


def month_range(first: str, last: str) -> pd.PeriodIndex:
    """All months from the first to the last."""
    return periods(range(index_of(first), index_of(last) + 1))


def _rounded_steps(flow: Floats, scale: float) -> Ints:
    running = to_minor_units(np.cumsum(flow.mean(axis=0), axis=0), scale)
    return np.diff(running, axis=0, prepend=np.zeros((1, running.shape[1]), dtype=np.int64))


def segment_columns(by: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Give the names of segment columns beside other columns of a table.

    Examples
    --------
    >>> segment_columns(("size", "plan"), ["month", "plan", "actual"])
    ['size', 'plan_segment']
    """
    return [f"{name}_segment" if name in taken else name for name in by]


def with_company(values: NDArray[Any]) -> NDArray[Any]:
    """Give the values with the company, the sum of the segments, as a last column."""
    return np.concatenate([values, values.sum(axis=-1, keepdims=True)], axis=-1)


def _block(projection: "Projection", line: str, means: NDArray[Any], scale: float) -> pd.DataFrame:
    months, columns = means.shape
    index = np.array([index_of(month) for month in projection.months])
    segments = np.array([*range(columns - 1), COMPANY])
    data: dict[str, object] = {
        "month": np.repeat(index, columns),
        "segment": np.tile(segments, months),
        "line": line,
        "mean": means.ravel(),
        "customers": _people(projection, line, columns).ravel(),
    }
    quantiles = np.full((len(QUANTILES), months, columns), np.nan)
    if line != "opening":
        draws = projection.closing if line == "closing" else projection.flows[line]
        quantiles = np.rint(
            np.quantile(with_company(draws), list(QUANTILES.values()), axis=0) * scale
        )
    data |= {name: quantiles[i].ravel() for i, name in enumerate(QUANTILES)}
    data["_segment"] = np.tile(np.arange(columns), months)
    return pd.DataFrame(data)


def _people(projection: "Projection", line: str, columns: int) -> Floats:
    months = len(projection.months)
    if line in _COUNTED:
        counts = projection.counts[_COUNTED[line]].mean(axis=0)
    elif line in {"opening", "closing"}:
        closing = projection.customers.mean(axis=0)
        before = np.vstack([projection.opening_customers[None, :], closing[:-1]])
        counts = closing if line == "closing" else before
    else:
        return np.full((months, columns), np.nan)
    rounded: Floats = np.round(with_company(counts), 6)
    return rounded


def _name(segment: int) -> str:
    return "total" if segment == COMPANY else str(segment)


def _position(name: str) -> int:
    return COMPANY if name == "total" else int(name)


def _csv(head: Sequence[str], rows: list[list[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode("ascii")


def _rows(content: bytes, head: Sequence[str], name: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(io.StringIO(content.decode("ascii"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise PlanError(f"{name}: cannot be read: {error}") from None
    if not rows or tuple(rows[0]) != tuple(head) or any(len(row) != len(head) for row in rows):
        raise PlanError(f"{name}: its columns are not {', '.join(head)}")
    return rows[1:]
