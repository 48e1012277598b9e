"""Drivers of new business against hand-computed cases."""

import numpy as np
import pandas as pd
import pytest
from scenarios_toy import ToyForecaster

from forecast.outlook import Outlook
from forecast.prospects import expected
from history.errors import InputError
from history.sales_capacity import capacity_of_team
from scenarios import (
    Change,
    Deal,
    Discount,
    ListPrice,
    Marketing,
    Pipeline,
    Referral,
    SalesCapacity,
    Scenario,
    Seasonality,
    run,
)
from scenarios.changes.compile import compile_levers

MONTHS = 18


def levers_of(forecaster, *changes):
    ahead = forecaster.months_ahead(months=MONTHS)
    return compile_levers(Scenario("S").add(*changes), forecaster, ahead)


def flat(forecaster, value=1.0):
    return np.full((MONTHS, len(forecaster.segments)), value)


@pytest.mark.parametrize(
    "nothing",
    [
        SalesCapacity(reps=8),
        SalesCapacity(reps=8, hires={"2026-10": 2}, leavers={"2026-10": 2}, ramp=(1.0,)),
        Marketing(spend=40_000, reference=40_000, returns=0.5),
        Referral(rate=0),
        ListPrice(uplift=0, elasticity=2),
        Discount(discount=0, elasticity=2),
        Seasonality(factors=(1.0,) * 12),
        Pipeline(deals=[Deal(name="A", mrr=1000, closes="2026-09", probability=0)]),
    ],
)
def test_what_changes_nothing_is_the_base_bit_for_bit(by_size, nothing):
    runs = run([Scenario("Base"), Scenario("Same").add(nothing)], by_size, months=12, paths=40)
    base, same = (runs[name].projection for name in ("Base", "Same"))
    for name in base.flows:
        assert np.array_equal(base.flows[name], same.flows[name])


def test_capacity_by_hand():
    """Seven ramped at 85 % of 150K, three hired, a quarter at 0, 25, 50, 100 %."""
    team = SalesCapacity(
        reps=7, hires={"2026-07": 3}, quota=600_000, quota_in="MRR", attainment=0.85
    )
    months = pd.period_range("2026-07", periods=12, freq="M")
    by_quarter = team.capacity(months).reshape(4, 3).sum(axis=1)
    wanted = [
        capacity_of_team([7, 3], 150_000, [0.85, 0.85 * share]) for share in (0, 0.25, 0.5, 1)
    ]
    assert by_quarter == pytest.approx(wanted)
    in_arr = SalesCapacity(reps=7, hires={"2026-07": 3}, quota=7_200_000, attainment=0.85)
    assert in_arr.capacity(months) == pytest.approx(team.capacity(months))
    season = (0.5,) * 6 + (1.5,) * 6
    seasonal = SalesCapacity(reps=7, quota=600_000, quota_in="MRR", seasonality=season)
    assert seasonal.capacity(months)[[0, 6]] == pytest.approx([1.5 * 350_000, 0.5 * 350_000])


def test_who_was_hired_lately_is_still_ramping():
    team = SalesCapacity(reps=4, hires={"2026-05": 4}, quota=12, quota_in="MRR")
    months = pd.period_range("2026-07", periods=12, freq="M")
    assert team.capacity(months) == pytest.approx([4, *[5] * 3, *[6] * 3, *[8] * 5])


def test_capacity_takes_the_place_of_new_business(by_size):
    outlook = Outlook.of(by_size, MONTHS)
    today = float(outlook.new_mrr.sum(axis=1).mean())
    team = SalesCapacity(reps=10, quota=today * 12 / 10, quota_in="MRR")
    levers = levers_of(by_size, team)
    after = Outlook.of(by_size, MONTHS, levers)
    assert after.new_mrr.sum(axis=1) == pytest.approx(np.full(MONTHS, today))
    # The mix of segments in each month stays that of the forecast.
    mix = outlook.new_mrr / outlook.new_mrr.sum(axis=1, keepdims=True)
    assert after.new_mrr / today == pytest.approx(mix)


def test_a_bought_book_is_none_of_the_teams_business(by_size):
    bought = [
        Change(lever="acquired_customers", plus=60, months="2026-09"),
        Change(lever="acquired_mrr", plus=9_000, months="2026-09"),
    ]
    plain, there = (Outlook.of(by_size, MONTHS, levers_of(by_size, *c)) for c in ([], bought))
    assert np.array_equal(there.new_customers, plain.new_customers)
    more = (there.new_mrr - plain.new_mrr).sum(axis=1)
    assert more == pytest.approx([0, 0, 9_000, *[0] * (MONTHS - 3)], abs=1e-6)
    won = (there.customers - plain.customers).sum(axis=1)
    assert won[:4] == pytest.approx([0, 0, 0, 60], abs=1)
    team = SalesCapacity(reps=10, quota=120_000)
    alone, beside = (levers_of(by_size, *c, team).maps["new_customers"] for c in ([], bought))
    assert beside.scale == pytest.approx(alone.scale)


def test_what_is_put_by_hand_is_what_is_expected(by_size):
    by_hand = [
        Change(lever="churn_mrr", set=4_000, months="2026-08"),
        Change(lever="new_mrr", set=30_000, months="2026-08"),
    ]
    levers = levers_of(by_size, *by_hand)
    outlook = Outlook.of(by_size, MONTHS, levers)
    churned = (outlook.churn * outlook.opening).sum(axis=1)
    assert churned[1] == pytest.approx(4_000)
    assert outlook.new_mrr.sum(axis=1)[1] == pytest.approx(30_000)
    made = by_size.project(months=MONTHS, paths=200, levers=levers)
    assert -made.draws("churn").mean(axis=0)[1] == pytest.approx(churned[1], rel=1e-6)
    assert made.draws("new").mean(axis=0)[1] == pytest.approx(30_000, rel=1e-6)


def test_capacity_of_one_segment_leaves_the_others(by_size):
    team = SalesCapacity(reps=2, quota=120_000, where={"size": "Enterprise"}, months="2026-10/")
    levers = levers_of(by_size, team)
    before, after = Outlook.of(by_size, MONTHS), Outlook.of(by_size, MONTHS, levers)
    assert after.new_mrr[3:, 0] == pytest.approx(np.full(MONTHS - 3, 2 * 120_000 / 12 / 12))
    assert np.array_equal(after.new_mrr[:3], before.new_mrr[:3])
    assert np.array_equal(after.new_mrr[:, 1:], before.new_mrr[:, 1:])


def test_without_a_quota_new_business_follows_the_heads(by_size):
    levers = levers_of(
        by_size, SalesCapacity(reps=10, leavers={"2026-09": 2}, hires={"2026-12": 4})
    )
    factor = levers.apply("new_customers", flat(by_size))[:, 0]
    assert factor[:5] == pytest.approx([1, 1, 0.8, 0.8, 0.8])
    assert factor[5:12] == pytest.approx([0.8] * 3 + [0.9] * 3 + [1.0])
    assert factor[14] == pytest.approx(1.2)


def test_people_cost_from_the_month_they_come(by_size):
    team = SalesCapacity(
        reps=5, hires={"2026-05": 1, "2026-08": 2}, leavers={"2026-10": 3}, cost=120_000
    )
    costs = team.costs(by_size, by_size.months_ahead(months=5))
    assert costs["sales"].tolist() == [0, 20_000, 20_000, -10_000, -10_000]


@pytest.mark.parametrize(
    ("team", "said"),
    [
        (SalesCapacity(reps=2, leavers={"2026-09": 3}), "in 2026-09 more leave than are there"),
        (SalesCapacity(reps=2, leavers={"2026-06": 1}), "2026-06 is past"),
        (SalesCapacity(reps=2, months="2031-01"), "is projected"),
    ],
)
def test_a_team_that_cannot_be_is_refused(by_size, team, said):
    with pytest.raises(InputError, match=said):
        levers_of(by_size, team)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: SalesCapacity(reps=2, attainment=0.8), "says nothing without a quota"),
        (lambda: SalesCapacity(reps=2, hires={"2026-13": 1}), "is not a month"),
        (lambda: SalesCapacity(reps=2, quota=1, seasonality=(2.0,) * 12), "average 2, not 1"),
        (lambda: Marketing(spend=1, returns=0.5), "needs reference or cac: neither"),
        (lambda: Marketing(spend=1, returns=0.5, cac=1, reference=1), "both are given"),
        (lambda: Marketing(spend=1, returns=0, cac=1), "greater than 0"),
        (lambda: Pipeline(deals=[]), "at least 1 item"),
        (lambda: Pipeline(deals=[Deal(name="A", closes="2026-09", stage="x")]), "needs mrr or arr"),
        (
            lambda: Pipeline(
                deals=[Deal(name="A", mrr=1, closes="2026-09", stage="ofer")], stages={"offer": 1}
            ),
            "Did you mean 'offer'",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_marketing_has_diminishing_returns(by_size):
    change = Marketing(spend=40_000, reference=10_000, returns=0.5, share=0.5, months="2026-08/")
    factor = levers_of(by_size, change).apply("new_customers", flat(by_size))[:, 1]
    assert factor[:3] == pytest.approx([1, 0.5 + 0.5 * 2, 1.5])
    costs = change.costs(by_size, by_size.months_ahead(months=3))
    assert costs["marketing"].tolist() == [0, 30_000, 30_000]


def test_spend_behind_the_forecast_follows_from_cac(by_size):
    won = Outlook.of(by_size, 12).new_customers.sum() / 12
    same = Marketing(spend=800 * won, cac=800, returns=0.4)
    factor = levers_of(by_size, same).apply("new_customers", flat(by_size))
    assert factor == pytest.approx(flat(by_size))
    steps = Marketing(spend={"2026-09": 1600 * won, "2026-11": 0}, cac=800, returns=1)
    factor = levers_of(by_size, steps).apply("new_customers", flat(by_size))[:, 0]
    assert factor[:6] == pytest.approx([1, 1, 2, 2, 0, 0])


def test_referrals_compound(by_size):
    levers = levers_of(by_size, Referral(rate=0.01))
    added = levers.apply("new_customers", flat(by_size, 0.0))
    outlook = Outlook.of(by_size, MONTHS, levers)
    assert added == pytest.approx(0.01 * outlook.customers, rel=1e-7)
    assert (outlook.customers[-1] > Outlook.of(by_size, MONTHS).customers[-1]).all()
    paid = Referral(rate=0.01, reward=30).costs(by_size, by_size.months_ahead(months=MONTHS))
    assert paid["marketing"] == pytest.approx(30 * added.sum(axis=1))


def test_list_price_and_discount_by_hand(by_size):
    levers = levers_of(by_size, ListPrice(uplift=0.25, elasticity=1.0))
    assert levers.apply("new_arpa", flat(by_size))[0, 0] == pytest.approx(1.25)
    assert levers.apply("new_customers", flat(by_size))[0, 0] == pytest.approx(0.8)
    # Half of the deals at half the price, at elasticity 2 four times as many of them.
    levers = levers_of(by_size, Discount(discount=0.5, share=0.5, elasticity=2))
    number = levers.apply("new_customers", flat(by_size))[0, 0]
    paid = levers.apply("new_arpa", flat(by_size))[0, 0]
    assert number == pytest.approx(0.5 + 0.5 * 4)
    assert number * paid == pytest.approx(0.5 + 0.5 * 4 * 0.5)
    assert ListPrice(uplift=0.1).drives == ("new_arpa",)


def test_a_season_moves_calendar_months(by_size):
    factors = tuple(0.5 if month < 6 else 1.5 for month in range(12))
    levers = levers_of(by_size, Seasonality(factors=factors, months="2026-10/"))
    factor = levers.apply("new_customers", flat(by_size))[:, 0]
    assert factor[:9].tolist() == [1, 1, 1, 1.5, 1.5, 1.5, 0.5, 0.5, 0.5]


def test_a_pipeline_by_hand():
    toy = ToyForecaster()
    pipeline = Pipeline(
        deals=[
            Deal(name="North", mrr=1_000, closes="2026-08", probability=0.5),
            Deal(name="South", arr=24_000, closes="2026-09", stage="offer"),
            Deal(name="Later", mrr=9_000, closes="2029-09", stage="demo"),
        ],
        stages={"demo": 0.1, "offer": 0.6},
        slips=0.25,
        slip_months=2,
        rest=0.4,
    )
    levers = levers_of(toy, pipeline)
    people, mrr, _ = expected(levers.prospects, MONTHS, 3)
    won = mrr.sum(axis=1)
    assert won[:6] == pytest.approx([0, 0.75 * 500, 0.75 * 1_200, 0.25 * 500, 0.25 * 1_200, 0])
    assert mrr[1] == pytest.approx(won[1] * np.array([0.5, 1 / 3, 1 / 6]))
    assert people.sum(axis=1)[:3] == pytest.approx([0, 0.75 * 0.5, 0.75 * 0.6])
    half = pipeline.model_copy(update={"chances": 0.5})
    assert expected(levers_of(toy, half).prospects, MONTHS, 3)[1] == pytest.approx(mrr / 2)
    sure = pipeline.model_copy(update={"chances": 10.0})
    assert {one.chance for one in levers_of(toy, sure).prospects} == {1.0}
    customers = levers.apply("new_customers", flat(toy))[:, 0]
    assert customers[:3].tolist() == [1, 0.4, 0.4]
    assert pipeline.drives == ("one_off", "new_customers")


def test_a_deal_of_the_past_is_named():
    pipeline = Pipeline(deals=[Deal(name="Old", mrr=1, closes="2026-06", probability=1)])
    with pytest.raises(InputError, match="Old: closes before 2026-07"):
        levers_of(ToyForecaster(), pipeline)


def test_the_paths_win_what_the_team_can_sell(by_size):
    team = SalesCapacity(reps=9, hires={"2026-08": 3}, quota=400_000)
    made = run(Scenario("Team").add(team), by_size, months=12, paths=2_000)["Team"].projection
    months = by_size.months_ahead(months=12)
    won = made.draws("new").mean(axis=0)
    assert won.sum() == pytest.approx(team.capacity(months).sum(), rel=0.02)
    assert won[-1] > 1.1 * won[0]
