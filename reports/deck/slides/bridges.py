"""The bridge from the main scenario to each other one, a slide each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import style
from ...format import money, month, number, plain, scale_of, shorten
from ...geometry import waterfall
from ...pack import NotShownError
from ..charts import waterfall_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY

if TYPE_CHECKING:
    from scenarios import Bridge

_STEPS = 7


def names(deck: Deck) -> list[str]:
    """Scenarios that are bridged to, in the deck's order."""
    return [name for name in deck.pack.comparison.scenarios if name != deck.pack.against]


def draw(deck: Deck, name: str) -> None:
    """Add the slide of one scenario."""
    pack = deck.pack
    way = pack.comparison.bridge(name, pack.at)
    if not way.steps:
        raise NotShownError(
            f"{shorten(name, 40)} changes nothing against {shorten(pack.against, 40)}"
        )
    steps = merged([(words(step.label), step.amount, step.because) for step in way.steps])
    scale = scale_of([way.difference, *(amount for _, amount, _ in steps)])
    shown = _rounded(way, steps, scale.places)
    looks = style.looks(pack.comparison.scenarios)
    slide = deck.add(_title(deck, name, way, steps), _notes(deck, name, way))
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
        description=f"Bridge of ARR at {month(pack.at)} from {pack.against} to {name}.",
    )  # fmt: skip
    columns = [Column("Change", 2.0, "left"), Column(f"ARR, {scale.label(pack.currency)}", 1.0)]
    columns.append(Column("Because", 2.2, "left"))
    add_table(slide, right.below(0.15), columns, _rows(shown, scale), description="Bridge.", wrap=3,
              sizes=(14.0, 13.0, 12.0, 11.0))  # fmt: skip
    cut = f" The axis starts at {money(floor, pack.currency)}." if floor else ""
    remark(
        slide,
        f"Means of ARR over all paths, so that the steps add up; each change is run alone.{cut}",
    )


def words(label: str) -> str:
    """Write a step's label for a reader: `new customers x 0.8`.

    Examples
    --------
    >>> words("new_customers x 0.8")
    'New customers x 0.8'
    """
    line = plain(label).replace("_", " ")
    return line[:1].upper() + line[1:]


def short(labels: list[str]) -> list[str]:
    """Leave months and segments to the table where the labels stay different without them.

    Examples
    --------
    >>> short(["Churn x 0.9, from 2026-10 on", "Price x 1.03"])
    ['Churn x 0.9', 'Price x 1.03']
    """
    cut = [label.partition(",")[0] for label in labels]
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
    return [*kept, (f"{len(rest)} smaller changes", sum(amount for _, amount, _ in rest), None)]


def _rounded(way: Bridge, steps: list[tuple[str, float, str | None]], places: int) -> Bridge:
    from scenarios import Bridge, Step

    whole = Bridge(way.start, tuple(Step(*step) for step in steps), way.end, way.unit, way.title,
                   way.start_label, way.end_label)  # fmt: skip
    return whole.rounded(places)


def _rows(shown: Bridge, scale: Any) -> list[list[Cell]]:
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


def _title(deck: Deck, name: str, way: Bridge, steps: list[tuple[str, float, str | None]]) -> str:
    pack = deck.pack
    scale = scale_of([way.difference, *(amount for _, amount, _ in steps)])
    word = "adds" if way.difference >= 0 else "costs"
    amount = money(abs(way.difference), pack.currency, scale)
    said = f"{shorten(name, 24)} {word} {amount} of ARR by {month(pack.at)}"
    if len(steps) == 1:
        return f"{said}: {_inside(steps[0][0])}"
    pulls = [step for step in steps if step[1] * way.difference > 0]
    if not pulls:
        return said
    label, largest, _ = max(pulls, key=lambda step: abs(step[1]))
    told = money(abs(largest), pack.currency, scale)
    if abs(largest) > abs(way.difference):
        return f"{said}; {_inside(label)} alone {word} {told}"
    return f"{said}; {told} of it by {_inside(label)}"


def _inside(label: str) -> str:
    """Write a label inside a sentence."""
    line = shorten(label, 48)
    return line[:1].lower() + line[1:]


def _notes(deck: Deck, name: str, way: Bridge) -> list[str]:
    told = [f"{step.label}: {step.amount:,.0f}. {step.because or ''}".strip() for step in way.steps]
    return [
        f"Source: {way.title}; mean ARR over all paths, in {way.unit}.",
        (
            f"Each change of {name} is run alone on what it shares with {deck.pack.against}; "
            "what the changes do together is the step 'interaction'."
        ),
        *told,
    ]
