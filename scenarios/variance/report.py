"""A variance as a person reads it: lines, the drivers below them, and where they lie."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from .by_segment import segments_text
from .spans import Every

if TYPE_CHECKING:
    from .variance import Variance

Row = Mapping[Hashable, Any]

_QUIET: Final = ("policy", "fx")
"""Lines that are left out where there is nothing to say."""

_SAID: Final = {"volume": "customers", "size": "size of the lost", "exposure": "base"}


def lines_text(variance: Variance, last: pd.Period) -> str:
    """Give a month's lines."""
    lines = [f"{_title(variance, last)} of {last} in {variance.currency}"]
    lines.append(f"  {'':<13}{'plan':>16}{_side(variance, last):>16}{'variance':>16}  percentile")
    for row in variance.table(month=last).to_dict("records"):
        if row["line"] != "policy" or row["actual"]:
            amounts = f"{row['plan']:>16,.2f}{row['actual']:>16,.2f}{row['variance']:>+16,.2f}"
            lines.append(f"  {row['line']:<13}{amounts}  {_place(row)}".rstrip())
    return "\n".join(lines)


def drivers_text(variance: Variance, last: pd.Period, every: Every = "month") -> str:
    """Give the lines of the period that ends with a month, each with its drivers below it."""
    (span,) = variance.spans(every, last)
    lines = variance.table(month=last, every=every)
    parts = variance.drivers(month=last, every=every)
    title, side = (f(variance, variance.months[span.last]) for f in (_title, _side))
    told = [
        f"{title} of {span.label} in {variance.currency}",
        f"  {'':<28}{'plan':>16}{side:>16}{'variance':>16}{'of plan':>9}{'change':>10}  percentile",
    ]
    for row in lines.to_dict("records"):
        if row["line"] in _QUIET and not row["variance"]:
            continue
        if row["line"] == "closing":
            told += _rounding(parts)
        told.append(_line(row))
        below = parts[(parts["line"] == row["line"]) & (parts["driver"] != "")]
        told += [_part(part) for part in below.to_dict("records") if _told(part)]
    return "\n".join(told)


def report(
    variance: Variance, last: pd.Period, every: Every = "month", by: str | Sequence[str] = ()
) -> str:
    """Give lines and drivers, segments, the bridge since the plan began, and the words."""
    (span,) = variance.spans(every, last)
    end = variance.months[span.last]
    parts = [
        drivers_text(variance, end, every),
        *([segments_text(variance, end, every, by)] if by else []),
        str(variance.bridge(end)),
        "\n".join(variance.sentences(end, every=every)),
    ]
    return "\n\n".join(parts)


def _side(variance: Variance, last: pd.Period) -> str:
    return "actual" if last <= variance.as_of else "outlook"


def _title(variance: Variance, last: pd.Period) -> str:
    return f"{variance.plan.name}: plan and {_side(variance, last)} MRR movements"


def _line(row: Row) -> str:
    share = row["variance_share"]
    of = "" if np.isnan(share) or not row["variance"] else f"{share:+.1%}"
    amounts = f"{row['plan']:>16,.2f}{row['actual']:>16,.2f}{row['variance']:>+16,.2f}"
    return f"  {row['line']:<28}{amounts}{of:>9}{'':>10}  {_place(row)}".rstrip()


def _part(row: Row) -> str:
    words = str(row["driver"]).split(" ")
    name = " ".join([*words[:-1], _SAID.get(words[-1], words[-1])])
    plan, actual = (_figure(row[f"{side}_figure"], row["unit"]) for side in ("plan", "actual"))
    points = "" if np.isnan(row["points"]) else f"{round(row['points'], 2) + 0.0:+.2f} pp"
    said = f"    {name:<26}{plan:>16}{actual:>16}{row['variance']:>+16,.2f}{'':>9}{points:>10}"
    return f"{said}  {_place(row)}".rstrip()


def _figure(value: float, unit: str) -> str:
    if np.isnan(value):
        return ""
    if unit == "share":
        return f"{value:.2%}"
    return f"{value:,.1f}" if unit == "customers" else f"{value:,.2f}"


def _told(part: Row) -> bool:
    """Whether a driver is worth a line: mix and size only where they make a difference."""
    return bool(part["variance"]) or not str(part["driver"]).endswith(("mix", "size"))


def _rounding(parts: pd.DataFrame) -> Iterator[str]:
    amount = float(parts.loc[parts["line"] == "rounding", "variance"].sum())
    if amount:
        yield f"  {'rounding':<28}{'':>32}{amount:>+16,.2f}"


def _place(row: Row) -> str:
    return f"{row['percentile']:>6.0f}  {row['reading']}" if row["reading"] else ""
