"""The timeline of a subscription's items, read from what was charged for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from .charges import Charge
from .prices import Price, seconds_before

__all__ = ["Span", "timelines"]

_SLACK = 86_400 + 3_600  # seconds by which a period may miss its calendar length


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which an item cost the same.

    Parameters
    ----------
    start, end
        Seconds; `end` None while it goes on.
    price
        Its id.
    quantity
        Units.
    gross, net
        Minor units for one interval of the price: before discounts, and as paid.
    state
        paid, owed, waived or trial.
    estimated
        `net` was computed back from a prorated amount.
    """

    start: int
    end: int | None
    price: str
    quantity: int | None
    gross: int
    net: int
    state: str
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class _Event:
    """From `start` to `end` the item costs what `span` says; nothing if it is None."""

    start: int
    created: int
    end: int
    span: Span | None


def timelines(
    charges: Sequence[Charge],
    prices: Mapping[str, Price],
    currency: str,
    percents: Sequence[Fraction] = (),
) -> dict[str, list[Span]]:
    """Give the spans of each item of one subscription, oldest first, without overlap.

    An invoice's line for a whole period says what the item costs in it. A change within a period
    leaves two prorations up to its end: a negative one for what no longer holds, a positive one for
    what holds instead. What was charged later, or from a later moment on, replaces what it covers.

    Parameters
    ----------
    charges
        All of one subscription.
    prices
        Price id -> price.
    currency
        Of the subscription, in small letters as in Stripe.
    percents
        What the account's coupons take off.
    """
    whole, rest = _periods(_by_item(charges), prices, currency)
    known = [span for spans in whole.values() for _, span in spans]
    lengths = _lengths(known, prices)
    taken = [off for off in percents if any(_less(span.gross, off) == span.net for span in known)]
    events: dict[str, list[_Event]] = defaultdict(list)
    for item, periods in whole.items():
        for created, span in periods:
            events[item].append(_Event(span.start, created, span.end or span.start, span))
    for each in _settled(rest):
        holds: Span | None = None
        if each.amount >= 0:
            holds = _after_change(each, prices.get(each.price), currency, lengths, known, taken)
        events[each.item].append(_Event(each.start, each.created, each.end, holds))
    return {item: _laid_out(found) for item, found in events.items()}


def _by_item(charges: Sequence[Charge]) -> Iterator[Charge]:
    """Give old prorations, which name a price only, the item that is charged at that price."""
    items = {each.price: each.item for each in charges if each.item != each.price}
    for each in charges:
        yield each._replace(item=items[each.price]) if each.item in items else each


def _lengths(
    spans: Iterable[Span], prices: Mapping[str, Price]
) -> dict[tuple[int, str | None, int], int]:
    """Give the seconds of the whole periods, by their end and the interval of their price."""
    lengths: dict[tuple[int, str | None, int], int] = {}
    for span in spans:
        price = prices.get(span.price)
        if price is None or price.interval is None or span.end is None:
            continue
        length = span.end - span.start
        nominal = seconds_before(span.end, price.interval, price.interval_count)
        if nominal - length < 4 * _SLACK:
            lengths[span.end, price.interval, price.interval_count] = length
    return lengths


def _periods(
    charges: Iterable[Charge], prices: Mapping[str, Price], currency: str
) -> tuple[dict[str, list[tuple[int, Span]]], list[Charge]]:
    """Add up the lines of each whole period (tiers come as several); leave the prorations."""
    groups: dict[tuple[str, str, str, int, int], list[Charge]] = defaultdict(list)
    rest = []
    for each in charges:
        if each.proration:
            rest.append(each)
        else:
            key = (each.item, each.invoice, each.price, each.start, each.end)
            groups[key].append(each)
    whole: dict[str, list[tuple[int, Span]]] = defaultdict(list)
    for (item, *_), lines in groups.items():
        whole[item].append((lines[0].created, _whole(lines, prices.get(lines[0].price), currency)))
    return whole, rest


def _whole(lines: Sequence[Charge], price: Price | None, currency: str) -> Span:
    first = lines[0]
    amount, net = sum(each.amount for each in lines), sum(each.net for each in lines)
    counts = [each.quantity for each in lines if each.quantity is not None]
    quantity = sum(counts) if counts else None
    full = None if price is None else price.amount(quantity, currency)
    span = Span(first.start, first.end, first.price, quantity, amount, net, first.state, False)
    if not amount and full and not any(each.discount for each in lines):
        return replace(span, gross=full, net=full, state="trial")
    if price is None or full is None or price.interval is None or amount == full:
        return span
    length = seconds_before(first.end, price.interval, price.interval_count)
    share = Fraction(first.end - first.start, length)
    if length - (first.end - first.start) > _SLACK and abs(full * share - amount) <= 1:
        # A first period cut short to begin the next on a chosen day is charged in part.
        return replace(span, gross=full, net=full if net == amount else round(net / share))
    return span


def _settled(prorations: Iterable[Charge]) -> list[Charge]:
    """Drop pairs that cancel out: what was put in force and taken back at the same moment."""
    groups: dict[tuple[str, int, int], list[Charge]] = defaultdict(list)
    for each in prorations:
        groups[each.item, each.start, each.end].append(each)
    left = []
    for every in groups.values():
        # Nothing is taken back for what was free; it says nothing beside what holds instead.
        paid = any(each.amount > 0 for each in every)
        group = [each for each in every if each.amount or not paid]
        taken = Counter((each.price, each.quantity) for each in group if each.amount < 0)
        put = Counter((each.price, each.quantity) for each in group if each.amount >= 0)
        both = taken & put if sum(put.values()) > 1 else Counter()
        gone = {-1: both.copy(), 1: both.copy()}
        for each in sorted(group, key=lambda each: (each.created, each.position)):
            side = gone[-1 if each.amount < 0 else 1]
            if side[each.price, each.quantity]:
                side[each.price, each.quantity] -= 1
            else:
                left.append(each)
    return left


def _after_change(
    each: Charge,
    price: Price | None,
    currency: str,
    lengths: Mapping[tuple[int, str | None, int], int],
    known: Sequence[Span],
    percents: Sequence[Fraction],
) -> Span:
    """Give what holds after a change: the full price whose share of the period was charged.

    The prorated amount is rounded to the minor unit, so the full price is not computed from it
    where a known one fits: what the next whole period costs, the price without discount, or with
    a coupon that the subscription is known to have.
    """
    length = each.end - each.start
    if price is not None and price.interval:
        key = (each.end, price.interval, price.interval_count)
        length = lengths.get(key) or seconds_before(*key)
    share = Fraction(each.end - each.start, length)
    full = None if price is None else price.amount(each.quantity, currency)
    span = Span(each.start, each.end, each.price, each.quantity, 0, 0,
                "paid" if each.state == "waived" else each.state)  # fmt: skip
    later = [
        (other.gross, other.net)
        for other in sorted(known, key=lambda other: other.start)
        if other.start >= each.end and (other.price, other.quantity) == (each.price, each.quantity)
    ]
    if full is not None:
        later = [*later[:1], (full, full), *((full, _less(full, off)) for off in percents)]
    for gross, net in later:
        if abs(net * share - each.net) <= 1:
            return replace(span, gross=gross, net=net)
    net = round(each.net / share)
    return replace(span, gross=net if full is None else full, net=net, estimated=True)


def _less(amount: int, percent: Fraction) -> int:
    """Give an amount less a percentage, which is rounded half up as Stripe rounds."""
    return amount - int(amount * percent / 100 + Fraction(1, 2))


def _laid_out(events: Iterable[_Event]) -> list[Span]:
    spans: list[Span] = []
    waived = []
    # At one moment, what takes back comes before what holds instead.
    for event in sorted(events, key=lambda e: (e.start, e.created, e.span is not None)):
        if event.span is not None and event.span.state == "waived":
            waived.append(event.span)
            continue
        spans = _outside(spans, event.start, event.end)
        if event.span is not None:
            spans.append(event.span)
    # A voided invoice says nothing about a period that another one pays for.
    for span in waived:
        parts = [span]
        for other in spans:
            parts = _outside(parts, other.start, other.end or other.start)
        spans += parts
    return sorted(spans, key=lambda span: span.start)


def _outside(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Give what is left of spans outside [start, end)."""
    parts = []
    for span in spans:
        if span.end is None or span.end <= start or span.start >= end:
            parts.append(span)
            continue
        if span.start < start:
            parts.append(replace(span, end=start))
        if span.end > end:
            parts.append(replace(span, start=end))
    return parts
