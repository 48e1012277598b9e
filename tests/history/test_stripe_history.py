"""The ledger made of a Stripe account has the movements of the company behind it, exactly."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from stripe_help import (
    OLD,
    TODAY,
    Serve,
    alone,
    assert_same_history,
    fetch,
    frame,
    histories,
    serve,
)
from stripe_shop import Shop, at, day

from history import Ledger
from history.connectors.stripe.access import API_VERSION

__all__ = ["alone", "serve"]

CASES: dict[str, Callable[[Shop], object]] = {}


def case(tell: Callable[[Shop], object]) -> Callable[[Shop], object]:
    CASES[tell.__name__] = tell
    return tell


@case
def seats_up_and_down(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.change(sub, "2025-03-20", quantity=7)
    shop.change(sub, "2025-08-02", quantity=3)


@case
def prorations_on_the_next_invoice_and_pending_ones(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1999), 2))
    shop.change(sub, "2025-03-20", quantity=3, prorate="create_prorations")
    shop.change(sub, "2026-02-20", quantity=9, prorate="create_prorations")


@case
def several_changes_in_one_period_one_day_and_one_second(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1999), 2))
    for moment, quantity in (("03-01", 3), ("03-05", 8), ("03-05", 4), ("03-20", 6), ("03-21", 1)):
        shop.change(sub, f"2025-{moment}", quantity=quantity, prorate="create_prorations")
    shop.change(sub, "2025-05-20T08:00:00", quantity=5)
    shop.change(sub, "2025-05-20T18:00:00", quantity=9)


@case
def another_price_and_another_interval(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-31", (shop.price(4900), 2))
    shop.change(sub, "2025-04-10", price=shop.price(9900))
    shop.change(sub, "2025-05-15", price=shop.price(99_900, "year"))
    shop.change(sub, "2025-11-15", quantity=5)


@case
def a_change_without_proration_counts_from_the_next_period(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.change(sub, "2025-03-20", quantity=7, prorate="none")


@case
def a_change_without_proration_not_yet_invoiced(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.change(sub, "2026-03-20", quantity=7, prorate="none")


@case
def the_31st_in_short_months(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-31", (shop.price(3100), 1))
    shop.change(sub, "2025-02-14", quantity=2)
    shop.change(sub, "2025-04-11", quantity=3)


@case
def items_come_and_go(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2), (shop.price(700), 1))
    shop.add_item(sub, "2025-05-03", shop.price(2500), 3)
    shop.remove_item(sub, "2025-09-20", 1)


@case
def every_way_to_leave(shop: Shop) -> None:
    price = shop.price(1500)
    for way in ({}, {"prorate": True}, {"at_period_end": True}, {"reason": "payment_failed"}):
        shop.cancel(shop.subscribe("2025-01-15", (price, 2)), "2025-06-20", **way)  # type: ignore[arg-type]
    shop.cancel(shop.subscribe("2025-01-15", (price, 2)), "2026-03-20", at_period_end=True)
    shop.cancel(shop.subscribe("2025-01-15", (shop.price(9000, "year"), 1)), "2025-08-01")


@case
def leaves_without_having_paid_the_last_invoice(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.advance(sub, at("2025-06-01"))
    sub.fails = True
    shop.cancel(sub, "2025-07-03", reason="payment_failed")


@case
def comes_back_with_another_subscription(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.cancel(sub, "2025-03-20", at_period_end=True)
    shop.subscribe("2025-09-01", (shop.price(2500), 1), customer=sub.customer)


@case
def past_due_counts(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.advance(sub, at("2026-02-01"))
    sub.fails = True


@case
def sent_invoices(shop: Shop) -> None:
    shop.subscribe("2025-01-15", (shop.price(1500), 2), collection="send_invoice")


@case
def trials(shop: Shop) -> None:
    price = shop.price(1500)
    shop.subscribe("2025-01-20", (price, 1), trial_days=14)
    shop.subscribe("2026-03-25", (price, 1), trial_days=14)
    shop.cancel(shop.subscribe("2025-04-20", (price, 1), trial_days=14), "2025-04-28")
    shop.subscribe("2025-01-20", (shop.price(0), 1))


@case
def changed_during_the_trial(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-20", (shop.price(1500), 1), trial_days=30)
    shop.advance(sub, at("2025-02-25"))
    shop.change(sub, "2025-03-10", quantity=4)


def paused(behavior: str) -> Callable[[Shop], None]:
    def tell(shop: Shop) -> None:
        price = shop.price(4900)
        back = shop.subscribe("2025-03-05", (price, 1))
        shop.pause_collection(back, "2025-06-01", behavior)
        shop.resume(back, "2025-09-01")
        away = shop.subscribe("2025-03-05", (price, 2))
        shop.pause_collection(away, "2025-11-01", behavior)
        until = shop.subscribe("2025-03-05", (price, 3))
        shop.pause_collection(until, "2025-11-01", behavior, resumes="2026-01-05")
        left = shop.subscribe("2025-03-05", (price, 4))
        shop.pause_collection(left, "2025-06-01", behavior)
        shop.cancel(left, "2025-08-20")

    return tell


for way in ("void", "keep_as_draft", "mark_uncollectible"):
    CASES[f"paused_{way}"] = paused(way)


def discount(itemized: bool, **coupon: object) -> Callable[[Shop], None]:
    def tell(shop: Shop) -> None:
        price = shop.price(4999)
        given = shop.coupon(**coupon)  # type: ignore[arg-type]
        shop.subscribe("2025-03-01", (price, 2), coupon=given, itemized=itemized)
        sub = shop.subscribe("2025-03-01", (price, 2), coupon=given, itemized=itemized)
        shop.change(sub, "2025-03-11", quantity=5)
        shop.change(sub, "2025-08-11", quantity=7)

    return tell


for mode in (False, True):
    tail = "_itemized" if mode else ""
    CASES[f"percent_for_ever{tail}"] = discount(mode, percent_off=33.5)
    CASES[f"percent_once{tail}"] = discount(mode, duration="once", percent_off=50.0)
    CASES[f"percent_for_months{tail}"] = discount(
        mode, duration="repeating", duration_in_months=3, percent_off=20.0
    )
    CASES[f"all_of_it{tail}"] = discount(mode, percent_off=100.0)


@case
def an_amount_off(shop: Shop) -> None:
    for given in (
        shop.coupon(amount_off=1000),
        shop.coupon("once", amount_off=1000),
        shop.coupon("repeating", duration_in_months=3, amount_off=1000),
    ):
        shop.subscribe("2025-03-01", (shop.price(4999), 2), coupon=given)


TIERS = [{"up_to": 5, "unit_amount": 700, "flat_amount": 1000},
         {"up_to": 20, "unit_amount": 650}, {"up_to": None, "unit_amount": 500}]  # fmt: skip


@case
def graduated_tiers(shop: Shop) -> None:
    price = shop.price(None, billing_scheme="tiered", tiers_mode="graduated", tiers=TIERS)
    sub = shop.subscribe("2025-01-15", (price, 3))
    shop.change(sub, "2025-03-20", quantity=12)
    shop.change(sub, "2025-08-20", quantity=40)


@case
def more_tiers_than_lines_on_a_page(shop: Shop) -> None:
    tiers = [{"up_to": n, "unit_amount": 1000 - n, "flat_amount": 0} for n in range(1, 120)]
    tiers.append({"up_to": None, "unit_amount": 1, "flat_amount": 0})
    price = shop.price(None, billing_scheme="tiered", tiers_mode="graduated", tiers=tiers)
    sub = shop.subscribe("2025-01-15", (price, 115))
    shop.change(sub, "2025-08-20", quantity=118)


@case
def volume_tiers(shop: Shop) -> None:
    price = shop.price(None, billing_scheme="tiered", tiers_mode="volume", tiers=TIERS)
    sub = shop.subscribe("2025-01-15", (price, 3))
    shop.change(sub, "2025-03-20", quantity=12)


@case
def packs_and_parts_of_a_cent(shop: Shop) -> None:
    packs = {"divide_by": 10, "round": "up"}
    sub = shop.subscribe("2025-01-15", (shop.price(900, transform_quantity=packs), 31))
    shop.change(sub, "2025-03-20", quantity=41)
    sub = shop.subscribe("2025-01-15", (shop.price("0.25"), 777))
    shop.change(sub, "2025-03-20", quantity=1001)


@case
def prices_for_one_customer_and_old_prices(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1234, inline=True), 2))
    shop.change(sub, "2025-03-20", price=shop.price(2345, inline=True))
    shop.change(sub, "2025-06-20", price=shop.price(1500, active=False))


@case
def weeks_days_and_quarters(shop: Shop) -> None:
    shop.subscribe("2025-01-15", (shop.price(1000, "week"), 1))
    shop.subscribe("2025-11-15", (shop.price(100, "day"), 1))
    sub = shop.subscribe("2025-01-15", (shop.price(30_000, "month", count=3), 1))
    shop.change(sub, "2025-08-20", quantity=2)


@case
def tax_inside_the_price(shop: Shop) -> None:
    sub = shop.subscribe("2025-01-15", (shop.price(1200), 1), tax=20)
    shop.change(sub, "2025-03-20", quantity=3)


@case
def metered_use_is_no_mrr(shop: Shop) -> None:
    shop.subscribe("2025-01-15", (shop.price(1500), 2), (shop.price(30, metered=True), 1))


@pytest.mark.parametrize("version", [API_VERSION, OLD], ids=["today", "before-2025"])
def test_the_ledger_has_the_movements_of_the_company(
    version: str, serve: Serve, tmp_path: Path
) -> None:
    shop, customers = Shop(), {}
    for name, tell in CASES.items():
        before = len(shop.living)
        tell(shop)
        customers |= {sub.customer: name for sub in shop.living[before:]}
    shop.close_month(TODAY)
    serve(shop)
    fetched = fetch(tmp_path, api_version=version)
    read, true = histories(shop, fetched)
    told = {f.value: f.rule for f in fetched.findings}
    different = pd.concat([read, true]).drop_duplicates(keep=False)["customer"]
    assert sorted({customers[name] for name in different}) == [], told
    assert len(read) == len(true) > 100
    assert "stripe-proration-estimated" not in told.values()


@pytest.mark.parametrize("seed", range(3))
def test_a_company_that_lives_at_random(seed: int, serve: Serve, tmp_path: Path) -> None:
    shop, dice = Shop(), random.Random(seed)  # noqa: S311
    prices = [shop.price(dice.randint(500, 9999)) for _ in range(4)]
    prices += [shop.price(dice.randint(9_000, 99_999), "year") for _ in range(2)]
    coupons = [None, None, shop.coupon(percent_off=15.0)]
    for _ in range(60):
        month, number = dice.randint(0, 11), dice.randint(1, 28)
        sub = shop.subscribe(
            f"2025-{month + 1:02d}-{number:02d}",
            (dice.choice(prices), dice.randint(1, 9)),
            trial_days=dice.choice([0, 0, 14]),
            coupon=dice.choice(coupons),
        )
        moment = at(f"2025-{month + 1:02d}-{number:02d}") + 20 * 86_400
        while (moment := moment + dice.randint(3, 120) * 86_400) < at("2026-03-10"):
            when = str(day(moment))
            what = dice.random()
            if what < 0.12:
                shop.cancel(sub, when, prorate=dice.random() < 0.5)
                break
            if what < 0.3 and sub.items[0].price["recurring"]["interval"] == "month":
                shop.change(sub, when, price=dice.choice(prices[4:]))
            else:
                shop.change(sub, when, quantity=dice.randint(1, 9))
    shop.close_month(TODAY)
    serve(shop)
    fetched = fetch(tmp_path)
    assert_same_history(shop, fetched)
    assert not [f for f in fetched.findings if f.rule == "stripe-proration-estimated"]


@pytest.mark.parametrize(
    ("currency", "unit", "mrr"),
    [("jpy", 1980, 1980), ("kwd", 12_500, 12_500), ("isk", 990_00, 990)],
)
def test_currencies_have_their_own_decimals(
    currency: str, unit: int, mrr: int, serve: Serve, tmp_path: Path
) -> None:
    shop = Shop()
    shop.subscribe("2025-01-15", (shop.price(unit, currency=currency), 1))
    shop.close_month(TODAY)
    serve(shop)
    fetched = fetch(tmp_path)
    shop.truth[0][3] = mrr
    assert_same_history(shop, fetched, currency.upper())
    assert fetched.currencies == (currency.upper(),)


def test_a_price_in_several_currencies(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    price = shop.price(1500, currency="usd")
    price["currency_options"] = {"eur": {"unit_amount": 1400, "unit_amount_decimal": "1400"}}
    shop.subscribe("2025-01-15", (price, 2))
    sub = shop.living[0]
    shop.objects["invoices"].clear()
    sub.currency = "eur"
    shop.close_month(TODAY)
    for invoice in shop.objects["invoices"]:
        for line in invoice["lines"]["data"]:
            line["amount"] = 2800
    serve(shop)
    rows = frame(fetch(tmp_path).subscriptions)
    assert rows[["currency", "unit_price"]].to_numpy().tolist() == [["EUR", 14.0]]


def test_incomplete_and_unpaid_subscriptions(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    price = shop.price(1500)
    shop.subscribe("2025-01-15", (price, 1))
    never, given_up = (shop.subscribe("2025-01-15", (price, 1)) for _ in range(2))
    shop.advance(given_up, at("2025-12-20"))
    given_up.pause = {"behavior": "keep_as_draft", "resumes_at": None}  # drafts nobody issues
    shop.close_month(TODAY)
    stripe = {each["id"]: each for each in shop.objects["subscriptions"]}
    stripe[never.id]["status"] = "incomplete_expired"
    stripe[given_up.id] |= {"status": "unpaid", "pause_collection": None}
    serve(shop)
    fetched = fetch(tmp_path)
    rows = frame(fetched.subscriptions).set_index("subscription_id")
    assert never.id not in rows.index
    ended = rows.loc[given_up.id, ["status", "churn_reason", "end"]].tolist()
    assert ended[:2] == ["cancelled", "involuntary"]
    assert str(ended[2])[:10] == "2026-01-15"
    told = {finding.rule for finding in fetched.findings}
    assert told == {"stripe-incomplete", "stripe-unpaid"}


def test_without_invoices_the_present_price_is_taken_and_said(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 2))
    shop.close_month(TODAY)
    shop.objects["invoices"].clear()
    serve(shop)
    fetched = fetch(tmp_path)
    assert_same_history(shop, fetched)
    assert [(f.rule, f.value) for f in fetched.findings] == [("stripe-no-invoice", sub.id)]
    assert frame(fetched.subscriptions)["history_from"].tolist() == ["subscription"]


def test_the_invoices_give_the_same_levels_by_a_way_of_their_own(
    serve: Serve, tmp_path: Path
) -> None:
    shop = Shop()
    for number in range(1, 10):
        sub = shop.subscribe(f"2025-{number:02d}-15", (shop.price(1500), number))
        shop.change(sub, f"2025-{number + 2:02d}-15T09:30:00", quantity=number + 1)
    shop.close_month(TODAY)
    serve(shop)
    fetched = fetch(tmp_path)
    levels = [
        Ledger.read(path, as_of="2026-02", currency="EUR").movements().matrix("closing")
        for path in (fetched.subscriptions, fetched.invoices)
    ]
    pd.testing.assert_frame_equal(*levels)


def test_a_history_that_begins_later_has_the_same_movements_from_there(
    serve: Serve, tmp_path: Path
) -> None:
    shop = Shop()
    for month in range(1, 10):
        sub = shop.subscribe(f"2025-{month:02d}-15", (shop.price(9000, "year"), 1))
        shop.change(sub, "2025-11-20", quantity=month)
    shop.close_month(TODAY)
    serve(shop)
    fetched = fetch(tmp_path, since="2025-10-01")
    cut = at("2025-10-01T00:00:00")
    for row in shop.truth:
        row[1] = max(row[1], day(cut))
    shop.truth = [row for row in shop.truth if row[2] is None or row[2] > row[1]]
    assert_same_history(shop, fetched)
    assert "stripe-since" in {finding.rule for finding in fetched.findings}


def test_days_begin_where_the_company_is(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    shop.subscribe("2025-02-28T23:30:00", (shop.price(1500), 1))  # the 1st of March in Paris
    shop.close_month(TODAY)
    serve(shop)
    rows = frame(fetch(tmp_path, timezone="Europe/Paris").subscriptions)
    assert [str(value)[:10] for value in rows["start"]] == ["2025-03-01"]


def test_dimensions_come_from_metadata_product_and_country(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    customer = shop.customer("DE", segment="Enterprise", size="not asked of the customer")
    shop.subscribe("2025-01-15", (shop.price(1500, nickname="Team plan"), 1), customer=customer)
    shop.close_month(TODAY)
    serve(shop)
    rows = frame(fetch(tmp_path, metadata=["segment", "size"]).subscriptions)
    names = ["segment", "size", "product", "plan", "country"]
    assert rows[names].to_numpy().tolist() == [["Enterprise", "SMB", "Team", "Team plan", "DE"]]


def test_the_end_of_a_schedule_binds(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    sub = shop.subscribe("2025-01-15", (shop.price(1500), 1))
    shop.close_month(TODAY)
    phases = [{"start_date": at("2025-01-15"), "end_date": at("2026-06-15")},
              {"start_date": at("2026-06-15"), "end_date": at("2027-01-15")}]  # fmt: skip
    shop._add("subscription_schedules", "sub_sched", at("2025-01-15"), subscription=sub.id,
              status="active", phases=phases)  # fmt: skip
    serve(shop)
    fetched = fetch(tmp_path)
    assert str(frame(fetched.subscriptions)["term_end"][0])[:10] == "2027-01-15"
    assert [finding.rule for finding in fetched.findings] == ["stripe-schedule"]


def test_subscriptions_that_are_not_listed_are_an_error(serve: Serve, tmp_path: Path) -> None:
    shop = Shop()
    shop.subscribe("2025-01-15", (shop.price(1500), 1))
    lost = shop.subscribe("2025-01-15", (shop.price(1500), 1))
    shop.close_month(TODAY)
    shop.objects["subscriptions"].pop()
    serve(shop)
    errors = fetch(tmp_path).findings.errors
    assert [(f.rule, f.value) for f in errors] == [("stripe-subscription-unknown", lost.id)]
