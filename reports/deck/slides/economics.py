"""Unit economics: what a customer costs and brings, quarter by quarter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pandas as pd

from history.language import figure, marked, say

from ... import style
from ...digest import value
from ...format import (
    Scale,
    count,
    money,
    not_available,
    number,
    percent,
    quarter,
    scale_of,
    shorten,
)
from ..charts import grouped_bars
from ..page import Deck, remark
from ..parts import Cell, Column, add_key, add_table, add_text
from ..template import BODY, Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_QUARTERS: Final = 5
_SCENARIOS: Final = 4
_LINES: Final = {
    "net_new_arr": marked("Net new ARR"),
    "new_customers": marked("New customers"),
    "sales_and_marketing": marked("Sales and marketing"),
    "operating_result": marked("Operating result"),
    "cac": marked("CAC"),
    "cac_payback": marked("CAC payback, months"),
    "ltv_to_cac": marked("LTV / CAC"),
    "magic_number": marked("Magic number"),
    "burn_multiple": marked("Burn multiple"),
    "rule_of_40": marked("Rule of 40"),
}
_NAMES: Final = {
    **_LINES,
    "revenue": marked("Revenue"),
    "other_costs": marked("Other costs"),
    "arpa": marked("ARPA"),
    "customer_churn": marked("Customer churn"),
    "clv": marked("CLV"),
}
_MONEY: Final = ("net_new_arr", "sales_and_marketing", "operating_result", "cac")


def draw(deck: Deck) -> None:
    """Add the slide."""
    pack = deck.pack
    table = pack.economics
    own = table[table["scenario"] == pack.against]
    wide = own.pivot_table("value", "metric", "month", dropna=False)
    wide = wide[sorted(wide.columns)[:_QUARTERS]]
    periods: dict[object, str] = dict(zip(own["month"], map(quarter, own["period"]), strict=True))
    slide = deck.add(_title(wide, periods, pack.currency), _notes(own))
    left, right = BODY.split(0.36)
    _chart(deck, slide, left)
    name = shorten(pack.against, 40)
    add_text(slide, Box(right.left, right.top, right.width, 0.3), [name], size=13, bold=True)
    columns = [Column("", 2.4, "left")]
    columns += [Column(str(periods[at]), 1.0) for at in wide.columns]
    rows = [
        [Cell(_named(metric, wide, pack.currency))]
        + [Cell(text) for text in _figures(metric, wide)]
        for metric in _LINES
    ]
    add_table(slide, right.below(0.3), columns, rows, wrap=2,
              description=say("Unit economics by quarter."))  # fmt: skip
    remark(
        slide,
        say(
            "Mean of all paths; whole fiscal quarters ahead. A burn multiple below 0 means that "
            "nothing is burnt; n/a: not defined in that quarter."
        ),
    )


def _chart(deck: Deck, slide: Slide, box: Box) -> None:
    table, pack = deck.pack.economics, deck.pack
    names = [name for name in pack.comparison.scenarios if name in set(table["scenario"])]
    rows = table[(table["metric"] == "cac_payback") & table["scenario"].isin(names[:_SCENARIOS])]
    wide = rows.pivot_table("value", "month", "scenario", dropna=False).head(_QUARTERS)
    wide = wide[names[:_SCENARIOS]]
    periods = dict(zip(rows["month"], map(quarter, rows["period"]), strict=True))
    wide.index = pd.Index([periods[at] for at in wide.index])
    if not wide.notna().any(axis=None):
        return
    looks = style.looks(names)
    colours = [looks[name].colour for name in wide.columns]
    heading = Box(box.left, box.top, box.width, 0.3)
    add_text(slide, heading, [say("CAC payback, months")], size=13, bold=True)
    key = [(looks[name].colour, shorten(name, 14)) for name in wide.columns]
    add_key(slide, Box(box.left, box.top + 0.32, box.width, 0.3), key)
    grouped_bars(
        slide, Box(box.left, box.top + 0.65, box.width, box.height - 0.85), wide, colours,
        lambda months: figure(months, 1), "0",
        description=say(
            "Months until a new customer has paid back its cost, by scenario and quarter."
        ),
    )  # fmt: skip


def _row(wide: pd.DataFrame, metric: str) -> list[float]:
    return [value(wide, metric, period) for period in wide.columns]


def _figures(metric: str, wide: pd.DataFrame) -> list[str]:
    if metric not in wide.index:
        return [""] * wide.shape[1]
    values = _row(wide, metric)
    scale = scale_of(values)

    def told(amount: float) -> str:
        if math.isnan(amount):
            return not_available()
        if metric in _MONEY:
            return number(amount, scale)
        if metric == "rule_of_40":
            return percent(amount, 0)
        if metric == "new_customers":
            return count(amount)
        return number(amount, Scale(1.0, "", 1))

    return [told(value) for value in values]


def _named(metric: str, wide: pd.DataFrame, currency: str) -> str:
    if metric not in _MONEY or metric not in wide.index:
        return say(_LINES[metric])
    unit = scale_of(_row(wide, metric)).label(currency)
    return say("{what}, {unit}", what=say(_LINES[metric]), unit=unit)


def _title(wide: pd.DataFrame, periods: dict[object, str], currency: str) -> str:
    at = wide.columns[0]
    figures = {metric: value(wide, metric, at) for metric in ("cac", "cac_payback", "ltv_to_cac")}
    if math.isnan(figures["cac"]):
        return say(
            "In {period} no customer is won, so that acquisition cost has no return",
            period=periods[at],
        )
    cac = money(figures["cac"], currency)
    if any(math.isnan(each) for each in figures.values()):
        return say("In {period} a new customer costs {cac}", period=periods[at], cac=cac)
    return say(
        "In {period} a new customer costs {cac} and is paid back in {payback} months; it brings "
        "{ratio} times its cost over its life",
        period=periods[at], cac=cac, payback=figure(figures["cac_payback"], 1),
        ratio=figure(figures["ltv_to_cac"], 1),
    )  # fmt: skip


def _notes(own: pd.DataFrame) -> list[str]:
    told = own.drop_duplicates("metric").set_index("metric")["definition"]
    return [
        say(
            "Source: the projection's mean path and the costs of the scenario (costs in its file, "
            "or in arrcast.yaml), with what its changes add."
        ),
        *(
            say("{name}: {told}.", name=say(_NAMES.get(str(name), str(name))), told=say(text))
            for name, text in told.items()
        ),
    ]
