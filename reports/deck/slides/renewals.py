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
_TEXTS: Final = {
    "title": "{arr} of ARR ({share} of today's) comes up for renewal in twelve months, the most "
    "in {peak}",
    "rate": "{title}; of what came up last year {rate} was renewed",
    "due": "ARR up for renewal",
    "layers": "MRR of {scenario} by how certain it is, mean",
    "rates": "Renewed, last 12 months",
    "largest": "Largest contracts ahead",
    "remark": "Each contract stands in the first month in which it comes up. Renewed: at most what "
    "was up (gross), and with uplifts (net), over what was up.",
}
_DUE: Final = {"open": ("Open", style.OKABE_ITO["blue"]),
               "signed": ("Renewal signed", style.OKABE_ITO["sky"]),
               "notice": ("Notice given", style.OKABE_ITO["vermillion"])}  # fmt: skip
_LAYERS: Final = {"under_contract": ("Under contract", style.OKABE_ITO["blue"]),
                  "under_notice": ("Notice", style.OKABE_ITO["vermillion"]),
                  "at_risk": ("Renewed by then", style.OKABE_ITO["sky"]),
                  "at_will": ("At will", style.OKABE_ITO["orange"]),
                  "not_sold": ("Not yet sold", style.GRID)}  # fmt: skip


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    ahead = pack.renewals
    due = ahead.due
    if not due.to_numpy().sum() > 0:
        raise NotShownError("no contract comes up for renewal within twelve months")
    slide = deck.add(_title(deck), _notes(deck))
    left, right = BODY.split(0.5)
    _columns(slide, left, due, _DUE, _TEXTS["due"], pack.currency)
    layers = pack.layers
    tables = Box(BODY.left, BODY.top + 3.2, BODY.width, 2.1)
    if layers is not None:
        named = _TEXTS["layers"].format(scenario=pack.against)
        _columns(slide, right, layers, _LAYERS, named, pack.currency)
    one, other = tables.split(0.5)
    _rates(slide, one, ahead.rates)
    _largest(slide, other, ahead.largest, pack.currency)
    remark(slide, _TEXTS["remark"])


def _columns(
    slide: Slide,
    box: Box,
    table: pd.DataFrame,
    looks: dict[str, tuple[str, str]],
    heading: str,
    currency: str,
) -> None:
    shown = [name for name in looks if name in table and table[name].sum() > 0]
    scale = scale_of(table.sum(axis=1))
    unit = scale.label(currency)
    top = Box(box.left, box.top - 0.05, box.width, 0.3)
    add_text(slide, top, [f"{heading}, {unit}"], size=13, bold=True)
    key = [(looks[name][1], looks[name][0]) for name in shown]
    add_key(slide, Box(box.left, box.top + 0.25, box.width, 0.3), key, 11.0)
    stacked_columns(
        slide, Box(box.left, box.top + 0.5, box.width, 2.6), table[shown],
        [looks[name][1] for name in shown], lambda amount: number(amount, scale),
        description=f"{heading} by month: {', '.join(looks[name][0] for name in shown)}.",
    )  # fmt: skip


def _rates(slide: Slide, box: Box, rates: pd.DataFrame) -> None:
    columns = [
        Column(_TEXTS["rates"], 2.0, "left"), Column("Came up"), Column("Customers"),
        Column("MRR, gross"), Column("MRR, net"),
    ]  # fmt: skip
    parts, total = rates.iloc[:-1], rates.iloc[-1:]
    rows = [
        [Cell(str(name), bold=name == total.index[0]), Cell(count(float(row["customers"])))]
        + [Cell(percent(float(row[rate]))) for rate in
           ("logo_renewal", "gross_renewal", "net_renewal")]
        for name, row in pd.concat([parts.head(_SEGMENTS), total]).iterrows()
    ]  # fmt: skip
    if len(rates) and rates["customers"].iloc[-1] > 0:
        add_table(slide, box, columns, rows, description="Renewal rates.", tallest=0.36,
                  wrap=2, sizes=_SIZES)  # fmt: skip


def _largest(slide: Slide, box: Box, largest: pd.DataFrame, currency: str) -> None:
    if largest.empty:
        return
    scale = scale_of(largest["arr"])
    columns = [
        Column(_TEXTS["largest"], 2.4, "left"), Column("Renews on", 1.1, "left"),
        Column(f"ARR, {scale.label(currency)}", 1.1),
    ]  # fmt: skip
    rows = [
        [Cell(str(row["customer"])), Cell(_day(row["renews_on"])),
         Cell(number(float(row["arr"]), scale))]
        for _, row in largest.head(_LARGEST).iterrows()
    ]  # fmt: skip
    add_table(slide, box, columns, rows, description="Largest contracts ahead.", tallest=0.36,
              sizes=_SIZES)  # fmt: skip


def _day(day: object) -> str:
    at = pd.Timestamp(str(day))
    return f"{at.day} {month(pd.Period(at, 'M'))}"


def _title(deck: Deck) -> str:
    pack = deck.pack
    ahead = pack.renewals
    whole = ahead.due.sum(axis=1)
    now = float(pack.arr.iloc[-1])
    said = _TEXTS["title"].format(
        arr=money(float(whole.sum()), pack.currency),
        share=percent(float(whole.sum()) / now if now > 0 else None, 0), peak=str(whole.idxmax()),
    )  # fmt: skip
    rate = float(ahead.rates["gross_renewal"].iloc[-1]) if len(ahead.rates) else math.nan
    return said if math.isnan(rate) else _TEXTS["rate"].format(title=said, rate=percent(rate))


def _notes(deck: Deck) -> list[str]:
    from forecast import LAYERS

    layers = [f"{_LAYERS[name][0]}: {meaning}." for name, meaning in LAYERS.items()]
    return [
        (
            "Source: terms and ends in the billing ledger. A contract comes up at the end of its "
            "term, or at each anniversary of an interval longer than a month."
        ),
        f"Open: {DUE['open']}. Signed: {DUE['signed']}. Notice: {DUE['notice']}.",
        *(layers if deck.pack.layers is not None else []),
    ]
