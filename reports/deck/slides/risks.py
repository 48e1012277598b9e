"""Risks: which lever moves ARR most, and how far chance alone may take it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ... import style
from ...format import Scale, money, month, number, percent, scale_of, shorten
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
_TEXTS: Final = {
    "title": "{lever} matters most: {step} {way} costs {cost} of ARR by {at}",
    "second": "{title}; next is {lever} with {cost}",
    "flat": "No lever moves ARR at {at} when it is turned by {step}",
    "less": "less",
    "more": "more",
    "key_down": "Turned down",
    "key_up": "Turned up",
    "chance": "Chance alone: {scenario} at {at}",
    "below": "{share} of the paths end below today's {arr}.",
    "remark": "Each lever alone, turned by the share beside its name in every month ahead; "
    "difference of mean ARR at {at}.",
    "scenario": "Share of paths",
}
_QUANTILES: Final = (
    (0.025, "1 in 40 ends below"),
    (0.10, "1 in 10 ends below"),
    (0.50, "Median"),
    (0.90, "1 in 10 ends above"),
    (0.975, "1 in 40 ends above"),
)
_NOTES: Final = (
    (
        "Source: the main scenario run again with one lever turned down and up, on the same random "
        "draws; the figure is the mean over all paths."
    ),
    (
        "Levers turned in every month ahead and in all segments. Price is the price of all "
        "customers, new ARPA what a new customer pays, onboarding the first months' risk to leave."
    ),
    (
        "Chance alone: quantiles of the paths of the main scenario; they hold what the model knows "
        "of, not every event."
    ),
)
_NAMES: Final = {"new_arpa": "new ARPA"}


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    found = pack.tornado
    swings = found.swings[:_MOST]
    if not swings:
        raise NotShownError("no lever could be turned")
    ends = [end - found.center for swing in swings for end in (swing.down, swing.up)]
    scale = scale_of(ends)
    slide = deck.add(_title(found, pack.currency, scale), _NOTES)
    left, right = BODY.split(0.62)
    key = [(style.FALL, _TEXTS["key_down"]), (style.OKABE_ITO["blue"], _TEXTS["key_up"])]
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
        description=f"Change of mean ARR at {month(found.at)} with each lever turned down and up.",
    )  # fmt: skip
    _chance(pack, slide, right)
    remark(slide, _TEXTS["remark"].format(at=month(found.at)))


def _chance(pack: Pack, slide: Slide, box: Box) -> None:
    run = pack.comparison.runs[pack.against].projection
    draws = run.draws("arr")[:, run.at(pack.at)]
    scale = scale_of(draws, digits=4)
    middle = float(np.quantile(draws, 0.5))
    said = _TEXTS["chance"].format(scenario=shorten(pack.against, 24), at=month(pack.at))
    add_text(slide, Box(box.left, box.top, box.width, 0.3), [said], size=13, bold=True)
    columns = [
        Column(_TEXTS["scenario"], 1.7, "left"), Column(f"ARR, {scale.label(pack.currency)}"),
        Column("Against median", 1.1),
    ]  # fmt: skip
    rows = []
    for share, words in _QUANTILES:
        amount = float(np.quantile(draws, share))
        gap = "–" if share == 0.5 else number(amount - middle, scale, signed=True)
        rows.append([Cell(words, bold=share == 0.5), Cell(number(amount, scale)), Cell(gap)])
    used = add_table(
        slide, Box(box.left, box.top + 0.35, box.width, 3.0), columns, rows,
        description="Quantiles of ARR over the paths.", wrap=2, tallest=0.5,
    )  # fmt: skip
    now = float(pack.arr.iloc[-1])
    below = percent(float((draws < now).mean()), 0)
    told = _TEXTS["below"].format(share=below, arr=money(now, pack.currency))
    add_text(slide, Box(box.left, box.top + used + 0.6, box.width, 0.6), [told], size=13)


def _name(swing: Swing) -> str:
    lever = swing.dial.lever
    line = _NAMES.get(lever) or lever.replace("_", " ").replace(".", ": ")
    return line[:1].upper() + line[1:]


def _title(found: Tornado, currency: str, scale: Scale) -> str:
    first, *others = found.swings
    if not first.width > 0:
        return _TEXTS["flat"].format(at=month(found.at), step=percent(first.step, 0))
    said = _TEXTS["title"].format(
        lever=_name(first), step=percent(first.step, 0), at=month(found.at),
        way=_TEXTS["less" if first.down < first.up else "more"],
        cost=money(_cost(found, first), currency, scale),
    )  # fmt: skip
    if not others or not others[0].width > 0:
        return said
    name = _name(others[0])
    name = name if name[1:2].isupper() else name[:1].lower() + name[1:]
    cost = money(_cost(found, others[0]), currency, scale)
    return _TEXTS["second"].format(title=said, lever=name, cost=cost)


def _cost(found: Tornado, swing: Swing) -> float:
    return float(found.center - min(swing.down, swing.up))
