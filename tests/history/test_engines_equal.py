"""One code path on three engines: every table of a ledger is the same, to the minor unit.

What is Spark's own is tested here as well, so that one worker of the tests starts its session.
"""

import gc
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pytest
import slow_ledger as slow
from engines_help import ENGINES, assert_same, engine_of, everything, fresh_duck, in_parts, put
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from test_history_properties import one_line

from forecast import Forecaster
from history import InputError, Ledger, Policy
from history.engines import SparkEngine
from history.money import INTERVALS, half_even

AS_OF = "2025-02"


@pytest.fixture(scope="module")
def places(postgres, spark):
    """A database or session of each engine."""
    postgres.new_database("engines")
    with postgres.connect("engines") as connection:
        yield {"duck": fresh_duck(), "postgres": connection, "spark": spark}


def on_all(places, frame, types, engines=ENGINES, **call):
    """The ledgers of one table, by engine."""
    made = {}
    for engine in engines:
        put(engine, places[engine], "billing", frame, types)
        made[engine] = Ledger.on(engine_of(engine, places[engine]), "billing", **call)
    return made


COMPANY = {"start": "date", "end": "date", "term_end": "date"}


@pytest.fixture(scope="module")
def company(simulated):
    """A third of the example company's customers, as a table of its billing system."""
    frame = simulated.ledger_frame("2026-06")
    return frame[frame["customer_id"].str[-1].isin(list("036"))].reset_index(drop=True)


@pytest.fixture(scope="module")
def company_on_all(places, company):
    return on_all(places, company, COMPANY, as_of="2026-06", currency="EUR")


def test_the_example_company_is_the_same_on_all_engines(company_on_all):
    told = {name: everything(ledger, "size") for name, ledger in company_on_all.items()}
    assert len(told["duck"]["lines"]) > 2_000
    assert_same(told["duck"], told["postgres"])
    assert_same(told["duck"], told["spark"])


def test_and_the_same_as_from_its_file(company_on_all, company):
    read = Ledger.read(company, as_of="2026-06", currency="EUR")
    ledger = company_on_all["spark"]
    assert ledger.fingerprint() == read.fingerprint()
    assert_frame_equal(ledger.movements("region").minor, read.movements("region").minor)
    assert ledger.metrics() == read.metrics()


def test_earlier_months_are_the_same_on_all_engines(company_on_all):
    for as_of in ("2023-01", "2025-06"):
        earlier = {name: ledger.at(as_of) for name, ledger in company_on_all.items()}
        wanted = earlier["duck"]
        assert_same(everything(wanted, "size"), everything(earlier["postgres"], "size"))
        assert earlier["spark"].fingerprint() == wanted.fingerprint()
        assert_frame_equal(earlier["spark"].movements("size").minor, wanted.movements("size").minor)


POLICIES = [
    Policy(churn_date="request", discounts="list"),
    Policy(churn_date="effective", discounts="deduct_permanent", gap_days=20, same_month="count"),
]


def test_every_policy_is_the_same_on_all_engines(places, company_on_all):
    dated = COMPANY | {"requested": "date", "effective": "date"}
    frame = company_on_all["duck"].lines()
    cancelled = frame["status"] == "cancelled"
    table = pd.DataFrame(
        {
            "customer_id": frame["customer"],
            "subscription_id": frame["subscription"],
            "start": frame["start_date"],
            "end": frame["end_date"],
            "amount": frame["mrr"] / 100,
            "interval": "month",
            "status": frame["status"],
            "churn_reason": frame["churn_reason"],
            "quantity": frame["quantity"],
            "list_price": frame["list_price"] + 0.125,
            "requested": frame["end_date"].where(cancelled) - pd.Timedelta(days=25),
            "effective": frame["end_date"].where(cancelled) + pd.Timedelta(days=35),
            "discount_kind": frame["row"].map(lambda row: ("forever", "once", None)[row % 3]),
        }
    )
    for policy in POLICIES:
        call = {"as_of": "2026-06", "currency": "EUR", "policy": policy}
        made = on_all(places, table, dated, **call)
        read = Ledger.read(table, **call)
        wanted = everything(made["duck"])
        assert_same(wanted, everything(made["postgres"]))
        assert made["spark"].fingerprint() == made["duck"].fingerprint()
        assert_frame_equal(made["spark"].movements().minor, wanted["movements by None"])
        assert_frame_equal(read.movements().minor, wanted["movements by None"])
        assert made["duck"].fingerprint() == read.fingerprint()
        assert wanted["lines"]["list_mrr"].tolist() == sorted_like(read.lines(), wanted["lines"])


def sorted_like(lines, other):
    """The list prices of some lines in the order of others."""
    known = lines.set_index(["subscription", "start_date", "mrr"])["list_mrr"]
    keys = other[["subscription", "start_date", "mrr"]].itertuples(index=False, name=None)
    return [known.loc[key] for key in keys]


def test_a_forecaster_believes_the_same_of_a_ledger_on_an_engine(company_on_all):
    fitted = {name: Forecaster.fit(company_on_all[name]).explain() for name in ENGINES}
    assert str(fitted["postgres"]) == str(fitted["duck"])
    assert str(fitted["spark"]) == str(fitted["duck"])


def table_of(lines):
    """Lines as a table of subscriptions, the amount in major units."""
    words = {1: "month", 3: "quarter", 12: "year"}
    return pd.DataFrame(
        {
            "customer_id": [x.customer for x in lines],
            "start": [x.start for x in lines],
            "end": [x.end for x in lines],
            "term_end": [x.term_end for x in lines],
            "mrr": [Decimal(x.mrr).scaleb(-2) for x in lines],
            "interval": [words[x.interval_months] for x in lines],
            "kind": [x.kind for x in lines],
            "status": [x.status for x in lines],
            "plan": pd.Series([x.plan for x in lines], dtype="object"),
        }
    )


SLOW = {
    "customer_id": "text", "start": "date", "end": "date", "term_end": "date",
    "mrr": "numeric(18, 2)", "interval": "text", "kind": "text", "status": "text", "plan": "text",
}  # fmt: skip


def agree(places, lines, policy, engines):
    frame = slow.frame(lines)
    try:
        plain = Ledger.from_lines(frame, as_of=AS_OF, currency="EUR", policy=policy)
    except InputError:
        for engine in engines:
            with pytest.raises(InputError):
                on_all(
                    places, table_of(lines), SLOW, [engine],
                    as_of=AS_OF, currency="EUR", policy=policy,
                )  # fmt: skip
        return
    made = on_all(
        places, table_of(lines), SLOW, engines, as_of=AS_OF, currency="EUR", policy=policy
    )
    told = {name: everything(ledger, "plan") for name, ledger in made.items()}
    first, *others = engines
    for other in others:
        assert_same(told[first], told[other])
    for by in (None, "plan"):
        assert_frame_equal(told[first][f"movements by {by}"], plain.movements(by).minor)
        assert_frame_equal(told[first][f"cohorts by {by}"], plain.cohorts(by).minor)
    assert made[first].fingerprint() == plain.fingerprint()


SLOWLY = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]


@st.composite
def crowds(draw):
    """Several ledgers as one, the customers of each under names of their own."""
    drawn = draw(st.lists(st.lists(one_line(), min_size=25, max_size=40), min_size=5, max_size=5))
    told = enumerate(drawn)
    return [replace(line, customer=f"{line.customer}{at}") for at, lines in told for line in lines]


def various(lines):
    """Hypothesis begins with equal lines, which say little for what Spark costs."""
    return len({line.customer for line in lines}) > 30


SWITCHED = st.builds(
    Policy, **slow.SWITCHES | {"same_month": st.just("count"), "gap_days": st.just(5)}
)


@settings(max_examples=1, deadline=None, derandomize=True, suppress_health_check=SLOWLY)
@given(lines=crowds().filter(various), policy=SWITCHED)
def test_any_ledger_is_the_same_on_spark(places, lines, policy):
    with in_parts(places["spark"], 2):
        agree(places, lines, policy, ["duck", "spark"])


def prices(count=300):
    """Amounts with up to twelve decimals and their intervals; every other one ends on a tie."""
    dice = random.Random(7)  # noqa: S311
    rows = []
    for at in range(count):
        interval = dice.choice(list(INTERVALS))
        times = dice.choice([1, 1, 2, 3, 7, 18])
        amount = Decimal(dice.randint(-(10**14), 10**14)).scaleb(-dice.randint(2, 12))
        if at % 2:  # an odd number of half minor units a month
            half = Fraction(2 * dice.randint(0, 10**6) + 1, 200)
            exact = half * times / INTERVALS[interval]
            amount = Decimal(exact.numerator) / Decimal(exact.denominator)
        if amount == round(amount, 12):
            rows.append((f"C{at}", interval, times, amount))
    return pd.DataFrame(rows, columns=["customer_id", "interval", "interval_count", "amount"])


@pytest.mark.parametrize("policy", [Policy(), Policy(weeks_per_month="365.25/84")])
def test_amounts_are_rounded_once_and_half_even_on_all_engines(places, policy):
    frame = prices().assign(start="2025-01-01")
    types = {"amount": "decimal(38, 12)", "start": "date"}
    made = on_all(places, frame, types, as_of="2025-01", currency="EUR", policy=policy)
    week = Fraction(policy.weeks_per_month.split("/")[0]) / int(
        policy.weeks_per_month.split("/")[1]
    )
    factors = {**INTERVALS, "week": week}
    wanted = {
        row.customer_id: half_even(
            Fraction(row.amount) * factors[row.interval] / row.interval_count * 100
        )
        for row in frame.itertuples()
    }
    for ledger in made.values():
        lines = ledger.lines()
        assert dict(zip(lines["customer"], lines["mrr"], strict=True)) == wanted


def test_floating_amounts_go_by_their_shortest_text(places):
    cents = [0.1, 0.005, 0.015, 1234567.89, 1e-7, 99.995, 2.675, -0.025]
    frame = pd.DataFrame(
        {"customer_id": [f"C{x}" for x in cents] + ["Z"], "start": "2025-01-01",
         "mrr": [*cents, 10.0]}
    )  # fmt: skip
    made = on_all(places, frame, {"start": "date"}, as_of="2025-01", currency="EUR")
    for ledger in made.values():
        lines = ledger.lines()
        found = dict(zip(lines["customer"], lines["mrr"], strict=True))
        assert found == {f"C{x}": half_even(Fraction(Decimal(repr(x))) * 100) for x in cents} | {
            "Z": 1000
        }


BAD = pd.DataFrame(
    [
        ("A", "1", "2025-01-01", "2025-03-01", "1200", "year", 1, "EUR", "active", "b"),
        ("A", "2", "2025-03-01", None, "150", "Monthly", 1, None, "purple", "a"),
        ("B", "3", "2025-02-10", None, "10", "week", 1, "EUR", "active", None),
        ("B", "3", "2025-02-10", None, "10", "week", 1, "EUR", "active", None),
        (" ", "4", "2025-01-01", None, "10", "month", 1, "EUR", "active", "a"),
        ("C", "5", None, None, "1", "month", 1, "EUR", "active", "a"),
        ("D", "6", "2025-01-05", "2024-01-01", "2", "month", 1, "EUR", "active", "a"),
        ("E", "7", "2025-02-01", None, None, "month", 1, "EUR", "active", "a"),
        ("F", "8", "2025-02-01", None, "10000000000000", "month", 1, "EUR", "active", "a"),
        ("G", "9", "2025-02-01", None, "5.50", "purple", 1, "EUR", "active", "a"),
        ("H", "10", "2025-02-01", None, "5", None, 1, "EUR", "active", "a"),
        ("I", "11", "2025-02-01", None, "5", "month", 0, "EUR", "active", "a"),
        ("J", "12", "2025-02-01", None, "5", "month", 1, "purple", "active", "a"),
        ("K", "13", "1969-12-31", None, "5", "month", 1, "EUR", "active", "a"),
        ("Ärger 'x\\", "14", "2025-01-31", "9999-12-31", "-5", "month", 1, "EUR", "active", "é"),
        ("a", "15", "2025-01-31", "2025-01-31", "0", "setup fee", 1, "EUR", "trial", "Z"),
    ],
    columns=[
        "customer_id", "subscription_id", "start", "end", "amount", "interval", "interval_count",
        "currency", "status", "plan",
    ],
)  # fmt: skip


def test_rows_that_are_no_lines_are_told_and_kept_apart(places):
    frame = BAD.assign(amount=[None if x is None else Decimal(x) for x in BAD["amount"]])
    types = {"start": "date", "end": "date", "amount": "numeric(30, 4)"}
    made = on_all(places, frame, types, as_of="2025-06", currency="EUR")
    told = {name: everything(ledger, ["plan"]) for name, ledger in made.items()}
    assert_same(told["duck"], told["postgres"])
    assert_same(told["duck"], told["spark"])
    ledger = made["spark"]
    reasons = dict(
        zip(ledger.rejected["customer_id"].fillna("?"), ledger.rejected["reason"], strict=True)
    )
    assert reasons == {
        "?": "customer-blank", "B": "duplicate", "C": "date-blank", "D": "end-before-start",
        "E": "amount-blank", "F": "amount-out-of-range", "G": "interval-unreadable",
        "H": "interval-blank", "I": "interval-count-unreadable", "J": "currency-unknown",
        "K": "date-out-of-range",
    }  # fmt: skip
    rejected = ledger.rejected.set_index("customer_id")
    assert rejected.loc["F", "amount"] == "10000000000000"
    assert rejected.loc["G", "amount"] == "5.5"
    assert len(ledger.rejected) + len(ledger.lines()) == len(BAD)
    said = {item.rule: item.value for item in ledger.findings}
    assert said["word-unknown"] == "'purple' in 1 row"
    assert said["currency-assumed"] == "1 row"
    assert said["date-far"] == said["amount-negative"] == said["amount-zero"] == "1 row"
    assert said["end-before-start"].startswith("1 row: ")


CALL = {"as_of": "2025-06", "currency": "EUR"}


@pytest.fixture(scope="module")
def billing(spark):
    """Three hundred customers with two lines each."""
    frame = pd.DataFrame(
        {
            "customer_id": [f"C{at % 300}" for at in range(600)],
            "start": pd.to_datetime(["2025-01-01"] * 300 + ["2025-04-01"] * 300),
            "end": pd.to_datetime(["2025-03-15"] * 300 + [None] * 300),
            "mrr": [float(at) for at in range(600)],
            "plan": ["a", "b", "c"] * 200,
        }
    )
    put("spark", spark, "billing", frame, {"start": "date", "end": "date"})
    return frame


class Watched:
    """A session that remembers how many rows it has given."""

    def __init__(self, session):
        self.session = session
        self.most = 0

    def __getattr__(self, name):
        return getattr(self.session, name)

    def frame(self, query):
        rows = self.session.frame(query)
        self.most = max(self.most, len(rows))
        return rows


def test_neither_lines_nor_customers_come_to_python(spark, billing, monkeypatch):
    engine = SparkEngine(spark)
    watched = Watched(engine._session)
    monkeypatch.setattr(engine, "_session", watched)
    ledger = Ledger.on(engine, "billing", **CALL)
    ledger.lives("plan")
    ledger.metrics(3)
    ledger.fingerprint()
    ledger.cohorts("plan")
    assert Ledger.read(spark.table("billing"), **CALL).fingerprint() == ledger.fingerprint()
    assert 0 < watched.most < 60
    moves = ledger.movements("plan")
    assert moves.closing_minor(pd.Period("2025-06")) == sum(range(300, 600)) * 100
    assert watched.most < 60


def test_rows_are_numbered_in_the_order_of_all_columns(spark, billing):
    engine = SparkEngine(spark)
    text = 'SELECT CAST(mrr AS VARCHAR) AS a, "customer_id" AS b FROM "billing"'
    with in_parts(spark, 3):
        taken = engine.take(text, "t")
    rows = taken.frame("SELECT * FROM t ORDER BY line_id")
    assert rows["line_id"].tolist() == list(range(1, 601))
    wanted = sorted(zip(billing["mrr"].astype(str), billing["customer_id"], strict=True))
    assert list(zip(rows["a"], rows["b"], strict=True)) == wanted
    empty = engine.take('SELECT "mrr" AS a FROM "billing" WHERE mrr < 0', "t")
    assert empty.frame("SELECT COUNT(*) AS n FROM t")["n"].tolist() == [0]


def test_nothing_is_left_of_a_ledger_that_is_forgotten(spark, billing):
    def ours():
        return spark.sql("SHOW VIEWS LIKE 'arrcast*'").collect()

    engine = SparkEngine(spark)
    gc.collect()
    engine.columns("billing")
    before = ours()
    ledger = Ledger.on(engine, "billing", **CALL)
    assert len(ours()) > len(before)
    del ledger
    gc.collect()
    engine.columns("billing")
    assert ours() == before
    assert spark.table("billing").count() == 600


def test_reliable_checkpoints_stand_in_their_directory(spark, billing, tmp_path):
    spark.sparkContext.setCheckpointDir(str(tmp_path))
    ledger = Ledger.on(SparkEngine(spark, checkpoint="reliable"), "billing", **CALL)
    assert len(ledger.movements().months) == 6
    assert list(tmp_path.rglob("part-*"))


def test_a_session_that_lets_sums_overflow_is_refused(spark):
    spark.conf.set("spark.sql.ansi.enabled", "false")
    try:
        with pytest.raises(InputError, match=r"set spark\.sql\.ansi\.enabled"):
            SparkEngine(spark)
    finally:
        spark.conf.set("spark.sql.ansi.enabled", "true")
    with pytest.raises(InputError, match="write 'local' or 'reliable'"):
        SparkEngine(spark, checkpoint="often")
    with pytest.raises(InputError, match="table nowhere cannot be read"):
        Ledger.on(SparkEngine(spark), "nowhere", **CALL)


def test_points_in_time_with_a_zone_are_refused(spark):
    spark.sql(
        "SELECT 'A' AS customer_id, TIMESTAMP '2025-01-01 23:30:00' AS start, 1 AS mrr"
    ).createOrReplaceTempView("zoned")
    with pytest.raises(InputError, match="a point in time, whose day hangs on a time zone"):
        Ledger.on(SparkEngine(spark), "zoned", **CALL)
    spark.sql(
        "SELECT 'A' AS customer_id, TIMESTAMP_NTZ '2025-01-31 23:30:00' AS start, 1 AS mrr"
    ).createOrReplaceTempView("local_time")
    ledger = Ledger.on(SparkEngine(spark), "local_time", **CALL)
    assert ledger.first_month == pd.Period("2025-01", "M")
