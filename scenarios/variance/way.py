"""The way from a plan's closing to the actual one, as a bridge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from history.errors import InputError
from history.money import to_major

from ..comparing.bridge import Bridge, Step
from .lines import ACTUAL_MOVEMENTS, VARIANCE_LINES, Driver
from .spans import Span

if TYPE_CHECKING:
    from .variance import Variance

_NEW: Final = {"volume": "customers", "price": "price", "mix": "mix"}
_ALWAYS: Final = ("new: customers", "new: price", *ACTUAL_MOVEMENTS[1:-1])


def way(variance: Variance, span: Span, measure: str) -> Bridge:
    """Give the bridge of the company over a span that begins with the plan; see `Variance.bridge`.

    Raises
    ------
    InputError
        The measure is neither arr nor mrr.
    """
    if measure not in {"arr", "mrr"}:
        raise InputError(f"a variance is bridged in arr or mrr, not in {measure!r}")
    factor = 12 if measure == "arr" else 1
    cells, currency = variance.cells, variance.currency
    plan, actual = (side[:, -1] for side in cells.lines(span))
    made: dict[Driver, int] = dict(
        zip(cells.drivers, cells.explained(span)[:, -1].tolist(), strict=True)
    )
    missed = dict(zip(VARIANCE_LINES, (actual - plan).tolist(), strict=True))
    new = {f"new: {said}": made["new", part] for part, said in _NEW.items() if cells.counted}
    rest = "new: rounding" if cells.counted else "new"
    parts = {
        "restatement": missed["restatement"],
        **new,
        rest: missed["new"] - sum(new.values()),
        **{name: missed[name] for name in ACTUAL_MOVEMENTS[1:]},
        "policy": missed["policy"],
    }
    steps = tuple(
        Step(name, to_major(factor * amount, currency))
        for name, amount in parts.items()
        if amount or name in _ALWAYS
    )
    last = variance.months[span.last]
    side = "actual" if last <= variance.as_of else "outlook"
    return Bridge(
        to_major(factor * int(plan[-1]), currency),
        steps,
        to_major(factor * int(actual[-1]), currency),
        unit=f"{currency} {measure.upper()}",
        title=f"{variance.plan.name}: plan to {side} {measure.upper()} at {last}",
        start_label="plan",
        end_label=side,
    )
