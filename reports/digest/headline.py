"""The two sentences that everything begins with: where ARR stands and where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..format import money, month, percent, scale_of, shorten
from . import value

if TYPE_CHECKING:
    from ..pack import Pack


def where_arr_stands(pack: Pack) -> str:
    """Say what ARR is, and by how much it changed in a year."""
    now = float(pack.arr.iloc[-1])
    said = f"ARR stands at {money(now, pack.currency)}"
    then = value(pack.arr, pack.as_of - 12)
    if not then > 0:
        return said
    change = now / then - 1
    return f"{said}, {'up' if change >= 0 else 'down'} {percent(abs(change))} in twelve months"


def where_it_goes(pack: Pack) -> str:
    """Say where the main scenario takes ARR, with its 80 % range."""
    row = {name: value(pack.outlook, pack.against, name) for name in ("p10", "p50", "p90")}
    scale = scale_of(row.values())
    p10, p50, p90 = (money(row[name], pack.currency, scale) for name in ("p10", "p50", "p90"))
    verb = "takes it to" if row["p50"] >= float(pack.arr.iloc[-1]) else "brings it down to"
    return (
        f"{shorten(pack.against, 24)} {verb} {p50} by {month(pack.at)} (80% range {p10} to {p90})"
    )
