"""The bridge from the main scenario to each other one, a slide each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from history.language import figure, retold, say

from ... import style
from ...format import Scale, capital, label_words, money, month, number, plain, scale_of, shorten
from ...geometry import waterfall
from ...pack import NotShownError
from ..charts import waterfall_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY

if TYPE_CHECKING:
    from scenarios import Bridge, Step

_STEPS = 7


def names(deck: Deck) -> list[str]:
    """Scenarios that are bridged to, in the deck's order."""
    return [name for name in deck.pack.comparison.scenarios if name != deck.pack.against]


def size(deck: Deck, name: str) -> float:
    """How far a scenario's mean ARR lies from that of the main one, without sign."""
    mean = deck.pack.outlook["mean"]
    return abs(float(mean[name]) - float(mean[deck.pack.against]))


def draw(deck: Deck, name: str) -> None:
    """Add the slide of one scenario."""
    pack = deck.pack
    way = pack.comparison.bridge(name, pack.at)
    if not way.steps:
        raise NotShownError(
            say(
                "{scenario} changes nothing against {base}",
                scenario=shorten(name, 40), base=shorten(pack.against, 40),
            )
        )  # fmt: skip
    steps = merged([(words(step.label), step.amount, _reason(step)) for step in way.steps])
    scale = scale_of([way.difference, *(amount for _, amount, _ in steps)])
    shown = _rounded(way, steps, scale.places)
    looks = style.looks(pack.comparison.scenarios)
    slide = deck.add(_title(deck, name, shown, scale), _notes(deck, name, way))
    left, right = BODY.split(0.6)
    bars = waterfall(
        (shorten(pack.against, 24), shown.start),
        list(
            zip(
                short([step.label for step in shown.steps]),
                [step.amount for step in shown.steps],
                strict=True,
            )
        ),
        (shorten(name, 24), shown.end),
    )
    floor = waterfall_chart(
        slide, left, bars, currency=pack.currency, scale=scale,
        colours=(looks[pack.against].colour, looks[name].colour),
        description=say(
            "Bridge of ARR at {month} from {base} to {scenario}.",
            month=month(pack.at), base=pack.against, scenario=name,
        ),
    )  # fmt: skip
    unit = scale.label(pack.currency)
    columns = [Column(say("Change"), 2.0, "left"), Column(say("ARR, {unit}", unit=unit), 1.0)]
    columns.append(Column(say("Because"), 2.2, "left"))
    add_table(slide, right.below(0.15), columns, _rows(shown, scale), description=say("Bridge."),
              wrap=3, sizes=(14.0, 13.0, 12.0, 11.0))  # fmt: skip
    told = say("Means of ARR over all paths, so that the steps add up; each change is run alone.")
    if floor:
        told = say("{told} The axis starts at {floor}.", told=told,
                   floor=money(floor, pack.currency))  # fmt: skip
    remark(slide, told)


def words(label: str) -> str:
    r"""Write a step's label for a reader: `New customers x 0.8`.

    Examples
    --------
    >>> words("new_customers x 0.8")
    'New customers x\xa00.8'
    """
    return capital(plain(label_words(retold(label)))).replace(" x ", " x\xa0")


def _reason(step: Step) -> str | None:
    return None if step.because is None else retold(step.because)


def short(labels: list[str]) -> list[str]:
    """Leave months and segments to the table where the labels stay different without them.

    Examples
    --------
    >>> short(["Churn x 0.9, from 2026-10 on", "Price x 1.03"])
    ['Churn x 0.9', 'Price x 1.03']
    """
    cut = [label.partition(", ")[0] for label in labels]
    return cut if len(set(cut)) == len(set(labels)) else labels


def merged(
    steps: list[tuple[str, float, str | None]], most: int = _STEPS
) -> list[tuple[str, float, str | None]]:
    """Put the smallest steps together where there are more than a chart can hold."""
    if len(steps) <= most:
        return steps
    largest = sorted(steps, key=lambda step: -abs(step[1]))[: most - 1]
    kept = [step for step in steps if step in largest]
    rest = [step for step in steps if step not in largest]
    named = say("{n} smaller changes", n=len(rest))
    return [*kept, (named, sum(amount for _, amount, _ in rest), None)]


def _rounded(way: Bridge, steps: list[tuple[str, float, str | None]], places: int) -> Bridge:
    from scenarios import Bridge, Step

    whole = Bridge(way.start, tuple(Step(*step) for step in steps), way.end, way.unit, way.title,
                   way.start_label, way.end_label)  # fmt: skip
    return whole.rounded(places)


def _rows(shown: Bridge, scale: Scale) -> list[list[Cell]]:
    rows = [
        [Cell(shown.start_label, bold=True), Cell(number(shown.start, scale), bold=True), Cell("")]
    ]
    rows += [
        [Cell(step.label), Cell(number(step.amount, scale, signed=True)), Cell(step.because or "")]
        for step in shown.steps
    ]
    rows.append(
        [Cell(shown.end_label, bold=True), Cell(number(shown.end, scale), bold=True), Cell("")]
    )
    return rows


def _title(deck: Deck, name: str, way: Bridge, scale: Scale) -> str:
    """Say the difference in the amounts that the bars give."""
    pack = deck.pack
    steps = [(step.label, step.amount) for step in way.steps]
    told = {
        "scenario": shorten(name, 24),
        "amount": money(abs(way.difference), pack.currency, scale),
        "month": month(pack.at),
    }
    up = way.difference >= 0
    said = (
        say("{scenario} adds {amount} of ARR by {month}", **told)
        if up
        else say("{scenario} costs {amount} of ARR by {month}", **told)
    )
    if len(steps) == 1:
        return say("{said}: {step}", said=said, step=_inside(steps[0][0]))
    pulls = [step for step in steps if step[1] * way.difference > 0]
    if not pulls:
        return said
    label, largest = max(pulls, key=lambda step: abs(step[1]))
    part = {"step": _inside(label), "amount": money(abs(largest), pack.currency, scale)}
    if abs(largest) <= abs(way.difference):
        return say("{said}; {amount} of it by {step}", said=said, **part)
    if up:
        return say("{said}; {step} alone adds {amount}", said=said, **part)
    return say("{said}; {step} alone costs {amount}", said=said, **part)


def _inside(label: str) -> str:
    """Write a label inside a sentence."""
    line = shorten(label, 48)
    return line[:1].lower() + line[1:]


def _notes(deck: Deck, name: str, way: Bridge) -> list[str]:
    told = [
        say("{name}: {amount}. {reason}", name=words(step.label), amount=figure(step.amount),
            reason=_reason(step) or "").strip()
        for step in way.steps
    ]  # fmt: skip
    pack = deck.pack
    return [
        say(
            "Source: {base} to {scenario}, ARR at {month}; mean ARR over all paths, in {unit}.",
            base=pack.against, scenario=name, month=pack.at, unit=way.unit,
        ),
        say(
            "Each change of {scenario} is run alone on what it shares with {base}; what the "
            "changes do together is the step 'interaction'.",
            scenario=name, base=pack.against,
        ),
        *told,
    ]  # fmt: skip
