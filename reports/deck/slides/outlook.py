"""Scenarios side by side at the year's end, and what they assume."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from history.language import say, say_many

from ... import style
from ...digest import value
from ...format import (
    Scale,
    count,
    lever_words,
    money,
    month,
    number,
    percent,
    scale_of,
    shorten,
    shortest,
    span,
)
from ..page import Deck, remark
from ..parts import Cell, Column, add_table, add_text, rows_that_fit
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_MOST = 8
_SIZES = (15.0, 14.0, 13.0, 12.0, 11.0)


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    table = pack.outlook.head(_MOST)
    scale = _scale(pack.outlook)
    base_mean = _printed(value(table, pack.against, "mean"), scale)
    slide = deck.add(_title(deck), _notes(deck))
    looks = style.looks(pack.outlook.index)
    against = shorten(pack.against, 18)
    columns = [
        Column(say("ARR at {month}, {unit}", month=month(pack.at),
                   unit=scale.label(pack.currency)), 2.6, "left"),
        Column("P10"), Column("P50"), Column("P90"), Column(say("Mean")),
        Column(say("Mean vs {scenario}", scenario=against), 1.6),
        Column(say("Above {scenario}", scenario=against), 1.5),
    ]  # fmt: skip
    rows = []
    for name, row in table.iterrows():
        base = name == pack.against
        beats = float(row["probability_above"])
        rows.append(
            [Cell(str(name), ink=looks[str(name)].ink, bold=True)]
            + [
                Cell(number(float(row[c]), scale), bold=c == "p50")
                for c in ("p10", "p50", "p90", "mean")
            ]
            + [
                Cell(
                    "–"
                    if base
                    else number(_printed(float(row["mean"]), scale) - base_mean, scale, signed=True)
                )
            ]
            + [Cell("–" if base or math.isnan(beats)
                    else say("{share} of paths", share=percent(beats, 0)))]
        )  # fmt: skip
    inputs = pack.comparison.inputs()
    height = min(BODY.height - 0.2, 0.42 * (len(rows) + 1) + 0.1)
    box = Box(BODY.left, BODY.top, BODY.width, height if len(inputs) else BODY.height - 0.2)
    used = add_table(slide, box, columns, rows, description=say("ARR by scenario."), wrap=2)
    if len(inputs):
        _inputs(
            slide,
            Box(BODY.left, BODY.top + used + 0.3, BODY.width, BODY.height - used - 0.45),
            inputs,
        )
    hidden = len(pack.outlook) - len(table)
    told = say("P10 and P90: one path in ten ends below, one in ten above.")
    if hidden:
        told = say_many(
            "{told} One more scenario is in the workbook.",
            "{told} {n} more scenarios are in the workbook.",
            hidden, told=told,
        )  # fmt: skip
    remark(slide, told)


def _scale(table: pd.DataFrame) -> Scale:
    """Choose the table's scale, fine enough that the differences of the means can be read."""
    figures = table[["p10", "p50", "p90", "mean"]].to_numpy().ravel()
    scale = scale_of(figures)
    return Scale(scale.divisor, scale.suffix, max(scale.decimals, 2 if scale.suffix else 0))


def _printed(amount: float, scale: Scale) -> float:
    return round(amount / scale.divisor, scale.decimals) * scale.divisor


def _title(deck: Deck) -> str:
    pack = deck.pack
    table = pack.outlook
    scale = scale_of(table["p50"])

    def at(name: str, column: str = "p50") -> str:
        return money(value(table, name, column), pack.currency, scale)

    def said(name: str) -> str:
        return say("{scenario} at {arr}", scenario=shorten(name, 24), arr=at(name))

    base = pack.against
    others = table.drop(index=base)
    if others.empty:
        return say(
            "{month} ends with {base}, eight chances in ten between {low} and {high}",
            month=month(pack.at), base=said(base), low=at(base, "p10"), high=at(base, "p90"),
        )  # fmt: skip
    high, low = str(others["p50"].idxmax()), str(others["p50"].idxmin())
    if high == low:
        return say(
            "{month} ends with {other}, against {base}",
            month=month(pack.at), other=said(high), base=said(base),
        )  # fmt: skip
    return say(
        "{month} ends with {high} and {low}, against {base}",
        month=month(pack.at), high=said(high), low=said(low), base=said(base),
    )  # fmt: skip


def _inputs(slide: Slide, box: Box, inputs: pd.DataFrame) -> None:
    columns = [
        Column(say("Scenario"), 1.3, "left"), Column(say("Change"), 2.6, "left"),
        Column(say("Months"), 2.0, "left"), Column(say("Where"), 1.2, "left"),
        Column(say("Because"), 3.6, "left"),
    ]  # fmt: skip
    rows = [
        [
            Cell(str(row["scenario"]), bold=True),
            Cell(change_words(row)),
            Cell(span(row["months"])),
            Cell(_text(row["where"]) or say("all segments")),
            Cell(_text(row["because"]) or say("no reason given")),
        ]
        for _, row in inputs.iterrows()
    ]
    under = box.below(0.35)
    kept = rows_that_fit(under.height, under.width, columns, rows, size=_SIZES[-1], wrap=2)
    if kept < len(rows):
        kept -= 1
        more = say("and {n} more", n=len(rows) - kept)
        rows = [*rows[:kept], [Cell(more), *[Cell("")] * 4]]
    if kept < 1:
        return
    heading = Box(box.left, box.top, box.width, 0.3)
    add_text(slide, heading, [say("What they assume")], size=14, bold=True)
    add_table(
        slide, under, columns, rows, description=say("What the scenarios assume."),
        sizes=_SIZES, tallest=0.4, wrap=2,
    )  # fmt: skip


def change_words(row: pd.Series) -> str:
    """Say one change of a scenario: `new customers x 0.8`."""
    said = _change(row)
    return say("without {change}", change=said) if row["side"] == "left out" else said


def _change(row: pd.Series) -> str:
    sign = {"times": "x", "plus": "+", "set": "="}.get(str(row["way"]))
    if sign is None:
        return str(row["way"])  # a driver, which tells its whole effect
    number_ = float(row["number"])
    if sign == "+" and number_ < 0:
        sign, number_ = "-", -number_
    return f"{lever_words(str(row['lever']))} {sign} {shortest(number_)}"


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)


def _notes(deck: Deck) -> list[str]:
    pack = deck.pack
    first = next(iter(pack.comparison.runs.values()))
    return [
        say(
            "Source: projections of {paths} paths from {month}; scenarios share the same random "
            "draws, so that a difference is the scenario and not chance.",
            paths=count(first.projection.paths), month=pack.as_of,
        ),
        say(
            "'Above {scenario}': share of the paths on which its ARR is higher, path by path.",
            scenario=pack.against,
        ),
    ]  # fmt: skip
