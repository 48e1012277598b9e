"""The two sentences that everything begins with: where ARR stands and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from history.language import say

from ..format import money, month, percent, scale_of, shorten
from . import value

if TYPE_CHECKING:
    from ..pack import Pack


def where_arr_stands(pack: Pack) -> str:
    """Say what ARR is, and by how much it changed in a year."""
    now = float(pack.arr.iloc[-1])
    arr = money(now, pack.currency)
    then = value(pack.arr, pack.as_of - 12)
    if not then > 0:
        return say("ARR stands at {arr}", arr=arr)
    change = percent(abs(now / then - 1))
    if now >= then:
        return say("ARR stands at {arr}, up {change} in twelve months", arr=arr, change=change)
    return say("ARR stands at {arr}, down {change} in twelve months", arr=arr, change=change)


def where_it_goes(pack: Pack) -> str:
    """Say where the main scenario takes ARR, with its 80 % range."""
    row = {name: value(pack.outlook, pack.against, name) for name in ("p10", "p50", "p90")}
    scale = scale_of(row.values())
    told = {name: money(amount, pack.currency, scale) for name, amount in row.items()}
    told |= {"name": shorten(pack.against, 24), "month": month(pack.at)}
    if row["p50"] >= float(pack.arr.iloc[-1]):
        return say("{name} takes it to {p50} by {month} (80% range {p10} to {p90})", **told)
    return say("{name} brings it down to {p50} by {month} (80% range {p10} to {p90})", **told)
