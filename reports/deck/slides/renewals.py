"""Renewals ahead, and what of the MRR to come is under contract."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.language import marked, say

from ... import style
from ...digest.renewals import DUE
from ...format import count, money, month, number, percent, scale_of
from ...pack import NotShownError
from ..charts import stacked_columns
from ..page import Deck, remark
from ..parts import Cell, Column, add_key, add_table, add_text
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_SEGMENTS: Final = 4
_LARGEST: Final = 4
_SIZES: Final = (13.0, 12.0, 11.0)
_DUE: Final = {"open": (marked("Open"), style.OKABE_ITO["blue"]),
               "signed": (marked("Renewal signed"), style.OKABE_ITO["sky"]),
               "notice": (marked("Notice given"), style.OKABE_ITO["vermillion"])}  # fmt: skip
_LAYERS: Final = {"under_contract": (marked("Under contract"), style.OKABE_ITO["blue"]),
                  "under_notice": (marked("Notice"), style.OKABE_ITO["vermillion"]),
                  "at_risk": (marked("Renewed by then"), style.OKABE_ITO["sky"]),
                  "at_will": (marked("At will"), style.OKABE_ITO["orange"]),
                  "not_sold": (marked("Not yet sold"), style.GRID)}  # fmt: skip


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    ahead = pack.renewals
    due = ahead.due
    if not due.to_numpy().sum() > 0:
        raise NotShownError(say("no contract comes up for renewal within twelve months"))
    slide = deck.add(_title(deck), _notes(deck))
    left, right = BODY.split(0.5)
    _columns(slide, left, due, _DUE, say("ARR up for renewal"), pack.currency)
    layers = pack.layers
    tables = Box(BODY.left, BODY.top + 3.2, BODY.width, 2.1)
    if layers is not None:
        named = say("MRR of {scenario} by how certain it is, mean", scenario=pack.against)
        _columns(slide, right, layers, _LAYERS, named, pack.currency)
    one, other = tables.split(0.5)
    _rates(slide, one, ahead.rates)
    _largest(slide, other, ahead.largest, pack.currency)
    remark(
        slide,
        say(
            "Each contract stands in the first month in which it comes up. Renewed: at most what "
            "was up (gross), and with uplifts (net), over what was up."
        ),
    )


def _columns(
    slide: Slide,
    box: Box,
    table: pd.DataFrame,
    looks: dict[str, tuple[str, str]],
    heading: str,
    currency: str,
) -> None:
    shown = {name: say(looks[name][0]) for name in looks if name in table and table[name].sum() > 0}
    scale = scale_of(table.sum(axis=1))
    top = Box(box.left, box.top - 0.05, box.width, 0.3)
    told = say("{what}, {unit}", what=heading, unit=scale.label(currency))
    add_text(slide, top, [told], size=13, bold=True)
    key = [(looks[name][1], words) for name, words in shown.items()]
    add_key(slide, Box(box.left, box.top + 0.25, box.width, 0.3), key, 11.0)
    stacked_columns(
        slide, Box(box.left, box.top + 0.5, box.width, 2.6),
        table[list(shown)].rename(columns=shown),
        [looks[name][1] for name in shown], lambda amount: number(amount, scale),
        description=say("{what} by month: {parts}.", what=heading, parts=", ".join(shown.values())),
    )  # fmt: skip


def _rates(slide: Slide, box: Box, rates: pd.DataFrame) -> None:
    columns = [
        Column(say("Renewed, last 12 months"), 2.0, "left"), Column(say("Came up")),
        Column(say("Customers")), Column(say("MRR, gross")), Column(say("MRR, net")),
    ]  # fmt: skip
    parts, total = rates.iloc[:-1], rates.iloc[-1:]
    rows = [
        [Cell(say("Total") if name == total.index[0] else str(name), bold=name == total.index[0]),
         Cell(count(float(row["customers"])))]
        + [Cell(percent(float(row[rate]))) for rate in
           ("logo_renewal", "gross_renewal", "net_renewal")]
        for name, row in pd.concat([parts.head(_SEGMENTS), total]).iterrows()
    ]  # fmt: skip
    if len(rates) and rates["customers"].iloc[-1] > 0:
        add_table(slide, box, columns, rows, description=say("Renewal rates."), tallest=0.36,
                  wrap=2, sizes=_SIZES)  # fmt: skip


def _largest(slide: Slide, box: Box, largest: pd.DataFrame, currency: str) -> None:
    if largest.empty:
        return
    scale = scale_of(largest["arr"])
    columns = [
        Column(say("Largest contracts ahead"), 2.4, "left"), Column(say("Renews on"), 1.1, "left"),
        Column(say("ARR, {unit}", unit=scale.label(currency)), 1.1),
    ]  # fmt: skip
    rows = [
        [Cell(str(row["customer"])), Cell(_day(row["renews_on"])),
         Cell(number(float(row["arr"]), scale))]
        for _, row in largest.head(_LARGEST).iterrows()
    ]  # fmt: skip
    add_table(slide, box, columns, rows, description=say("Largest contracts ahead."),
              tallest=0.36, sizes=_SIZES)  # fmt: skip


def _day(day: object) -> str:
    at = pd.Timestamp(str(day))
    return say("{day} {month}", day=at.day, month=month(pd.Period(at, "M")))


def _title(deck: Deck) -> str:
    pack = deck.pack
    ahead = pack.renewals
    whole = ahead.due.sum(axis=1)
    now = float(pack.arr.iloc[-1])
    told = {
        "arr": money(float(whole.sum()), pack.currency),
        "share": percent(float(whole.sum()) / now if now > 0 else None, 0),
        "peak": str(whole.idxmax()),
    }
    rate = float(ahead.rates["gross_renewal"].iloc[-1]) if len(ahead.rates) else math.nan
    if math.isnan(rate):
        return say(
            "{arr} of ARR ({share} of today's) comes up for renewal in twelve months, the most in "
            "{peak}",
            **told,
        )
    return say(
        "{arr} of ARR ({share} of today's) comes up for renewal in twelve months, the most in "
        "{peak}; of what came up last year {rate} was renewed",
        **told,
        rate=percent(rate),
    )


def _notes(deck: Deck) -> list[str]:
    from forecast import LAYERS

    layers = [
        say("{name}: {told}.", name=say(_LAYERS[name][0]), told=say(meaning))
        for name, meaning in LAYERS.items()
    ]
    return [
        say(
            "Source: terms and ends in the billing ledger. A contract comes up at the end of its "
            "term, or at each anniversary of an interval longer than a month."
        ),
        say(
            "Open: {open}. Signed: {signed}. Notice: {notice}.",
            **{name: say(meaning) for name, meaning in DUE.items()},
        ),
        *(layers if deck.pack.layers is not None else []),
    ]
