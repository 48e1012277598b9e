"""Prices: what a quantity costs for one interval, exactly as Stripe charges it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from ...money import currency_code

__all__ = ["Price", "Tier", "exponent", "price_of", "seconds_before"]

_ZERO = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
_THREE = "BHD JOD KWD OMR TND"


def exponent(currency: str) -> int:
    """Give the decimals of Stripe's amounts in a currency.

    They are not always those of ISO 4217: ISK and UGX are kept with two decimals that are always
    zero, MGA with none.

    Examples
    --------
    >>> exponent("eur"), exponent("jpy"), exponent("kwd"), exponent("isk"), exponent("mga")
    (2, 0, 3, 2, 0)
    """
    code = currency_code(currency)
    return 0 if code in _ZERO else 3 if code in _THREE else 2


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a price: up to `up_to` units (None: all others) cost `unit` each and `flat`."""

    up_to: int | None
    unit: Decimal
    flat: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What a subscription's item costs for one interval.

    Parameters
    ----------
    id, product, nickname
        As in Stripe.
    interval, interval_count
        day, week, month or year, and how many of them; None for a price paid once.
    metered
        Charged by use, so nobody knows the next amount.
    unit
        Minor units of each currency it is sold in, for one unit; None for tiers.
    tiers
        By currency, where there are any.
    volume
        All units cost what the last one's tier says; otherwise each what its own says.
    divide_by, round_up
        Units sold in packs of so many.
    """

    id: str
    product: str | None
    nickname: str | None
    interval: str | None
    interval_count: int
    metered: bool
    unit: Mapping[str, Decimal]
    tiers: Mapping[str, tuple[Tier, ...]]
    volume: bool
    divide_by: int
    round_up: bool

    @property
    def recurring(self) -> bool:
        """Whether it counts in MRR: licensed and paid again and again."""
        return self.interval is not None and not self.metered

    def amount(self, quantity: int | None, currency: str) -> int | None:
        """Give the price of a quantity in minor units, None where it cannot be known.

        Examples
        --------
        >>> graduated = price_of({"id": "price_1", "currency": "eur", "tiers_mode": "graduated",
        ...     "recurring": {"interval": "month", "interval_count": 1}, "tiers": [
        ...         {"up_to": 5, "unit_amount": 700, "flat_amount": 1000},
        ...         {"up_to": None, "unit_amount": 650}]})
        >>> graduated.amount(5, "eur"), graduated.amount(6, "eur")
        (4500, 5150)
        """
        count = 1 if quantity is None else quantity
        if self.divide_by > 1:
            packs = Decimal(count) / self.divide_by
            count = int(packs.to_integral_value(ROUND_CEILING if self.round_up else ROUND_FLOOR))
        if currency in self.tiers:
            return _rounded(self._tiered(count, self.tiers[currency]))
        return _rounded(self.unit[currency] * count) if currency in self.unit else None

    def _tiered(self, count: int, tiers: tuple[Tier, ...]) -> Decimal:
        total, below = Decimal(0), 0
        for tier in tiers:
            last = tier.up_to is None or count <= tier.up_to
            if self.volume and last:
                return tier.unit * count + tier.flat
            if not self.volume:
                upper = count if last else int(tier.up_to or 0)
                total += tier.unit * (upper - below) + (tier.flat if upper > below else 0)
                below = upper
            if last:
                break
        return total


def price_of(raw: Mapping[str, Any]) -> Price:
    """Understand a price, or a plan as lines had it before there were prices.

    Examples
    --------
    >>> plan = price_of({"id": "plan_1", "amount": 1500, "currency": "usd", "interval": "month",
    ...                  "interval_count": 3, "usage_type": "licensed"})
    >>> plan.amount(2, "usd"), plan.interval, plan.interval_count, plan.recurring
    (3000, 'month', 3, True)
    """
    recurring = raw.get("recurring") or (raw if raw.get("interval") else {})
    packs = raw.get("transform_quantity") or raw.get("transform_usage") or {}
    product = raw.get("product")
    options = {raw.get("currency"): raw, **(raw.get("currency_options") or {})}
    return Price(
        id=str(raw["id"]),
        product=product.get("id") if isinstance(product, Mapping) else product,
        nickname=raw.get("nickname"),
        interval=recurring.get("interval"),
        interval_count=int(recurring.get("interval_count") or 1),
        metered=recurring.get("usage_type") == "metered",
        unit={
            code: unit
            for code, option in options.items()
            if code and (unit := _decimal(option, "unit_amount", "amount")) is not None
        },
        tiers={
            code: tuple(_tier(each) for each in option["tiers"])
            for code, option in options.items()
            if code and option.get("tiers")
        },
        volume=raw.get("tiers_mode") == "volume",
        divide_by=int(packs.get("divide_by") or 1),
        round_up=packs.get("round") == "up",
    )


def seconds_before(end: int, interval: str, count: int) -> int:
    """Give the seconds of the interval that ends at a moment, by the calendar (UTC).

    Examples
    --------
    >>> seconds_before(1_743_465_600, "month", 1) // 86_400  # March 2025
    31
    """
    if interval in {"day", "week"}:
        return count * (7 if interval == "week" else 1) * 86_400
    moment = datetime.fromtimestamp(end, UTC)
    months = moment.year * 12 + moment.month - 1 - count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1, tzinfo=UTC)
    length = (following - datetime(year, month + 1, 1, tzinfo=UTC)).days
    start = moment.replace(year=year, month=month + 1, day=min(moment.day, length))
    return end - int(start.timestamp())


def _tier(raw: Mapping[str, Any]) -> Tier:
    upper = raw.get("up_to")
    unit = _decimal(raw, "unit_amount", "amount") or Decimal(0)
    flat = _decimal(raw, "flat_amount", "flat") or Decimal(0)
    return Tier(None if upper in {None, "inf"} else int(upper), unit, flat)


def _decimal(raw: Mapping[str, Any], *names: str) -> Decimal | None:
    for name in names:
        for each in (f"{name}_decimal", name):
            if raw.get(each) is not None:
                return Decimal(str(raw[each]))
    return None


def _rounded(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))
