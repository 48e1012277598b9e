"""Changes of a scenario that get into each other's way: overridden, stated twice, driven twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from history.months import span, text

from ..scenario import Scenario, Stated
from .any_change import AnyChange
from .change import Change
from .drivers.churn_parts import ChurnPart

Rule = Literal["overridden", "twice", "driven"]
# Who leaves over a price rise is no second opinion on churn, unless the change is about churn.
_SIDE_EFFECTS = frozenset({"churn", "contraction"})
_EARLIEST, _LATEST = 0, 9999 * 12 + 11


@dataclass(frozen=True)
class Overlap:
    """Two changes that act on one lever in the same months and segments.

    Attributes
    ----------
    scenario
        The scenario that has both.
    rule
        ``overridden``: the second puts the lever to a value, so that the first is lost there;
        ``twice``: both have the same effect; ``driven``: one of them is a change that works the
        lever out from something else, such as new customers from the sales capacity.
    lever
        The lever.
    first, second
        The changes, in the order in which they are applied.
    months
        The span that both hold in, as in a scenario file; None is the whole horizon.
    where
        The segments that both touch, in words.
    """

    scenario: str
    rule: Rule
    lever: str
    first: Stated
    second: Stated
    months: str | None
    where: str

    def __str__(self) -> str:
        when = "in all months" if self.months is None else f"in {self.months}"
        place = f"{when}, {self.where}"
        if self.rule == "overridden":
            said = f"{self.second} replaces {self.first} {place}: the earlier one has no effect"
        elif self.rule == "twice":
            said = f"{self.second} repeats {self.first} {place}: it counts twice"
        else:
            said = f"{self.first} and {self.second} both move {self.lever} {place}"
        return f"scenario {self.scenario!r}: {said}. Leave one out, or part their months or where."


def overlaps(scenario: Scenario) -> tuple[Overlap, ...]:
    """Find what counts double or cancels out in a scenario's whole chain.

    Two factors or shifts of one lever are no overlap as long as they differ: they compose.

    Parameters
    ----------
    scenario
        Any scenario, such as the sum of two.

    Returns
    -------
    tuple of Overlap
        In the order of the changes; empty when there is nothing to say.

    Examples
    --------
    >>> fast = Scenario("Fast").change("churn", times=0.9, months="2026-10/")
    >>> fixed = Scenario("Fixed").change("churn", set=0.01, months="/2027-03", where={"size": "S"})
    >>> print(*overlaps(fast + fixed))
    scenario 'Fast + Fixed': change 1 of Fast + Fixed (churn = 0.01, until 2027-03, size S) \
replaces change 1 of Fast (churn x 0.9, from 2026-10 on) in 2026-10/2027-03, size S: the earlier \
one has no effect. Leave one out, or part their months or where.
    """
    return tuple(
        found
        for first, second in combinations(scenario.stated, 2)
        for found in _between(scenario.name, first, second)
    )


def _between(name: str, first: Stated, second: Stated) -> Iterator[Overlap]:
    for lever in sorted(_moved(first.change) & _moved(second.change)):
        rule = _rule(first.change, second.change, lever)
        months = _common_months(first.change, second.change)
        where = _common_where(first.change, second.change)
        if rule is not None and months is not None and where is not None:
            yield Overlap(name, rule, lever, first, second, months or None, _in_words(where))


def _moved(change: AnyChange) -> frozenset[str]:
    """Levers that a change is about: its own, or those that it drives but for its side effects."""
    if not change.drives:
        return frozenset({change.lever})
    return frozenset(change.drives) - _SIDE_EFFECTS | {change.drives[0]}


def _rule(first: AnyChange, second: AnyChange, lever: str) -> Rule | None:
    by_hand = not (first.drives or second.drives)
    if by_hand and isinstance(second, Change) and second.way == "set":
        return "overridden" if first.effect != second.effect else None
    if first.effect == second.effect:
        return "twice"
    # One price rise after another is nothing unusual, nor are both parts of churn.
    successive = type(first) is type(second) and lever == "price"
    return None if by_hand or successive or _parts_of_churn(first, second) else "driven"


def _parts_of_churn(first: AnyChange, second: AnyChange) -> bool:
    """Whether one moves voluntary and the other involuntary churn."""
    return (
        isinstance(first, ChurnPart) and isinstance(second, ChurnPart) and first.part != second.part
    )


def _common_months(first: AnyChange, second: AnyChange) -> str | None:
    """Span that both changes hold in; blank for the whole horizon, None when there is none."""
    spans = [span(change.months) if change.months else (None, None) for change in (first, second)]
    start = max(_EARLIEST if low is None else low for low, _ in spans)
    end = min(_LATEST if high is None else high for _, high in spans)
    if start > end:
        return None
    if start == end:
        return text(start)
    if (start, end) == (_EARLIEST, _LATEST):
        return ""
    return f"{text(start) if start > _EARLIEST else ''}/{text(end) if end < _LATEST else ''}"


def _common_where(first: AnyChange, second: AnyChange) -> dict[str, tuple[str, ...]] | None:
    """Segments that both changes touch; None when there are none."""
    common = {key: tuple(values) for key, values in first.touches.items()}
    for key, values in second.touches.items():
        common[key] = tuple(value for value in common.get(key, values) if value in values)
    return common if all(common.values()) else None


def _in_words(where: dict[str, tuple[str, ...]]) -> str:
    parts = (f"{key} {' or '.join(values)}" for key, values in where.items())
    return " and ".join(parts) or "every segment"
