"""A shop that bills through Stripe: what it does is known, and it leaves Stripe's objects behind.

The billing is simulated in the way that Stripe documents it (whole periods in advance, prorations
by the second, discounts by line), in the shape of today's API. Beside it the shop keeps the truth:
who paid how much a month from when to when, written down when it happens and not read from any
invoice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

PER_MONTH = {"month": Fraction(1), "year": Fraction(1, 12), "week": Fraction(52, 12),
             "day": Fraction(36525, 1200)}  # fmt: skip


def at(text: str) -> int:
    """Seconds of a day (09:30 UTC), or of a moment."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T09:30:00")
    return int(moment.replace(tzinfo=UTC).timestamp())


def day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def later(anchor: int, interval: str, count: int) -> int:
    """The moment `count` intervals after the anchor; the 31st becomes the month's last day."""
    if interval in {"day", "week"}:
        return anchor + count * 86_400 * (7 if interval == "week" else 1)
    begin = datetime.fromtimestamp(anchor, UTC)
    months = begin.year * 12 + begin.month - 1 + count * (12 if interval == "year" else 1)
    for tried in (begin.day, 30, 29, 28):
        try:
            moved = begin.replace(year=months // 12, month=months % 12 + 1, day=tried)
        except ValueError:
            continue
        return int(moved.timestamp())
    raise AssertionError


def rounded(value: Fraction) -> int:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@dataclass
class Item:
    """What a subscriber has of one price, and what he pays for it now."""

    id: str
    price: dict[str, Any]
    quantity: int
    since: int
    open: int | None = None  # index of its line in the truth that still runs


@dataclass
class Subscription:
    """One subscription while it lives."""

    id: str
    customer: str
    items: list[Item]
    anchor: int
    currency: str
    period: tuple[int, int]
    periods: int = 0
    trial: tuple[int, int] | None = None
    coupon: dict[str, Any] | None = None
    coupon_from: int = 0
    itemized: bool = False
    status: str = "active"
    ended_at: int | None = None
    canceled_at: int | None = None
    cancel_at: int | None = None
    reason: str | None = None
    pause: dict[str, Any] | None = None
    fails: bool = False
    tax: int = 0  # percent, contained in the price
    collection: str = "charge_automatically"
    pending: list[dict[str, Any]] = field(default_factory=list)
    unprorated: bool = False


class Shop:
    """A company that sells subscriptions; `objects` is what Stripe would give."""

    def __init__(self) -> None:
        names = (
            *("customers", "products", "prices", "coupons", "subscription_schedules"),
            *("subscriptions", "invoices", "invoiceitems", "credit_notes", "refunds"),
            "invoice_payments",
        )
        self.objects: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        self.inline: dict[str, dict[str, Any]] = {}
        self.truth: list[list[Any]] = []
        self.living: list[Subscription] = []
        self._count = 0

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count:06d}"

    def _add(self, listed: str, kind: str, created: int, **fields: Any) -> dict[str, Any]:
        each = {"id": self._id(kind), "object": _KIND[listed], "created": created,
                "livemode": False, **fields}  # fmt: skip
        self.objects[listed].append(each)
        return each

    def price(
        self, unit: int | str | None, interval: str = "month", currency: str = "eur",
        *, count: int = 1, inline: bool = False, active: bool = True, metered: bool = False,
        **fields: Any,
    ) -> dict[str, Any]:  # fmt: skip
        product = self._add("products", "prod", at("2020-01-01"), name="Team", active=True)
        whole = None if unit is None or "." in str(unit) else int(unit)
        each = self._add(
            "prices", "price", at("2020-01-01"), active=active, currency=currency,
            product=product["id"], nickname=None, type="recurring", billing_scheme="per_unit",
            unit_amount=whole, unit_amount_decimal=None if unit is None else str(unit),
            tiers_mode=None, transform_quantity=None,
            recurring={"interval": interval, "interval_count": count,
                       "usage_type": "metered" if metered else "licensed"},
        )  # fmt: skip
        each.update(fields)
        if inline:
            self.inline[each["id"]] = self.objects["prices"].pop()
        return each

    def coupon(self, duration: str = "forever", **fields: Any) -> dict[str, Any]:
        return self._add("coupons", "coupon", at("2020-01-01"), duration=duration, **fields)

    def customer(self, country: str = "FR", **metadata: str) -> str:
        made = self._add("customers", "cus", at("2020-01-02"), metadata=metadata,
                         email="jane@example.com", name="Jane Doe",
                         address={"country": country, "line1": "1 rue de la Paix"})  # fmt: skip
        return str(made["id"])

    # What a subscriber does.

    def subscribe(
        self, when: str, *sold: tuple[dict[str, Any], int], customer: str | None = None,
        trial_days: int = 0, coupon: dict[str, Any] | None = None, **fields: Any,
    ) -> Subscription:  # fmt: skip
        start = at(when)
        price = sold[0][0]
        items = [Item(self._id("si"), each, quantity, start) for each, quantity in sold]
        trial = (start, start + trial_days * 86_400) if trial_days else None
        anchor = trial[1] if trial else start
        sub = Subscription(self._id("sub"), customer or self.customer(), items, anchor,
                           price["currency"], (start, start), trial=trial, coupon=coupon,
                           coupon_from=start, **fields)  # fmt: skip
        self.living.append(sub)
        if trial:
            sub.period = trial
            self._invoice(sub, trial[0], [self._line(sub, i, trial, free=True) for i in items])
            sub.status = "trialing"
        else:
            self._renew(sub, start)
        return sub

    def advance(self, sub: Subscription, until: int) -> None:
        """Bill all periods that begin up to a moment."""
        while sub.ended_at is None and sub.period[1] <= until:
            if sub.cancel_at is not None and sub.cancel_at <= sub.period[1]:
                self._end(sub, sub.cancel_at, sub.cancel_at)
                return
            self._renew(sub, sub.period[1])

    def change(
        self, sub: Subscription, when: str, *, price: dict[str, Any] | None = None,
        quantity: int | None = None, item: int = 0, prorate: str = "always_invoice",
    ) -> None:  # fmt: skip
        moment = at(when)
        self.advance(sub, moment)
        each = sub.items[item]
        new = price or each.price
        anew = new["recurring"] != each.price["recurring"]
        old_line = self._proration(sub, each, moment, -1)
        each.price, each.quantity = new, each.quantity if quantity is None else quantity
        if prorate == "none":
            sub.unprorated = True
            return
        if anew:  # another interval: a whole period begins now
            self._truth(sub, each, moment)
            sub.anchor, sub.periods = moment, 0
            sub.period = (moment, later(moment, *_every(new)))
            self._invoice(sub, moment, [old_line, self._line(sub, each, sub.period)])
            return
        lines = [old_line, self._proration(sub, each, moment, 1)]
        self._truth(sub, each, moment)
        if prorate == "always_invoice":
            self._invoice(sub, moment, lines)
        else:
            sub.pending += lines

    def add_item(self, sub: Subscription, when: str, price: dict[str, Any], quantity: int) -> None:
        moment = at(when)
        self.advance(sub, moment)
        each = Item(self._id("si"), price, quantity, moment)
        sub.items.append(each)
        self._truth(sub, each, moment)
        self._invoice(sub, moment, [self._proration(sub, each, moment, 1)])

    def remove_item(self, sub: Subscription, when: str, item: int) -> None:
        moment = at(when)
        self.advance(sub, moment)
        each = sub.items.pop(item)
        self._close(each, moment)
        self._invoice(sub, moment, [self._proration(sub, each, moment, -1)])

    def cancel(
        self, sub: Subscription, when: str, *, at_period_end: bool = False, prorate: bool = False,
        reason: str = "cancellation_requested",
    ) -> None:  # fmt: skip
        moment = at(when)
        self.advance(sub, moment)
        sub.canceled_at, sub.reason = moment, reason
        if at_period_end:
            sub.cancel_at = sub.period[1]
            return
        if prorate:
            lines = [self._proration(sub, each, moment, -1) for each in sub.items]
            self._invoice(sub, moment, lines)
        paid = not sub.fails and not prorate and sub.status != "trialing"
        self._end(sub, moment, sub.period[1] if paid else moment)

    def pause_collection(
        self, sub: Subscription, when: str, behavior: str, resumes: str | None = None
    ) -> None:
        self.advance(sub, at(when))
        sub.pause = {"behavior": behavior, "resumes_at": at(resumes) if resumes else None}

    def resume(self, sub: Subscription, when: str) -> None:
        self.advance(sub, at(when))
        sub.pause = None

    def close_month(self, until: str) -> None:
        """Bill everything up to a moment and leave the subscriptions as they stand."""
        for sub in self.living:
            self.advance(sub, at(until))
            self._add_subscription(sub)
            for line in sub.pending:
                self._add_pending(sub, line)

    # The truth.

    def _monthly(self, sub: Subscription, item: Item, when: int) -> int:
        recurring = item.price["recurring"]
        if recurring["usage_type"] == "metered":
            return 0
        gross, off = self._price_of(item), Fraction(0)
        if sub.coupon is not None and self._coupon_holds(sub, when):
            off = self._off(sub, gross)
        net = gross - rounded(off)
        net -= net - rounded(Fraction(net * 100, 100 + sub.tax))
        return round(net * PER_MONTH[recurring["interval"]] / recurring["interval_count"])

    def _truth(self, sub: Subscription, item: Item, when: int) -> None:
        """From this moment on the item counts what it costs now."""
        mrr = self._monthly(sub, item, when)
        if item.open is not None and self.truth[item.open][3] == mrr:
            return
        self._close(item, when)
        item.open = len(self.truth)
        self.truth.append([sub.customer, day(when), None, mrr, sub.id])

    def _close(self, item: Item, when: int) -> None:
        if item.open is not None:
            self.truth[item.open][2] = day(when)
            item.open = None

    def lines(self) -> pd.DataFrame:
        """The truth as clean lines of a ledger: customer, start_date, end_date, mrr."""
        names = ["customer", "start_date", "end_date", "mrr", "subscription"]
        rows = [row for row in self.truth if row[1] != row[2] and row[3]]
        return pd.DataFrame(rows, columns=names).drop(columns="subscription")

    # Billing.

    def _renew(self, sub: Subscription, start: int) -> None:
        if sub.pause and sub.pause["resumes_at"] and sub.pause["resumes_at"] <= start:
            sub.pause = None
        sub.periods += 1
        interval, count = _every(sub.items[0].price)
        sub.period = (start, later(sub.anchor, interval, count * sub.periods))
        sub.status = "past_due" if sub.fails else "active"
        for each in sub.items:
            if sub.pause:
                self._close(each, start)
            else:
                self._truth(sub, each, start)
        sub.unprorated = False
        lines = [part for each in sub.items for part in self._lines(sub, each)]
        waiting, sub.pending = sub.pending, []
        self._invoice(sub, start, [*waiting, *lines])

    def _end(self, sub: Subscription, moment: int, paid_until: int) -> None:
        sub.ended_at, sub.status = moment, "canceled"
        for each in sub.items:
            self._close(each, paid_until)

    def _price_of(self, item: Item) -> int:
        return sum(amount for _, amount in self._parts(item))

    def _parts(self, item: Item) -> list[tuple[int, int]]:
        """Quantity and amount of each line that Stripe makes of a price."""
        price, quantity = item.price, item.quantity
        packs = price.get("transform_quantity")
        if packs:
            quantity = -(-quantity // packs["divide_by"])
        tiers = price.get("tiers")
        if not tiers:
            unit = Fraction(str(price["unit_amount_decimal"]))
            return [(item.quantity, rounded(unit * quantity))]
        if price["tiers_mode"] == "volume":
            tier = next(t for t in tiers if t["up_to"] is None or quantity <= t["up_to"])
            return [(quantity, tier["unit_amount"] * quantity + (tier.get("flat_amount") or 0))]
        parts, below = [], 0
        for tier in tiers:
            upper = quantity if tier["up_to"] is None else min(quantity, tier["up_to"])
            if upper > below:
                flat = tier.get("flat_amount") or 0
                parts.append((upper - below, tier["unit_amount"] * (upper - below) + flat))
                below = upper
        return parts

    def _coupon_holds(self, sub: Subscription, when: int) -> bool:
        coupon = sub.coupon
        if coupon is None:
            return False
        if coupon["duration"] == "once":
            return sub.periods <= 1
        if coupon["duration"] == "repeating":
            return when < later(sub.coupon_from, "month", coupon["duration_in_months"])
        return True

    def _off(self, sub: Subscription, gross: int) -> Fraction:
        assert sub.coupon is not None
        if sub.coupon.get("percent_off"):
            return gross * Fraction(str(sub.coupon["percent_off"])) / 100
        return Fraction(min(gross, sub.coupon["amount_off"]))

    def _lines(self, sub: Subscription, item: Item) -> list[dict[str, Any]]:
        if item.price["recurring"]["usage_type"] == "metered":
            return [self._line(sub, item, sub.period, quantity=12, amount=360)]
        parts = self._parts(item)
        return [self._line(sub, item, sub.period, quantity=q, amount=a) for q, a in parts]

    def _line(
        self, sub: Subscription, item: Item, period: tuple[int, int], *,
        quantity: int | None = None, amount: int | None = None, free: bool = False,
        proration: bool = False,
        discount: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        amount = 0 if free else self._price_of(item) if amount is None else amount
        if discount is None:
            holds = not free and not proration and self._coupon_holds(sub, period[0])
            discount = rounded(self._off(sub, amount)) if holds else 0
        paid = amount - discount
        tax = paid - rounded(Fraction(paid * 100, 100 + sub.tax))
        details = {"subscription": sub.id, "subscription_item": item.id, "proration": proration,
                   "invoice_item": self._id("ii") if proration else None,
                   "proration_details": None}  # fmt: skip
        return {
            "id": self._id("il"), "object": "line_item", "livemode": False, "amount": amount,
            "currency": sub.currency, "quantity": item.quantity if quantity is None else quantity,
            "discount_amounts": [{"amount": discount, "discount": "di_1"}] if discount else [],
            "discounts": [], "period": {"start": period[0], "end": period[1]},
            "parent": {"type": "subscription_item_details", "invoice_item_details": None,
                       "subscription_item_details": details},
            "pricing": {"type": "price_details", "unit_amount_decimal": None, "price_details":
                        {"price": item.price["id"], "product": item.price["product"]}},
            "taxes": [{"amount": tax, "tax_behavior": "inclusive"}] if tax else [],
        }  # fmt: skip

    def _proration(self, sub: Subscription, item: Item, moment: int, sign: int) -> dict[str, Any]:
        start, end = sub.period
        share = Fraction(end - moment, end - start)
        gross, off = self._price_of(item), Fraction(0)
        if self._coupon_holds(sub, sub.period[0]):
            off = self._off(sub, gross)
        if sub.trial and moment < sub.trial[1]:
            gross, off = 0, Fraction(0)
        amount, discount = sign * rounded((gross - off) * share), 0
        if sub.itemized:
            amount, discount = sign * rounded(gross * share), sign * rounded(off * share)
        return self._line(sub, item, (moment, end), amount=amount, proration=True,
                          discount=discount)  # fmt: skip

    def _invoice(self, sub: Subscription, created: int, lines: list[dict[str, Any]]) -> None:
        status = "open" if sub.fails else "paid"
        auto = True
        moments = {"finalized_at": created, "paid_at": created, "voided_at": None,
                   "marked_uncollectible_at": None}  # fmt: skip
        if sub.pause:
            status = {"void": "void", "keep_as_draft": "draft",
                      "mark_uncollectible": "uncollectible"}[sub.pause["behavior"]]  # fmt: skip
            auto = status != "draft"
            moments["marked_uncollectible_at"] = created if status == "uncollectible" else None
        name = self._id("in")
        lines = [{**line, "invoice": name} for line in lines]
        made = self._add(
            "invoices", "in", created, customer=sub.customer, currency=sub.currency,
            status=status, auto_advance=auto, status_transitions=moments,
            collection_method=sub.collection, hosted_invoice_url="https://pay.example/secret",
            total=sum(line["amount"] for line in lines), customer_email="jane@example.com",
            parent={"type": "subscription_details", "quote_details": None,
                    "subscription_details": {"subscription": sub.id}},
            lines={"object": "list", "has_more": False, "data": lines},
        )  # fmt: skip
        made["id"] = name
        self._add("invoice_payments", "inpay", created, invoice=name, status="paid",
                  currency=sub.currency, amount_paid=made["total"],
                  payment={"type": "payment_intent", "payment_intent": f"pi_{name}"})  # fmt: skip

    def _add_pending(self, sub: Subscription, line: dict[str, Any]) -> None:
        details = line["parent"]["subscription_item_details"]
        kept = ("amount", "currency", "quantity", "period", "pricing", "discounts")
        self._add(
            "invoiceitems", "ii", line["period"]["start"], date=line["period"]["start"],
            customer=sub.customer, proration=True, invoice=None,
            parent={"type": "subscription_details", "subscription_details": {
                "subscription": sub.id, "subscription_item": details["subscription_item"]}},
            **{key: line[key] for key in kept},
        )  # fmt: skip

    def _add_subscription(self, sub: Subscription) -> None:
        holds = sub.coupon is not None and self._coupon_holds(sub, sub.period[0])
        discount = {"id": "di_1", "object": "discount", "end": None, "start": sub.coupon_from,
                    "source": {"coupon": (sub.coupon or {}).get("id")}}  # fmt: skip
        start = sub.trial[0] if sub.trial else sub.items[0].since if sub.items else sub.anchor
        made = self._add(
            "subscriptions", "sub", start, customer=sub.customer, currency=sub.currency,
            status=sub.status, start_date=start, ended_at=sub.ended_at,
            canceled_at=sub.canceled_at, cancel_at=sub.cancel_at,
            cancel_at_period_end=sub.cancel_at is not None, collection_method=sub.collection,
            cancellation_details={"reason": sub.reason, "comment": None, "feedback": None},
            trial_start=sub.trial[0] if sub.trial else None,
            trial_end=sub.trial[1] if sub.trial else None, pause_collection=sub.pause,
            discounts=[discount] if holds else [], metadata={"size": "SMB"}, schedule=None,
            items={"object": "list", "has_more": False, "data": [
                {"id": each.id, "object": "subscription_item", "created": each.since,
                 "price": {k: v for k, v in each.price.items() if k != "tiers"},
                 "quantity": each.quantity, "discounts": [],
                 "current_period_start": sub.period[0], "current_period_end": sub.period[1]}
                for each in sub.items]},
        )  # fmt: skip
        made["id"] = sub.id


def _every(price: dict[str, Any]) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


_KIND = {
    "customers": "customer", "products": "product", "prices": "price", "coupons": "coupon",
    "subscription_schedules": "subscription_schedule", "subscriptions": "subscription",
    "invoices": "invoice", "invoiceitems": "invoiceitem", "credit_notes": "credit_note",
    "refunds": "refund", "invoice_payments": "invoice_payment",
}  # fmt: skip
