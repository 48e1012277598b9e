"""Movements by stage of the customers' lives, and what their ages move from one to the next."""

from collections import defaultdict

import pandas as pd
import pytest
import slow_ledger as slow
from hypothesis import given
from hypothesis import strategies as st
from test_history_currencies import FIRST, LAST, Slow, frame_of, rates_of
from test_history_currencies import ledgers as foreign_ledgers
from test_history_properties import AS_OF, examples, ledgers, policies, read

from history import FLOWS, InputError, Ledger, Policy
from history.months import text as month_text

LINES = pd.DataFrame(
    [
        ("A", "2024-01-10", "2025-02-10", 10000, "Basic"),
        ("A", "2025-01-20", None, 5000, "Pro"),
        ("B", "2024-02-01", "2024-12-01", 3000, "Basic"),
        ("B", "2025-02-01", None, 2000, "Basic"),
        ("C", "2024-12-05", None, 700, "Pro"),
    ],
    columns=["customer", "start_date", "end_date", "mrr", "plan"],
)
"""A grows in the month it turns 12 and shrinks in the next; B is away when it turns 12."""


def company(**more):
    return Ledger.from_lines(LINES, as_of="2025-03", currency="EUR", **more)


def cells(stages, frame=None):
    """(month, stage, movement) -> (customers, mrr) where there is anything."""
    frame = stages.minor if frame is None else frame
    return {
        (str(row.month), row.stage, row.movement): (int(row.customers), int(row.mrr))
        for row in frame.itertuples()
        if row.customers or row.mrr
    }


def test_a_customer_ages_from_one_stage_into_the_next():
    found = cells(company().stages(boundaries=(12,)))
    assert {key[1:]: value for key, value in found.items() if key[0] == "2025-01"} == {
        ("0-11", "opening"): (2, 10700),
        ("0-11", "aged_out"): (1, -10000),
        ("0-11", "closing"): (1, 700),
        ("12+", "aged_in"): (1, 10000),
        ("12+", "expansion"): (1, 5000),
        ("12+", "closing"): (1, 15000),
    }
    assert {key[1:]: value for key, value in found.items() if key[0] == "2025-02"} == {
        ("0-11", "opening"): (1, 700),
        ("0-11", "closing"): (1, 700),
        ("12+", "opening"): (1, 15000),
        ("12+", "reactivation"): (1, 2000),
        ("12+", "contraction"): (1, -10000),
        ("12+", "closing"): (2, 7000),
    }
    assert company().stages().stages == ("0-11", "12-23", "24-35", "36+")


def test_age_goes_on_where_a_returning_customer_counts_as_new():
    found = cells(company(policy=Policy(reactivation_window=1)).stages(boundaries=(12,)))
    assert found["2025-02", "12+", "new"] == (1, 2000)


def test_by_dimension_each_plan_ages_its_own():
    frame = company().stages("plan", boundaries=(12, 13)).minor
    march = frame[(frame["month"] == "2025-02") & (frame["mrr"] != 0)]
    told = {(r.plan, r.stage, r.movement): r.mrr for r in march.itertuples()}
    assert told["Basic", "12", "aged_out"] == -10000
    assert told["Basic", "13+", "contraction"] == -10000
    assert told["Pro", "13+", "aged_in"] == 5000
    total = company().stages("plan").to_frame().query("plan == 'total'").drop(columns="plan")
    assert total.reset_index(drop=True).equals(company().stages().to_frame())


def test_retention_by_stage_is_of_what_could_be_lost():
    rates = company().stages(boundaries=(12,)).retention(2).set_index(["month", "stage"])
    # Of 12+: 10,000 aged in for January and 15,000 opened February.
    assert rates.loc[("2025-02", "12+"), "gross"] == 1 - 10000 / 25000
    assert rates.loc[("2025-02", "12+"), "net"] == 1 - 5000 / 25000
    assert rates.loc[("2024-03", "12+")].isna().all()
    assert len(company().stages("plan").retention(1)) == 14 * 2 * 4
    assert company().stages().retention(100).empty
    with pytest.raises(InputError, match="1 month or more, not 0"):
        company().stages().retention(0)


@pytest.mark.parametrize("bounds", [(), (0, 12), (24, 12), (12, 12), (1.5,), (9999,), ("12",)])
def test_boundaries_that_do_not_rise_are_refused(bounds):
    with pytest.raises(InputError, match="stages end at ages in whole months"):
        company().stages(boundaries=bounds)


def test_a_dimension_called_stage_is_refused():
    book = Ledger.from_lines(LINES.assign(stage="x"), as_of="2025-03", currency="EUR")
    with pytest.raises(InputError, match="the dimension stage has the name of a column"):
        book.stages("stage")


def test_one_month_of_history_has_no_movements():
    assert company().at("2024-01").stages().to_frame().empty
    assert company().at("2024-01").stages().retention().empty


def stage_of(age, bounds):
    return sum(age >= bound for bound in bounds)


def expected(reference, policy, bounds, names, plan=None):
    """(month, stage, movement) -> (customers, mrr), every customer at every close."""
    table = defaultdict(lambda: [0, 0])
    inside = [m for m in reference.months if m > reference.first]
    for who in reference.balances:
        first = slow.first_close(reference, who)

        def place(month, first=first):
            passed = -1 if first is None or month < first else len(slow.months_to(first, month)) - 1
            return names[stage_of(passed, bounds)]

        def held(month, who=who):
            whole = reference.total(who, month)
            return whole if plan is None else reference.plan(who, month, plan)

        for month in inside:
            was, now = place(slow.previous(month)), place(month)
            before, after = held(slow.previous(month)), held(month)
            rows = [(was, "opening", before > 0, before), (now, "closing", after > 0, after)]
            if was != now:
                rows += [
                    (was, "aged_out", before > 0, -before),
                    (now, "aged_in", before > 0, before),
                ]
            if before != after:
                name = slow.classify(reference, who, month, policy.reactivation_window)
                rows.append((now, name or "expansion", 1, after - before))
            visit = reference.visit(who, month)
            passed = sum(visit.values()) if plan is None else visit.get(plan, 0)
            if passed:
                name = slow.arrival(reference, who, month, policy.reactivation_window)
                rows += [(now, name, 1, passed), (now, "churn", 1, -passed)]
            for stage, movement, customers, mrr in rows:
                table[month, stage, movement][0] += customers
                table[month, stage, movement][1] += mrr
    return {key: tuple(value) for key, value in table.items() if any(value)}


BOUNDS = st.sampled_from([(12, 24, 36), (1,), (1, 2, 3), (2, 5), (6, 7)])


@examples(12)
@given(ledgers, policies, BOUNDS)
def test_any_ledger_is_as_every_customer_at_every_close(lines, policy, bounds):
    ledger = read(lines, policy=policy)
    reference = slow.read(lines, AS_OF, policy)
    stages, by_plan = ledger.stages(boundaries=bounds), ledger.stages("plan", boundaries=bounds)
    assert cells(stages) == expected(reference, policy, bounds, stages.stages)
    for plan in reference.every_plan:
        part = by_plan.minor[by_plan.minor["plan"] == plan]
        assert cells(by_plan, part) == expected(reference, policy, bounds, stages.stages, plan)
    check_sums(ledger, stages)
    check_cohorts(ledger, stages, bounds)


def check_sums(ledger, stages):
    """Each stage adds up; over the stages it is the company, and ageing is nothing."""
    frame = stages.minor
    if ledger.first_month == ledger.as_of:  # one month of history has no movements
        assert frame.empty
        return
    wide = frame.pivot_table(
        index=["month", "stage"], columns="movement", values=["mrr", "customers"], sort=False
    )
    flows = wide["mrr"][["opening", "aged_in", "aged_out", *FLOWS]].sum(axis=1)
    assert (flows == wide["mrr"]["closing"]).all()
    counts = wide["customers"]
    came = counts["aged_in"] + counts["new"] + counts["reactivation"]
    gone = counts["aged_out"] + counts["churn"]
    assert (counts["opening"] + came - gone == counts["closing"]).all()
    moves = ledger.movements().minor.dropna().set_index(["month", "movement"])
    total = frame.groupby(["month", "movement"])[["customers", "mrr"]].sum()
    same = [key for key in total.index if key[1] in moves.index.levels[1]]
    assert (total.loc[same, "mrr"] == moves.loc[same, "mrr"]).all()
    assert (total.loc[same, "customers"] == moves.loc[same, "customers"]).all()
    aged = frame[frame["movement"].isin(["aged_in", "aged_out"])]
    assert (aged.groupby("month")["mrr"].sum() == 0).all()


def check_cohorts(ledger, stages, bounds):
    """The closing of a stage is that of the cohorts of its ages."""
    cohorts = ledger.cohorts().minor
    cohorts["month"] = cohorts["cohort"] + cohorts["age"]
    cohorts["stage"] = [stages.stages[stage_of(age, bounds)] for age in cohorts["age"]]
    wanted = cohorts.groupby(["month", "stage"])["customers"].sum()
    closing = stages.minor.query("movement == 'closing'").set_index(["month", "stage"])
    assert (closing["customers"] == wanted.reindex(closing.index, fill_value=0)).all()


def expected_of_currencies(reference, bounds, names, plans):
    """(month, stage, movement) -> mrr at the rates of each close."""
    table = defaultdict(int)
    every = reference.movements()
    for who in "ABC":
        ages = [at for at in range(FIRST, LAST + 1) if every[at, who, ""]["closing"] > 0]
        first = ages[0] if ages else LAST + 1
        for at in range(FIRST + 1, LAST + 1):
            was, now = (names[stage_of(month - first, bounds)] for month in (at - 1, at))
            for plan in plans:
                for name, amount in every[at, who, plan].items():
                    table[month_text(at), was if name == "opening" else now, name] += amount
                    if name == "opening" and was != now:
                        table[month_text(at), was, "aged_out"] -= amount
                        table[month_text(at), now, "aged_in"] += amount
    return {key: amount for key, amount in table.items() if amount}


@examples(10)
@given(foreign_ledgers(), st.sampled_from([(1,), (2, 3), (1, 2, 4)]))
def test_rates_by_close_move_each_stage(made, bounds):
    lines, rates = made
    ledger = Ledger.from_lines(
        frame_of(lines), as_of=month_text(LAST), currency="EUR", fx=rates_of(rates)
    )
    reference = Slow(lines, rates)
    stages, by_plan = ledger.stages(boundaries=bounds), ledger.stages("plan", boundaries=bounds)
    for plan in ("", *ledger.segments("plan").labels):
        frame = by_plan.minor[by_plan.minor["plan"] == plan] if plan else stages.minor
        told = {key: mrr for key, (_, mrr) in cells(stages, frame).items() if mrr}
        assert told == expected_of_currencies(reference, bounds, stages.stages, [plan])
    check_sums(ledger, stages)
    check_cohorts(ledger, stages, bounds)


def test_one_rate_for_each_start_moves_no_stage():
    lines = LINES.assign(currency=["USD", "USD", "USD", "EUR", "EUR"])
    rates = pd.DataFrame(
        {"month": pd.period_range("2024-01", "2025-03", freq="M").astype(str), "currency": "USD"}
    ).assign(rate=[str(0.9 + 0.01 * at) for at in range(15)])
    rated = {"as_of": "2025-03", "currency": "EUR", "fx": rates}
    lines = lines.assign(mrr=lines["mrr"] / 100)
    kept = Ledger.read(lines, policy=Policy(currency="at_start"), **rated).stages(boundaries=(12,))
    assert not kept.matrix("fx", "0-11").any(axis=None)
    found = cells(kept)
    assert found["2025-01", "12+", "aged_in"] == (1, 9000)
    moving = cells(Ledger.read(lines, **rated).stages(boundaries=(12,)))
    # 10,000 at 1.01 in December; a month later worth 1.02, and 5,000 at 1.02 more.
    assert moving["2025-01", "12+", "aged_in"] == (1, 10100)
    assert moving["2025-01", "12+", "fx"] == (1, 100)
    assert moving["2025-01", "12+", "closing"] == (1, 15300)
