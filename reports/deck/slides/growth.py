"""ARR to date and the fan of scenarios."""

from __future__ import annotations

from history.language import say

from ... import style
from ...digest.headline import where_it_goes
from ...figures.fan import BANDS
from ...format import count, money, month, percent, shorten
from ..charts import fan_chart
from ..page import Deck, remark
from ..parts import add_key
from ..template import BODY, Box

_PAST = 36


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    now = money(float(pack.arr.iloc[-1]), pack.currency)
    title = say("From {arr} of ARR today, {ahead}", arr=now, ahead=where_it_goes(pack))
    slide = deck.add(title, _notes(deck))
    colour = style.looks(pack.fans)[pack.against].colour
    shades = [(style.blend(colour, strength), share) for _, _, strength, share in BANDS[::-1]]
    name = shorten(pack.against, 24)
    key = [(style.INK, say("ARR to date"))]
    key += [
        (shade, say("{share} of the paths of {name}", share=percent(share, 0), name=name))
        for shade, share in shades
    ]
    add_key(slide, Box(BODY.left, BODY.top, BODY.width, 0.3), key)
    fan_chart(
        slide,
        Box(BODY.left, BODY.top + 0.35, BODY.width, BODY.height - 0.5),
        pack.arr.tail(_PAST),
        pack.fans,
        focus=pack.against,
        currency=pack.currency,
        description=say(
            "ARR by month to {month}, then each scenario's median and the 50, 80 and 95 % bands of "
            "{name} to {end}.",
            month=month(pack.as_of), name=name, end=month(pack.comparison.months[-1]),
        ),
    )  # fmt: skip
    remark(
        slide,
        say(
            "Dashed and coloured lines: the median (P50) of each scenario, on the same random "
            "draws; their labels are of {month}.",
            month=month(pack.comparison.months[-1]),
        ),
    )


def _notes(deck: Deck) -> list[str]:
    pack = deck.pack
    runs = pack.comparison.runs
    reasons = [
        say("{name}: {told}", name=name, told=run.scenario.because or say("no reason given"))
        for name, run in runs.items()
    ]
    return [
        say("Source: billing ledger (closing MRR x 12) and the projection of each scenario."),
        say(
            "Bands are quantiles of {paths} paths; they hold what the model knows of, not every "
            "event.",
            paths=count(next(iter(runs.values())).projection.paths),
        ),
        *reasons,
    ]
