"""Risks: which lever moves ARR most, and how far chance alone may take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from history.language import marked, say

from ... import style
from ...format import (
    Scale,
    capital,
    lever_words,
    money,
    month,
    number,
    percent,
    scale_of,
    shorten,
)
from ...pack import NotShownError
from ..charts import tornado_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_key, add_table, add_text
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

    from scenarios import Tornado
    from scenarios.deciding.sensitivity import Swing

    from ...pack import Pack

_MOST: Final = 8
_QUANTILES: Final = (
    (0.025, marked("1 in 40 ends below")),
    (0.10, marked("1 in 10 ends below")),
    (0.50, marked("Median")),
    (0.90, marked("1 in 10 ends above")),
    (0.975, marked("1 in 40 ends above")),
)
_NOTES: Final = (
    marked(
        "Source: the main scenario run again with one lever turned down and up, on the same random "
        "draws; the figure is the mean over all paths."
    ),
    marked(
        "Levers turned in every month ahead and in all segments. Price is the price of all "
        "customers, new ARPA what a new customer pays, onboarding the first months' risk to leave."
    ),
    marked(
        "Chance alone: quantiles of the paths of the main scenario; they hold what the model knows "
        "of, not every event."
    ),
)


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    found = pack.tornado
    swings = found.swings[:_MOST]
    if not swings:
        raise NotShownError(say("no lever could be turned"))
    ends = [end - found.center for swing in swings for end in (swing.down, swing.up)]
    scale = scale_of(ends)
    slide = deck.add(_title(found, pack.currency, scale), list(map(say, _NOTES)))
    left, right = BODY.split(0.62)
    key = [(style.FALL, say("Turned down")), (style.OKABE_ITO["blue"], say("Turned up"))]
    add_key(slide, left, key)
    tornado_chart(
        slide, Box(left.left, left.top + 0.35, left.width, left.height - 0.55),
        {
            f"{_name(swing)} ±{percent(swing.step, 0)}": (
                swing.down - found.center, swing.up - found.center,
            )
            for swing in swings
        },
        lambda amount: money(amount, pack.currency, scale, signed=True), "#,##0",
        description=say(
            "Change of mean ARR at {month} with each lever turned down and up.",
            month=month(found.at),
        ),
    )  # fmt: skip
    _chance(pack, slide, right)
    remark(
        slide,
        say(
            "Each lever alone, turned by the share beside its name in every month ahead; "
            "difference of mean ARR at {month}.",
            month=month(found.at),
        ),
    )


def _chance(pack: Pack, slide: Slide, box: Box) -> None:
    run = pack.comparison.runs[pack.against].projection
    draws = run.draws("arr")[:, run.at(pack.at)]
    scale = scale_of(draws, digits=4)
    middle = float(np.quantile(draws, 0.5))
    said = say("Chance alone: {scenario} at {month}", scenario=shorten(pack.against, 24),
               month=month(pack.at))  # fmt: skip
    add_text(slide, Box(box.left, box.top, box.width, 0.3), [said], size=13, bold=True)
    columns = [
        Column(say("Share of paths"), 1.7, "left"),
        Column(say("ARR, {unit}", unit=scale.label(pack.currency))),
        Column(say("Against median"), 1.1),
    ]  # fmt: skip
    rows = []
    for share, words in _QUANTILES:
        amount = float(np.quantile(draws, share))
        gap = "–" if share == 0.5 else number(amount - middle, scale, signed=True)
        rows.append([Cell(say(words), bold=share == 0.5), Cell(number(amount, scale)), Cell(gap)])
    used = add_table(
        slide, Box(box.left, box.top + 0.35, box.width, 3.0), columns, rows,
        description=say("Quantiles of ARR over the paths."), wrap=2, tallest=0.5,
    )  # fmt: skip
    now = float(pack.arr.iloc[-1])
    below = percent(float((draws < now).mean()), 0)
    told = say("{share} of the paths end below today's {arr}.", share=below,
               arr=money(now, pack.currency))  # fmt: skip
    add_text(slide, Box(box.left, box.top + used + 0.6, box.width, 0.6), [told], size=13)


def _name(swing: Swing) -> str:
    return capital(lever_words(swing.dial.lever))


def _title(found: Tornado, currency: str, scale: Scale) -> str:
    first, *others = found.swings
    if not first.width > 0:
        return say(
            "No lever moves ARR at {month} when it is turned by {step}",
            month=month(found.at), step=percent(first.step, 0),
        )  # fmt: skip
    told = {
        "lever": lever_words(first.dial.lever),
        "step": percent(first.step, 0),
        "cost": money(_cost(found, first), currency, scale),
        "month": month(found.at),
    }
    said = (
        say("{lever} matters most: {step} less costs {cost} of ARR by {month}", **told)
        if first.down < first.up
        else say("{lever} matters most: {step} more costs {cost} of ARR by {month}", **told)
    )
    said = capital(said)
    if not others or not others[0].width > 0:
        return said
    return say(
        "{said}; next is {lever} with {cost}",
        said=said, lever=lever_words(others[0].dial.lever),
        cost=money(_cost(found, others[0]), currency, scale),
    )  # fmt: skip


def _cost(found: Tornado, swing: Swing) -> float:
    return float(found.center - min(swing.down, swing.up))
