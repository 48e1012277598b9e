"""Several currencies: each close at its own rates; what rates did is FX and in no other class."""

from collections import defaultdict
from datetime import date
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast import Forecaster
from history import InputError, Ledger, Policy
from history import months as month
from history.exchange import Rates
from history.movements import FLOWS, MOVEMENTS, movements_of

FIRST, LAST = month.index_of("2025-01"), month.index_of("2025-06")
DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
PAR = {"JPY": Fraction("0.0062"), "KWD": Fraction("3.05")}


def day(index: int, number: int = 1) -> date:
    return date(index // 12, index % 12 + 1, number)


def frame_of(lines: list[dict[str, object]]) -> pd.DataFrame:
    return pd.DataFrame(lines)[["customer", "start_date", "end_date", "mrr", "currency", "plan"]]


def rates_of(rates: dict[tuple[str, int], Fraction]) -> pd.DataFrame:
    rows = [(month.text(at), code, f"{float(rate):.7f}") for (code, at), rate in rates.items()]
    return pd.DataFrame(rows, columns=["month", "currency", "rate"])


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[dict[str, object]], dict[tuple[str, int], Fraction]]:
    rates = {
        (code, at): par * draw(st.integers(900, 1100)) / 1000
        for code, par in PAR.items()
        for at in range(FIRST, LAST + 1)
    }
    lines: list[dict[str, object]] = [
        {"customer": "A", "start_date": day(FIRST), "end_date": None, "mrr": 12345,
         "currency": "EUR", "plan": "x"}
    ]  # fmt: skip
    for _ in range(draw(st.integers(1, 9))):
        start = draw(st.integers(FIRST, LAST))
        stop = draw(st.one_of(st.none(), st.integers(start, LAST + 1)))
        lines.append(
            {
                "customer": draw(st.sampled_from("ABC")),
                "start_date": day(start),
                "end_date": None if stop is None else day(stop, 20),
                "mrr": draw(st.sampled_from([1003, 5001, 33333, 66667, 100000, 7])),
                "currency": draw(st.sampled_from(sorted(DECIMALS))),
                "plan": draw(st.sampled_from("xyz")),
            }
        )
    return lines, rates


class Slow:
    """The definition, month by month and customer by customer, in fractions."""

    def __init__(self, lines, rates, *, constant: int | None = None) -> None:
        self.lines, self.rates, self.constant = lines, rates, constant

    def rate(self, code: str, at: int) -> Fraction:
        if code == "EUR":
            return Fraction(1)
        rate = self.rates[code, self.constant or at]
        return Fraction(f"{float(rate):.7f}") * Fraction(100, 10 ** DECIMALS[code])

    def own(self, customer: str, at: int) -> dict[str, dict[str, int]]:
        """Balances at a close: currency -> plan -> minor units."""
        found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for line in self.lines:
            end = line["end_date"]
            stands = month.index_of(line["start_date"]) <= at
            if end is not None and month.index_of(end) <= min(at, LAST):
                stands = False
            if line["customer"] == customer and stands:
                found[line["currency"]][line["plan"]] += line["mrr"]
        return found

    def value(self, customer: str, held: int, at: int) -> dict[str, int]:
        """Worth by plan of what is held at one close, at the rates of another."""
        worth: dict[str, int] = defaultdict(int)
        for code, plans in self.own(customer, held).items():
            below = 0
            for plan in sorted(plans):
                low = round(below * self.rate(code, at))
                below += plans[plan]
                worth[plan] += round(below * self.rate(code, at)) - low
        return worth

    def movements(self) -> dict[tuple[int, str, str], dict[str, int]]:
        """Month, customer, plan ("" for the customer) -> movement -> minor units."""
        cells: dict[tuple[int, str, str], dict[str, int]] = {}
        for customer in "ABC":
            paid = False
            for at in range(FIRST, LAST + 1):
                parts = [self.value(customer, *pair) for pair in
                         ((at - 1, at - 1), (at - 1, at), (at, at))] if at > FIRST else (
                         [{}, {}, self.value(customer, at, at)])  # fmt: skip
                changed = at == FIRST or self.own(customer, at - 1) != self.own(customer, at)
                opening, before, after = (sum(part.values()) for part in parts)
                name = "expansion" if after >= before else "contraction"
                if before <= 0 < after:
                    name = "reactivation" if paid else "new"
                if after <= 0 < before:
                    name = "churn"
                paid = paid or (after > 0 and changed)
                for plan in ("", "x", "y", "z"):
                    was, restated, now = (
                        (opening, before, after)
                        if plan == ""
                        else (part.get(plan, 0) for part in parts)
                    )
                    cells[at, customer, plan] = {
                        "opening": was, name: now - restated, "fx": restated - was, "closing": now
                    }  # fmt: skip
        return cells


def summed(slow: Slow, plan: str) -> dict[tuple[int, str], int]:
    found: dict[tuple[int, str], int] = defaultdict(int)
    for (at, _, of), cell in slow.movements().items():
        for name, amount in cell.items():
            if of == plan:
                found[at, name] += amount
    return found


def same(moves, slow: Slow) -> None:
    moves.verify()
    for place, plan in enumerate([key[0] if key else "" for key in moves.segments.keys]):
        expected = summed(slow, plan)
        for row, period in enumerate(moves.months):
            at = period.year * 12 + period.month - 1
            for column, name in enumerate(MOVEMENTS):
                if at > FIRST or name == "closing":
                    got = int(moves.cells.mrr[row, column, place])
                    assert got == expected[at, name], (plan, month.text(at), name)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledgers())
def test_movements_are_those_of_the_definition(made):
    lines, rates = made
    ledger = Ledger.from_lines(
        frame_of(lines), as_of=month.text(LAST), currency="EUR", fx=rates_of(rates)
    )
    slow = Slow(lines, rates)
    same(ledger.movements(), slow)
    same(ledger.movements("plan"), slow)
    constant = movements_of(ledger._tables, ("plan",), "EUR")
    same(constant, Slow(lines, rates, constant=LAST))
    assert not constant.cells.mrr[:, MOVEMENTS.index("fx")].any()
    closing = int(ledger.movements().total.mrr[-1, -1, 0])
    assert int(constant.total.mrr[-1, -1, 0]) == closing
    assert round(ledger.lives().standing["mrr"].sum() * 100) == closing
    of_customers = ledger.customer_movements()
    assert (of_customers["opening"] + of_customers["mrr"] == of_customers["closing"]).all()
    cells = slow.movements()
    for customer, rows in of_customers.groupby("customer"):
        fx = rows[rows["movement"] == "fx"]["mrr"].sum()
        assert fx == sum(cells[at, customer, ""]["fx"] for at in range(FIRST + 1, LAST + 1))
        assert rows["closing"].iloc[-1] == cells[LAST, customer, ""]["closing"]


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(ledgers(), st.integers(FIRST + 1, LAST - 1))
def test_going_back_is_reading_lines_and_rates_cut_off(made, at):
    lines, rates = made
    then = Ledger.from_lines(
        frame_of(lines), as_of=month.text(LAST), currency="EUR", fx=rates_of(rates)
    ).at(month.text(at))
    cut = [line for line in lines if month.index_of(line["start_date"]) <= at]
    cut = [
        {**line, "end_date": None}
        if line["end_date"] is not None and month.index_of(line["end_date"]) > at
        else line
        for line in cut
    ]
    known = {key: rate for key, rate in rates.items() if key[1] <= at}
    read = Ledger.from_lines(
        frame_of(cut), as_of=month.text(at), currency="EUR", fx=rates_of(known)
    )
    pd.testing.assert_frame_equal(then.movements("plan").minor, read.movements("plan").minor)
    pd.testing.assert_frame_equal(then.cohorts().minor, read.cohorts().minor)
    assert dict(then.fingerprint().months) == dict(read.fingerprint().months)


LINES = pd.DataFrame(
    {
        "customer": ["A", "B", "B", "C"],
        "start_date": ["2025-01-01", "2025-01-05", "2025-02-10", "2025-01-01"],
        "end_date": [None, None, None, "2025-03-10"],
        "mrr": [10000, 20000, 5000, 1000],
        "currency": ["EUR", "USD", "USD", "JPY"],
    }
)
RATES = pd.DataFrame(
    {
        "month": ["2025-01", "2025-02", "2025-03"] * 2,
        "currency": ["USD"] * 3 + ["JPY"] * 3,
        "rate": ["0.95", "0.96", "0.92", "0.0062", "0.0064", "0.0061"],
    }
)


def made(rates=RATES, lines=LINES, **policy):
    return Ledger.from_lines(
        lines, as_of="2025-03", currency="EUR", fx=rates, policy=Policy(**policy)
    )


def row(ledger, at):
    frame = ledger.movements().to_frame()
    frame = frame[frame["month"] == at].set_index("movement")["mrr"]
    return {name: float(amount) for name, amount in frame.items() if amount}


def test_the_worked_example_by_hand():
    ledger = made()
    # January: 100 + 200 x 0.95 + 1,000 x 0.0062
    assert row(ledger, "2025-02") == {
        "opening": 296.20, "expansion": 48.00, "fx": 2.20, "closing": 346.40
    }  # fmt: skip
    assert row(ledger, "2025-03") == {
        "opening": 346.40, "churn": -6.10, "fx": -10.30, "closing": 330.00
    }  # fmt: skip
    counts = ledger.movements().matrix("fx", "customers")["total"].tolist()[1:]
    assert counts == [2, 2]
    nrr = {metric.name: metric.value for metric in ledger.metrics(2)}["nrr"]
    assert nrr == pytest.approx((100 + 250 * 0.92) / (100 + 200 * 0.92 + 1000 * 0.0061))


FLOWS_OF_METRICS = [f"{name}_mrr" for name in FLOWS]


@pytest.mark.parametrize("by", [None, "plan"])
def test_the_flows_among_the_metrics_lead_from_opening_to_closing(by):
    frame = made(lines=LINES.assign(plan=["P", "Q", "P", "Q"])).metrics(2, by)
    assert "fx_mrr" in {metric.name for metric in frame}
    for segment in {tuple(metric.segment.values()) for metric in frame}:
        found = {m.name: m.value for m in frame if tuple(m.segment.values()) == segment}
        flows = sum(found[name] for name in FLOWS_OF_METRICS)
        assert flows == pytest.approx(found["net_new_mrr"], abs=1e-9)
    total = {m.name: m.value for m in made().metrics(2)}
    assert total["fx_mrr"] == pytest.approx(2.20 - 10.30)
    assert total["net_new_mrr"] == pytest.approx(330.00 - 296.20)


def test_without_rates_there_is_no_fx_among_the_metrics():
    budget = RATES[RATES["month"] == "2025-01"]
    assert "fx_mrr" not in {metric.name for metric in made(rates=budget).metrics(2)}


def test_a_rate_that_moves_is_never_an_expansion():
    still = LINES.assign(end_date=None).iloc[[0, 1, 3]]
    frame = made(lines=still).movements().to_frame()
    flows = frame[~frame["movement"].isin(["opening", "closing", "fx"])]["mrr"].dropna()
    assert (flows == 0).all()
    assert made(lines=still).metrics(2)[DEFINED.index("nrr")].value == 1


DEFINED = [metric.name for metric in made().metrics(2)]


def test_balances_that_net_to_zero_or_are_split_anew_do_not_move_by_a_cent():
    """Three lines that cancel pay nothing, and 100 = 33.33 + 66.67 at every rate."""
    lines = pd.DataFrame(
        {
            "customer": ["A", "B", "B", "B", "C", "C", "C"],
            "start_date": ["2025-01-01"] * 5 + ["2025-02-01"] * 2,
            "end_date": [None] * 4 + ["2025-02-01"] + [None] * 2,
            "mrr": [500, 10000, -3333, -6667, 10000, 3333, 6667],
            "currency": ["EUR"] + ["USD"] * 6,
        }
    )
    ledger = made(lines=lines, rates=RATES.assign(rate=["0.955", "0.965", "0.925"] * 2))
    assert ledger.movements().matrix("closing", "customers")["total"].tolist() == [2, 2, 2]
    assert set(ledger.customer_movements()["movement"]) == {"first", "fx"}


def test_rounding_is_half_even_both_sides_of_zero():
    lines = pd.DataFrame(
        {
            "customer": ["A", "B", "C", "D"],
            "start_date": "2025-03-01",
            "mrr": [1, 3, 50, -3],
            "currency": ["USD", "USD", "EUR", "USD"],
        }
    )
    moves = made(lines=lines, rates=RATES.assign(rate="0.5")).customer_movements()
    assert moves.set_index("customer")["closing"].to_dict() == {"B": 2, "C": 50, "D": -2}


def test_missing_rates_are_all_named_with_what_to_do():
    with pytest.raises(InputError) as refused:
        made(rates=RATES[(RATES["currency"] == "USD") & (RATES["month"] != "2025-02")])
    said = str(refused.value)
    assert "JPY 2025-01 to 2025-03; USD 2025-02" in said
    assert "budget rate" in said
    assert "at_start" in said
    with pytest.raises(InputError, match="more digits"):
        Rates._row("USD", FIRST, Fraction(1, 10**19))


def test_one_rate_alone_is_a_budget_rate():
    ledger = made(rates=RATES[RATES["month"] == "2025-02"])
    assert row(ledger, "2025-03") == {"opening": 346.40, "churn": -6.40, "closing": 340.00}


def test_rates_after_as_of_and_of_other_currencies_are_not_used():
    more = pd.DataFrame(
        {"month": ["2025-04", "2025-01"], "currency": ["USD", "GBP"], "rate": ["9", "9"]}
    )
    ledger, other = made(), made(rates=pd.concat([RATES, more]))
    pd.testing.assert_frame_equal(ledger.movements().minor, other.movements().minor)
    assert ledger.fingerprint() == other.fingerprint()


def test_the_fingerprint_tells_a_rate_of_the_past_that_was_changed():
    changed = RATES.assign(rate=["0.95", "0.961", "0.92", "0.0062", "0.0064", "0.00610"])
    assert made().fingerprint().changed(made(rates=changed).fingerprint()) == ["2025-02"]


def test_one_currency_is_as_if_there_were_no_rates():
    plain = Ledger.from_lines(LINES.assign(currency="EUR"), as_of="2025-03", currency="EUR")
    rated = made(lines=LINES.assign(currency="EUR"))
    assert rated._moving is rated._tables
    pd.testing.assert_frame_equal(plain.movements().minor, rated.movements().minor)
    assert plain.fingerprint() == rated.fingerprint()


def test_reported_lines_have_every_column_of_the_facts():
    engine = made()._tables.engine
    of = [set(engine.frame(f"SELECT * FROM {name} LIMIT 0")) for name in ("facts", "reported")]
    assert of[1] - of[0] == {"own_mrr", "currency"}
    assert not of[0] - of[1]


def test_visits_gaps_and_windows_hold_in_several_currencies():
    lines = pd.DataFrame(
        {
            "customer": ["A", "B", "B", "C", "D", "D"],
            "start_date": ["2025-01-01", "2025-01-01", "2025-02-04", "2025-03-02", "2025-01-01",
                           "2025-03-01"],
            "end_date": [None, "2025-02-01", None, "2025-03-20", "2025-02-01", None],
            "mrr": [500, 10000, 10000, 700, 100, 100],
            "currency": ["EUR", "USD", "USD", "JPY", "JPY", "JPY"],
            "plan": list("xyzxyz"),
        }
    )  # fmt: skip
    ledger = made(lines=lines, same_month="count", gap_days=5, reactivation_window=1)
    moves = ledger.movements("plan")
    moves.verify()
    february = row(ledger, "2025-02")
    assert february == {"opening": 100.62, "churn": -0.64, "fx": 1.02, "closing": 101.00}
    march = row(ledger, "2025-03")
    assert march == {
        "opening": 101.00, "new": 4.27, "reactivation": 0.61, "churn": -4.27, "fx": -4.00,
        "closing": 97.61,
    }  # fmt: skip


def read(policy=None, rates=RATES, **changed):
    frame = LINES.rename(columns={"customer": "customer_id", "start_date": "start",
                                  "end_date": "end"})  # fmt: skip
    frame["mrr"] = ["100", "200", "50", "1000"]
    return Ledger.read(
        frame.assign(**changed), as_of="2025-03", currency="EUR", fx=rates, policy=policy
    )


def test_a_file_is_read_like_clean_lines_and_says_at_which_rates():
    ledger = read()
    pd.testing.assert_frame_equal(ledger.movements().minor, made().movements().minor)
    assert ledger.lines()["mrr"].tolist() == [10000, 20000, 5000, 1000]
    found = {item.rule: item.value for item in ledger.findings if item.rule.endswith("rates")}
    assert found == {"monthly-rates": "JPY, USD"}
    one = read(rates=pd.concat([RATES.iloc[:3], RATES.iloc[3:4]]))
    assert {item.value for item in one.findings if item.rule == "budget-rate"} == {"JPY"}


def test_the_rate_of_the_start_can_be_kept():
    ledger = read(Policy(currency="at_start"))
    assert row(ledger, "2025-02") == {"opening": 296.20, "expansion": 48.00, "closing": 344.20}
    assert row(ledger, "2025-03") == {"opening": 344.20, "churn": -6.20, "closing": 338.00}
    assert "constant-rates" in {item.rule for item in ledger.findings}


def test_clean_lines_keep_the_rate_of_their_start_as_a_file_does():
    policy = Policy(currency="at_start", discounts="list")
    lines = LINES.assign(list_mrr=[11000, 22005, 5001, 1001])
    call = {"as_of": "2025-03", "currency": "EUR", "fx": RATES, "policy": policy}
    ledger = Ledger.from_lines(lines, **call)
    file = read(policy, list_price=["110", "220.05", "50.01", "1001"])
    for name in ("mrr", "list_mrr"):
        assert ledger.lines()[name].tolist() == file.lines()[name].tolist()
    assert ledger.lines()["mrr"].tolist() == [10000, 19000, 4800, 620]
    pd.testing.assert_frame_equal(ledger.movements().minor, file.movements().minor)
    assert not ledger.movements().matrix("fx").to_numpy()[1:].any()
    with pytest.raises(InputError, match="currency is monthly, but the amounts were read with at"):
        ledger.under(Policy())
    with pytest.raises(InputError, match=r"missing for JPY 2025-01 \(row 4\)"):
        Ledger.from_lines(lines, **call | {"fx": RATES.iloc[:3]})
    april = lines.iloc[1:3].assign(customer="E", start_date="2025-04-01")
    rates = pd.concat([RATES, RATES.iloc[:1].assign(month="2025-04", rate="0.50")])
    closed = ledger.close(april, fx=rates)
    assert closed.lines()["mrr"].tolist()[4:] == [10000, 2500]
    with pytest.raises(InputError, match="missing for USD 2025-04"):
        ledger.close(april)


def test_a_forecast_opens_with_the_closing_at_the_last_rate():
    starts = pd.period_range("2023-01", "2025-06", freq="M")
    lines = pd.DataFrame(
        {
            "customer": [f"C{i}" for i in range(90)],
            "start_date": [f"{starts[i % 30]}-01" for i in range(90)],
            "end_date": [f"{starts[i % 30] + 9}-01" if i % 4 == 0 else None for i in range(90)],
            "mrr": [10000 + 137 * i for i in range(90)],
            "currency": ["EUR", "USD", "JPY"] * 30,
        }
    )
    rates = pd.DataFrame(
        {
            "month": [str(at) for at in starts] * 2,
            "currency": ["USD"] * 30 + ["JPY"] * 30,
            "rate": [f"{0.9 + 0.003 * (i % 7):.4f}" for i in range(30)]
            + [f"{0.006 + 0.0001 * (i % 5):.4f}" for i in range(30)],
        }
    )
    ledger = Ledger.from_lines(lines, as_of="2025-06", currency="EUR", fx=rates)
    forecaster = Forecaster.fit(ledger, calibrate=False)
    closing = ledger.movements().matrix("closing")["total"].iloc[-1]
    assert forecaster.model.opening.sum() == pytest.approx(closing)
    projection = forecaster.project(through="2025-12", paths=50, seed=1)
    assert "fx" not in projection.flows or not projection.flows["fx"].any()


def test_the_numbers_of_large_amounts_stay_exact():
    """Beyond what floats hold: own amount x rate has more than 16 digits."""
    lines = pd.DataFrame(
        {"customer": ["A"], "start_date": ["2025-01-01"], "mrr": [123_456_789_012_345],
         "currency": ["KWD"]}
    )  # fmt: skip
    rates = RATES.iloc[:3].assign(currency="KWD", rate=["3.012345678", "3.1", "2.987654321"])
    moves = made(lines=lines, rates=rates).movements()
    for at, rate in enumerate(rates["rate"]):
        expected = round(123_456_789_012_345 * Fraction(rate) / 10)
        assert int(moves.total.mrr[at, -1, 0]) == expected
    moves.verify()


def test_what_is_restated_is_balances_not_customers_by_month():
    """A thousand customers at one price are one row of holdings."""
    lines = pd.DataFrame(
        {"customer": [f"C{i}" for i in range(1000)], "start_date": "2025-01-01", "mrr": 9900,
         "currency": "USD"}
    )  # fmt: skip
    ledger = made(lines=lines)
    assert ledger.movements().matrix("fx")["total"].tolist()[1:] == [990.0, -3960.0]
    assert len(ledger._moving.engine.frame("SELECT * FROM holdings")) == 1
