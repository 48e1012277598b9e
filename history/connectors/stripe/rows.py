"""The lines of a ledger: what a subscription's items cost, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from . import rules, shapes
from .charges import Charge
from .prices import Price, seconds_before
from .timeline import Span, timelines

__all__ = ["Found", "Row", "View", "rows_of"]

Found = tuple[str, str]
"""A rule, and what it was found at: the id of a subscription or price."""

_REASONS = {
    "cancellation_requested": "voluntary",
    "payment_failed": "involuntary",
    "payment_disputed": "involuntary",
}


class Row(NamedTuple):
    """One line of the ledger; amounts in Stripe's minor units of the currency."""

    customer_id: str
    subscription_id: str
    item: str
    start: date
    end: date | None
    amount: int
    gross: int
    interval: str
    interval_count: int
    currency: str
    quantity: int | None
    price: str
    status: str
    churn_reason: str | None
    term_end: date | None
    cancel_requested: date | None
    cancel_effective: date | None
    collection: str | None
    history_from: str


@dataclass(frozen=True)
class View:
    """From where an account is looked at.

    Parameters
    ----------
    prices, coupons
        By id.
    terms
        Subscription -> end of its schedule's last phase, in seconds.
    until, since
        Seconds; nothing later is known, nothing earlier is told.
    zone
        Where the days begin.
    """

    prices: Mapping[str, Price]
    coupons: Mapping[str, Mapping[str, Any]]
    terms: Mapping[str, int]
    until: int
    since: int | None
    zone: ZoneInfo

    @property
    def percents(self) -> tuple[Fraction, ...]:
        """What the account's coupons take off, in percent."""
        shares = {each["percent_off"] for each in self.coupons.values() if each.get("percent_off")}
        return tuple(Fraction(str(share)) for share in sorted(shares))

    def day_of(self, seconds: int) -> date:
        """Give the day of a moment."""
        return datetime.fromtimestamp(seconds, self.zone).date()

    def day(self, seconds: int | None) -> date | None:
        """Give the day of a moment, None for none."""
        return None if seconds is None else self.day_of(seconds)


def rows_of(
    subscription: Mapping[str, Any], charges: Sequence[Charge], view: View
) -> tuple[list[Row], list[Found]]:
    """Give the lines of one subscription, and what is to be told about it.

    What was charged tells the past; the subscription itself tells how its items go on: whether
    they end, with which notice, and what they cost where no invoice says it.
    """
    name, status = subscription["id"], subscription["status"]
    if status in {"incomplete", "incomplete_expired"}:
        return [], [(rules.INCOMPLETE, name)]
    found: list[Found] = []
    spans = timelines(charges, view.prices, subscription["currency"], view.percents)
    for item in subscription["items"]["data"]:
        price = view.prices.get(str(shapes.ref(item.get("price") or item.get("plan"))))
        if price is None or not price.recurring:
            found.append((rules.METERED if price is not None else rules.NO_PRICE, name))
        elif not _ended(subscription):
            key = item["id"] if item["id"] in spans else price.id
            key = key if key in spans else item["id"]
            spans[key] = _to_present(subscription, item, price, spans.get(key, []), view, found)
        elif not spans:
            spans[item["id"]] = _without_invoices(subscription, item, price, view, found)
    rows = [
        row
        for item, each in spans.items()
        for row in _item_rows(subscription, item, each, charges, view, found)
    ]
    return rows, list(dict.fromkeys(found))


def _ended(subscription: Mapping[str, Any]) -> bool:
    return subscription["status"] == "canceled" or subscription.get("ended_at") is not None


def _to_present(
    subscription: Mapping[str, Any],
    item: Mapping[str, Any],
    price: Price,
    spans: list[Span],
    view: View,
    found: list[Found],
) -> list[Span]:
    """Let the item go on as the subscription says that it does."""
    name, status = subscription["id"], subscription["status"]
    if not spans:
        return _without_invoices(subscription, item, price, view, found)
    if status == "unpaid":
        found.append((rules.UNPAID, name))
        return [span for span in spans if span.state != "waived"]
    last, begin = spans[-1], shapes.item_period(item, subscription)[0]
    end = last.end or begin
    now = _present(subscription, item, price, end, view)
    if status == "paused" or (subscription.get("pause_collection") and last.state != "trial"):
        return _paused(subscription, spans, now)
    if end < begin:
        found.append((rules.MISSING, name))
        return [*spans, replace(now, start=begin)]
    if (last.price, last.gross) != (now.price, now.gross):
        found.append((rules.CHANGED, name))
        return [*spans, now]
    return [*spans[:-1], replace(last, end=None)]


def _paused(subscription: Mapping[str, Any], spans: list[Span], now: Span) -> list[Span]:
    """Keep what is paid; behind it nothing is, until collection resumes."""
    while len(spans) > 1 and spans[-1].state == spans[-2].state == "waived":
        spans = [*spans[:-2], replace(spans[-2], end=spans[-1].end)]
    last = spans[-1]
    resumes = (subscription.get("pause_collection") or {}).get("resumes_at")
    begin = last.start if last.state == "waived" else now.start
    kept = spans[:-1] if last.state == "waived" else spans
    if resumes and resumes <= now.start:
        return [*spans, now]
    pause = replace(now, start=begin, end=resumes, state="waived")
    return [*kept, pause, *([replace(now, start=resumes)] if resumes else [])]


def _present(
    subscription: Mapping[str, Any],
    item: Mapping[str, Any],
    price: Price,
    start: int,
    view: View,
) -> Span:
    """Give what an item costs now, with the discounts that hold for good or for some time."""
    quantity = item.get("quantity")
    gross = price.amount(quantity, subscription["currency"])
    gross = 0 if gross is None else gross
    net = gross
    for holder in (subscription, item):
        for coupon in shapes.coupons_of(holder, view.coupons):
            if coupon.get("duration") == "once" or (coupon["ends"] or start + 1) <= start:
                continue
            if coupon.get("percent_off"):
                net -= round(net * coupon["percent_off"] / 100)
            elif len(subscription["items"]["data"]) == 1:
                net = max(0, net - int(coupon.get("amount_off") or 0))
    return Span(start, None, price.id, quantity, gross, net, "owed")


def _without_invoices(
    subscription: Mapping[str, Any],
    item: Mapping[str, Any],
    price: Price,
    view: View,
    found: list[Found],
) -> list[Span]:
    """Take the item's present price for all of its time: nothing else is known."""
    name = subscription["id"]
    start = int(subscription.get("start_date") or subscription["created"])
    added = int(item.get("created") or start)
    start = added if added > int(subscription["created"]) + 60 else start
    now = _present(subscription, item, price, start, view)
    trial_end = subscription.get("trial_end")
    if trial_end and trial_end > start:
        trial = replace(now, state="trial", end=None)
        if subscription["status"] == "trialing":
            return [trial]
        now = replace(now, start=trial_end)
        found.append((rules.FROM_STATE, name))
        return [replace(trial, end=trial_end), now]
    found.append((rules.FROM_STATE, name))
    if subscription["status"] == "paused" or subscription.get("pause_collection"):
        return [replace(now, state="waived")]
    return [now]


def _item_rows(
    subscription: Mapping[str, Any],
    item: str,
    spans: list[Span],
    charges: Sequence[Charge],
    view: View,
    found: list[Found],
) -> Iterator[Row]:
    cut = [_cut(span, subscription) for span in spans]
    kept = list(_joined(span for span in cut if span is not None))
    for number, span in enumerate(kept):
        price = view.prices.get(span.price)
        if price is not None and not price.recurring:
            continue
        start, end = view.day_of(max(span.start, view.since or span.start)), view.day(span.end)
        if end is not None and end <= start:
            continue
        if span.estimated:
            found.append((rules.ESTIMATED, subscription["id"]))
        if price is None:
            found.append((rules.NO_PRICE, span.price))
        last = number == len(kept) - 1
        yield _row(subscription, item, span, price, (start, end), last, charges, view, found)


def _cut(span: Span, subscription: Mapping[str, Any]) -> Span | None:
    """End a span where the subscription ended, or will; what was paid holds until its period's end.

    Open-ended spans of a subscription that is to end get its end.
    """
    stop = subscription.get("ended_at") or subscription.get("cancel_at")
    if stop is None or (span.end is not None and span.end <= stop):
        return span
    if span.start >= stop:
        return span if span.state == "paid" and span.end is not None else None
    if span.end is None or span.state != "paid":
        return replace(span, end=stop)
    return span


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Join spans that follow each other and cost the same."""
    held: Span | None = None
    for span in spans:
        if held is not None and held.end == span.start and _alike(held, span):
            held = replace(
                held, end=span.end, state=span.state, estimated=held.estimated or span.estimated
            )
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _alike(one: Span, other: Span) -> bool:
    counted = {"paid": "counted", "owed": "counted"}
    return (one.price, one.quantity, one.gross, one.net) == (
        other.price, other.quantity, other.gross, other.net
    ) and counted.get(one.state, one.state) == counted.get(other.state, other.state)  # fmt: skip


def _row(
    subscription: Mapping[str, Any],
    item: str,
    span: Span,
    price: Price | None,
    days: tuple[date, date | None],
    last: bool,
    charges: Sequence[Charge],
    view: View,
    found: list[Found],
) -> Row:
    status, reason = _status(subscription, span, last, charges)
    if span.state == "waived":
        found.append((rules.VOIDED, subscription["id"]))
    interval, count = _interval(span, price)
    return Row(
        customer_id=str(shapes.ref(subscription["customer"])),
        subscription_id=subscription["id"],
        item=item,
        start=days[0],
        end=days[1],
        amount=span.net,
        gross=span.gross,
        interval=interval,
        interval_count=count,
        currency=subscription["currency"].upper(),
        quantity=span.quantity,
        price=span.price,
        status=status,
        churn_reason=reason,
        term_end=_term_end(subscription, item, span, price, view),
        cancel_requested=view.day(subscription.get("canceled_at")) if reason else None,
        cancel_effective=view.day(subscription.get("ended_at")) if reason else None,
        collection=subscription.get("collection_method"),
        history_from="invoices" if charges else "subscription",
    )


def _status(
    subscription: Mapping[str, Any], span: Span, last: bool, charges: Sequence[Charge]
) -> tuple[str, str | None]:
    """Give the line's status, and why it ends where it ends with its subscription."""
    if span.state in {"waived", "trial"}:
        return {"waived": "paused", "trial": "trial"}[span.state], None
    if not last:
        return "active", None
    if subscription["status"] == "unpaid":
        return "cancelled", "involuntary"
    stop = subscription.get("ended_at") or subscription.get("cancel_at")
    if stop is not None and span.end is not None and span.end >= stop:
        told = (subscription.get("cancellation_details") or {}).get("reason")
        unpaid = bool(charges) and _newest(charges).state == "owed" and _ended(subscription)
        guess = "involuntary" if unpaid else None
        return "cancelled", _REASONS.get(told or "") or guess
    late = subscription["status"] == "past_due" and span.end is None
    return ("past_due" if late else "active"), None


def _newest(charges: Sequence[Charge]) -> Charge:
    return max(charges, key=lambda charge: charge.created)


def _term_end(
    subscription: Mapping[str, Any], item: str, span: Span, price: Price | None, view: View
) -> date | None:
    """Give the day to which an item that goes on is bound: a schedule's end, or a long period's."""
    if span.end is not None or span.state in {"waived", "trial"}:
        return None
    if subscription["id"] in view.terms:
        return view.day(view.terms[subscription["id"]])
    if price is None or price.interval is None:
        return None
    for each in subscription["items"]["data"]:
        if item in {each["id"], price.id}:
            end = shapes.item_period(each, subscription)[1]
            long = seconds_before(end, price.interval, price.interval_count) > 32 * 86_400
            return view.day(end) if long else None
    return None


def _interval(span: Span, price: Price | None) -> tuple[str, int]:
    """Give the interval of a price; of an unknown one, that of the period it was charged for."""
    if price is not None and price.interval is not None:
        return price.interval, price.interval_count
    days = round(((span.end or span.start) - span.start) / 86_400)
    if days >= 360:
        return "year", max(1, round(days / 365.25))
    return ("month", max(1, round(days / 30.4375))) if days >= 28 else ("day", max(1, days))
