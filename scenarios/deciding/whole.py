"""People come whole: what is solved for as 3.4 hires is answered with 4."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .dial import Placed
    from .driver_dial import PlacedDial

_HAIR: Final = 1e-9


def in_whole(dial: Placed) -> Placed:
    """Give the dial of a number of people with whole ones; any other as it is."""
    from .driver_dial import PlacedDial

    if not isinstance(dial, PlacedDial) or dial.dial.key not in type(dial.driver).whole:
        return dial
    return replace(dial, whole=True)


def settled(dial: Placed, number: float) -> float:
    """Give the number to which a dial is put: a whole one for the better, if it is of people."""
    from .driver_dial import PlacedDial

    if isinstance(dial, PlacedDial) and dial.whole and dial.way == "set":
        return rounded(dial, number)
    return number


def rounded(dial: PlacedDial, amount: float) -> float:
    """Round an amount of people to the better side, on which a target stays reached."""
    if dial.better > 0:
        return float(math.ceil(amount - _HAIR))
    return float(math.floor(amount + _HAIR))
