"""Each rule of the audit on a ledger small enough to read."""

from itertools import pairwise

import pandas as pd
import pytest
from audit_help import audit, line, only, usual

from history import Ledger


def test_usual_manners_are_no_findings():
    assert len(audit()) == 0


def test_duplicate_line():
    found = only(audit(line("X", "2025-03-10"), line("X", "2025-03-10")))
    assert (found["rule"], found["customer"], found["rows"]) == ("duplicate-line", "X", (1, 2))
    assert (found["billed"], found["due"], found["stake"]) == (10_000, 0, 10_000)
    assert (found["direction"], found["since"], found["until"]) == ("excess", "2025-03", "")


def test_a_second_purchase_of_another_size_is_no_duplicate():
    assert len(audit(line("X", "2025-03-10"), line("X", "2025-03-10", mrr=5_000))) == 0


@pytest.mark.parametrize(
    ("factor", "direction"), [(10, "excess"), (100, "excess"), (0.1, "missing")]
)
def test_wrong_scale_beside_the_customers_own_lines(factor, direction):
    wrong = int(10_000 * factor)
    found = only(
        audit(
            line("X", "2024-01-10", "2025-01-10"),
            line("X", "2025-01-10", "2025-07-10", mrr=wrong, quantity=2, unit_price=50 * factor),
            line("X", "2025-07-10"),
        )
    )
    assert (found["rule"], found["rows"], found["strength"]) == ("wrong-scale", (2,), 2)
    assert (found["billed"], found["due"]) == (wrong, 10_000)
    assert (found["direction"], found["since"], found["until"]) == (direction, "2025-01", "2025-06")


def test_a_yearly_amount_entered_as_a_months_beside_peers():
    found = only(audit(line("X", "2025-02-10", mrr=120_000, quantity=2, unit_price=600.0)))
    assert (found["rule"], found["billed"], found["due"]) == ("wrong-scale", 120_000, 10_000)


def test_of_two_lines_the_one_unlike_what_went_before_is_wrong():
    def bare(start, end, mrr):
        return {"customer": "X", "start_date": start, "end_date": end, "mrr": mrr, "plan": "Pro"}

    result = audit(
        bare("2024-01-10", "2024-07-10", 10_000),
        bare("2024-07-10", "2025-01-10", 11_000),
        bare("2025-01-10", None, 110_000),
        company=[],
    )
    assert only(result)["rows"] == (3,)


def test_currency_mix():
    odd = [
        line("X", "2024-01-10", "2025-01-10"),
        line("X", "2025-01-10", "2025-07-10", mrr=9_000, quantity=2, currency="USD"),
        line("X", "2025-07-10"),
    ]
    found = only(audit(*odd))
    assert (found["rule"], found["rows"][-1], found["strength"]) == ("currency-mix", 2, 2)
    assert (found["billed"], found["due"]) == (9_000, 10_000)


def test_unbilled_and_overbilled_quantity():
    under = only(audit(line("X", "2025-03-10", quantity=3)))
    assert (under["rule"], under["billed"], under["due"]) == ("unbilled-quantity", 10_000, 15_000)
    over = only(audit(line("X", "2025-03-10", quantity=1)))
    assert (over["rule"], over["billed"], over["due"]) == ("overbilled-quantity", 10_000, 5_000)


def test_a_yearly_unit_price_is_spread_over_the_year():
    yearly = {"interval_months": 12, "unit_price": 600.0, "list_price": 600.0}
    assert len(audit(line("X", "2025-03-10", **yearly))) == 0
    found = only(audit(line("X", "2025-03-10", quantity=3, **yearly)))
    assert (found["rule"], found["due"]) == ("unbilled-quantity", 15_000)


def test_columns_that_never_give_the_amount_are_not_believed():
    company = [row | {"unit_price": 7.77 + i} for i, row in enumerate(usual())]
    result = audit(company=company)
    assert len(result) == 0
    assert [note.value for note in result.skipped] == ["unbilled-quantity"]


def test_double_billing_of_an_open_line():
    found = only(audit(line("X", "2024-03-10"), line("X", "2025-04-10", mrr=15_000)))
    assert (found["rule"], found["rows"], found["strength"]) == ("double-billing", (1, 2), 2)
    assert (found["billed"], found["since"], found["until"]) == (10_000, "2025-04", "")


def test_double_billing_beyond_the_renewal():
    bound = {"interval_months": 12, "unit_price": 600.0, "list_price": 600.0}
    odd = [
        line("X", "2024-03-10", "2025-06-10", term_end="2025-03-10", **bound),
        line("X", "2025-03-10", "2026-03-10", term_end="2026-03-10", **bound),
    ]
    found = only(audit(*odd))
    assert (found["rule"], found["since"], found["until"]) == (
        "double-billing",
        "2025-03",
        "2025-05",
    )


def test_seats_added_to_a_contract_are_no_double_billing():
    bound = {"interval_months": 12, "unit_price": 600.0, "list_price": 600.0}
    odd = [
        line("X", "2024-03-10", "2025-03-10", term_end="2025-03-10", **bound),
        line("X", "2024-06-10", "2025-03-10", term_end="2025-03-10", **bound),
        line("X", "2025-01-10", "2026-03-10", term_end="2026-03-10", **bound),
        line("X", "2025-03-10", "2026-03-10", term_end="2026-03-10", mrr=20_000, **bound),
    ]
    assert len(audit(*odd)) == 0


def test_billed_after_cancellation():
    found = only(audit(line("X", "2025-03-10", status="cancelled")))
    assert (found["rule"], found["strength"]) == ("billed-after-cancellation", 2)
    assert (found["direction"], found["billed"], found["due"]) == ("excess", 10_000, 0)
    hint = only(audit(line("X", "2025-03-10", churn_reason="voluntary")))
    assert (hint["rule"], hint["strength"]) == ("billed-after-cancellation", 1)


def raised(count: int, day: str = "2025-03-05") -> list[dict]:
    """Customers moved from 50 to 53 a seat."""
    rows = []
    for i in range(count):
        rows.append(line(f"R{i:02d}", "2024-01-05", day))
        rows.append(
            line(f"R{i:02d}", day, mrr=10_600, quantity=2, unit_price=53.0, list_price=53.0)
        )
    return rows


def test_missed_uplift_of_a_monthly_customer():
    found = only(audit(line("X", "2024-06-10"), company=raised(20)))
    assert (found["rule"], found["strength"]) == ("missed-uplift", 2)
    assert (found["billed"], found["due"], found["since"]) == (10_000, 10_600, "2025-03")


def test_who_came_at_the_new_price_missed_nothing():
    new = line("X", "2025-02-10", mrr=10_600, quantity=2, unit_price=53.0, list_price=53.0)
    assert len(audit(new, company=raised(20))) == 0


def test_a_rise_for_some_is_no_rule_for_all():
    others = [line(f"X{i}", "2024-06-10") for i in range(20)]
    assert len(audit(*others, company=raised(12))) == 0


def renewed(customer: str, step: float) -> list[dict]:
    """A contract renewed in March 2025 at so many times its price; the list rose by 5 %."""
    bound = {"interval_months": 12, "quantity": 2}
    return [
        line(customer, "2024-03-10", "2025-03-10", term_end="2025-03-10", unit_price=600.0,
             list_price=600.0, **bound),
        line(customer, "2025-03-10", "2026-03-10", term_end="2026-03-10", mrr=round(10_000 * step),
             unit_price=600.0 * step, list_price=630.0, **bound),
    ]  # fmt: skip


def test_missed_uplift_of_a_renewal():
    peers = [row for i in range(30) for row in renewed(f"P{i:02d}", 1.05)]
    found = only(audit(*renewed("X", 1.0), company=peers))
    assert (found["rule"], found["rows"], found["strength"]) == ("missed-uplift", (1, 2), 2)
    assert (found["billed"], found["due"], found["since"]) == (10_000, 10_500, "2025-03")


def test_missed_uplift_by_the_customers_own_past():
    prices = [("2023-03-10", 1.00), ("2024-03-10", 1.04), ("2025-03-10", 1.04**2), (None, 0)]
    odd = [
        line("X", day, following, mrr=round(10_000 * price), quantity=2, unit_price=50 * price,
             list_price=50 * price)
        for (day, price), (following, _) in pairwise(prices)
    ]  # fmt: skip
    kept = [dict(row, customer="Y") for row in odd]
    kept[-1] |= {"end_date": "2026-03-10"}
    kept.append(line("Y", "2026-03-10", mrr=11_249, quantity=2, unit_price=56.24, list_price=56.24))
    twin = [dict(row, customer="Z") for row in kept]
    found = only(audit(*odd, *kept, *twin, as_of="2026-06"))
    assert (found["rule"], found["customer"], found["since"]) == ("missed-uplift", "X", "2026-03")
    assert (found["billed"], found["due"]) == (10_816, 11_249)


def promoted(customer: str, months: int | None) -> list[dict]:
    """A start at 40 of 50 a seat, for so many months or for ever."""
    half = {"mrr": 8_000, "quantity": 2, "unit_price": 40.0}
    if months is None:
        return [line(customer, "2024-06-10", **half)]
    end = (pd.Timestamp("2024-06-10") + pd.DateOffset(months=months)).date().isoformat()
    return [line(customer, "2024-06-10", end, **half), line(customer, end)]


def test_expired_discount():
    peers = [row for i in range(20) for row in promoted(f"P{i:02d}", 3)]
    found = only(audit(*promoted("X", None), company=[*usual(), *peers]))
    assert (found["rule"], found["strength"], found["since"]) == ("expired-discount", 2, "2024-09")
    assert (found["billed"], found["due"]) == (8_000, 10_000)


def test_discounts_that_all_keep_are_for_ever():
    peers = [row for i in range(20) for row in promoted(f"P{i:02d}", None)]
    assert len(audit(company=[*usual(), *peers])) == 0


def test_free_line():
    found = only(audit(line("X", "2024-03-10", "2025-03-10"),
                       line("X", "2025-03-10", mrr=0, quantity=2, unit_price=0.0)))  # fmt: skip
    assert (found["rule"], found["billed"], found["due"]) == ("free-line", 0, 10_000)
    assert found["since"] == "2025-07"  # three months are taken as usual, one more as grace


def test_pause_overrun():
    pauses = []
    for i in range(12):
        pauses += [line(f"P{i}", "2024-01-10", "2024-03-10"),
                   line(f"P{i}", "2024-03-10", "2024-05-10", status="paused"),
                   line(f"P{i}", "2024-05-10")]  # fmt: skip
    odd = [line("X", "2024-01-10", "2024-06-10"), line("X", "2024-06-10", status="paused")]
    found = only(audit(*odd, company=[*usual(), *pauses]))
    assert (found["rule"], found["rows"], found["strength"]) == ("pause-overrun", (2,), 2)
    assert (found["since"], found["billed"], found["due"]) == ("2024-09", 0, 10_000)


def test_service_gap():
    found = only(audit(line("X", "2024-03-10", "2025-03-10"), line("X", "2025-05-10", mrr=15_000)))
    assert (found["rule"], found["rows"], found["strength"]) == ("service-gap", (1, 2), 2)
    assert (found["due"], found["since"], found["until"]) == (10_000, "2025-03", "2025-04")


@pytest.mark.parametrize(
    ("first_end", "second_start", "status"),
    [
        ("2025-03-10", "2025-03-11", "active"),  # a last day instead of a first day without
        ("2025-03-10", "2025-05-10", "cancelled"),  # left and came back
        ("2025-03-10", "2025-10-10", "active"),  # too long for an omission
    ],
)
def test_what_is_no_service_gap(first_end, second_start, status):
    odd = [line("X", "2024-03-10", first_end, status=status), line("X", second_start)]
    assert len(audit(*odd)) == 0


def test_a_gap_of_one_line_while_another_one_runs():
    found = only(
        audit(
            line("X", "2024-03-10", "2025-03-10", mrr=20_000),
            line("X", "2024-09-10", mrr=5_000),
            line("X", "2025-05-10", mrr=20_000),
        )
    )
    assert (found["rule"], found["rows"]) == ("service-gap", (1, 3))


def test_renewal_missing():
    found = only(audit(line("X", "2024-03-10", "2025-03-10", term_end="2025-03-10")))
    assert (found["rule"], found["strength"], found["since"]) == ("renewal-missing", 2, "2025-03")
    assert (found["billed"], found["due"], found["until"]) == (0, 10_000, "")


def test_a_ledger_that_never_says_who_cancelled_misses_no_renewal():
    silent = [{**row, "status": "active"} for row in usual()]
    result = audit(line("X", "2024-03-10", "2025-03-10"), company=silent)
    assert len(result) == 0
    assert [note.value for note in result.skipped] == ["renewal-missing"]


def test_a_term_that_passed_where_others_renew():
    peers = [row for i in range(12) for row in renewed(f"P{i:02d}", 1.0)]
    lapsed = line("X", "2024-03-10", term_end="2025-03-10", interval_months=12, unit_price=600.0,
                  list_price=600.0)  # fmt: skip
    found = only(audit(lapsed, company=peers))
    assert (found["rule"], found["strength"], found["since"]) == ("renewal-missing", 1, "2025-03")


def test_what_a_tenth_of_all_lines_show_is_how_the_company_works():
    twice = [row for i in range(15) for row in (line(f"D{i}", "2025-03-10"),) * 2]
    result = audit(*twice)
    assert len(result) == 0
    assert [note.value for note in result.skipped] == ["duplicate-line"]


def test_nothing_that_lies_after_as_of_is_a_finding():
    rows = pd.DataFrame([*usual(), line("X", "2025-10-10"), line("X", "2025-10-10")])
    ledger = Ledger.from_lines(rows, as_of="2025-12", currency="EUR")
    assert only(ledger.audit())["rule"] == "duplicate-line"
    assert len(ledger.at("2025-09").audit()) == 0


RATES = pd.DataFrame(
    [
        {"month": str(month), "currency": "USD", "rate": 0.80 + i % 7 / 50}
        for i, month in enumerate(pd.period_range("2022-01", "2026-12", freq="M"))
    ]
)


def in_dollars(*odd: dict) -> Ledger:
    rows = [row | {"currency": "USD"} for row in (*usual(), *odd)]
    return Ledger.from_lines(pd.DataFrame(rows), as_of="2025-12", currency="EUR", fx=RATES)


def test_rates_that_move_are_no_findings():
    renewals = [row for i in range(30) for row in renewed(f"P{i:02d}", 1.0)]
    assert len(in_dollars(*renewals).audit()) == 0


def test_what_is_at_stake_is_in_the_reporting_currency_at_the_rates_of_as_of():
    ledger = in_dollars(line("X", "2025-03-10", quantity=3))
    rate = RATES.set_index("month")["rate"]["2025-12"]
    found = only(ledger.audit())
    assert found["rule"] == "unbilled-quantity"
    assert (found["billed"], found["due"]) == (round(10_000 * rate), round(15_000 * rate))
