"""Drivers: levers in the words of the business, one a file."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .driver import Driver
from .price_rise import PriceRise

DRIVERS: Final[Mapping[str, type[Driver]]] = MappingProxyType({"price_rise": PriceRise})
"""Every driver by the name that stands as `lever`."""

__all__ = ["DRIVERS", "Driver", "PriceRise"]
