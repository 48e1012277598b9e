"""Levers that act inside the engine: first months, contracts, bought books, amounts by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_forecast_engine import ALL, MONTHS, PATHS, SEGMENTS, beliefs, projection

from forecast.engine import FLOWS
from forecast.levers import BY_HAND, FROM_NOTHING, Levers
from history.errors import InputError


def moved(name, weight=ALL, **change):
    return Levers.none().then(name, **change, weight=weight)


def in_month(m, segment=0):
    weight = np.zeros((MONTHS, SEGMENTS))
    weight[m, segment] = 1.0
    return weight


def calm(**changed):
    """Nothing moves but what a test asks for."""
    still = np.zeros((SEGMENTS, MONTHS, PATHS), dtype=np.float32)
    given = {"new_customers": still, "expansion": still, "contraction": still}
    return beliefs(**{**given, "reactivation": still, **changed})


def test_without_loss_in_the_first_months_only_the_young_stay_longer():
    base = calm()  # one cell of the large segment is a month old, the other is old
    plain, kept = projection(base), projection(base, moved("onboarding", times=0))
    lost = [x.counts["churned_customers"].mean(axis=0)[:, 0] for x in (plain, kept)]
    assert np.allclose(lost[1][:2], lost[0][:2] / 2, rtol=0.25)  # ages 2 and 3: half of them
    assert (lost[1][2:4] >= lost[0][2:4] * 0.9).all()
    assert np.array_equal(
        plain.counts["churned_customers"][:, :, 1], kept.counts["churned_customers"][:, :, 1]
    )


def test_who_comes_later_is_kept_in_the_first_months_too():
    won = np.zeros((SEGMENTS, MONTHS, PATHS), dtype=np.float32)
    won[0, 0] = 50.0
    base = calm(customers=(1.0, 1.0), new_customers=won, rounding=np.zeros_like(won), hazard=0.2)
    kept = projection(base, moved("onboarding", times=0))
    lost = kept.counts["churned_customers"].mean(axis=0)[:, 0]
    assert lost[1:4].sum() < 2.5  # of the one who was there
    assert lost[4] == pytest.approx(10, rel=0.1)


def test_onboarding_acts_on_top_of_churn():
    base = calm()
    halves = moved("churn", times=0.5).then("onboarding", times=2, weight=ALL)
    twice = projection(base, halves).counts["churned_customers"][:, 0, 0].mean()
    plain = projection(base).counts["churned_customers"][:, 0, 0].mean()
    assert twice == pytest.approx(plain * 0.75, rel=0.1)  # the young as before, the old half


def terms(base):
    """The large segment's new customers: half monthly, half for a year."""
    entrants = base.entrants
    yearly = np.where(np.arange(1, MONTHS + 1) % 12 == 0, 0.5, 0.0)
    return replace(
        base,
        entrants=replace(
            entrants,
            segment=np.array([0, 0, 1]),
            customers=np.array([0.5, 0.5, 1.0]),
            mrr=np.array([0.4, 0.6, 1.0]),
            hazard=np.stack([np.full(MONTHS, 0.2), yearly, np.full(MONTHS, 0.2)]),
            annual=np.array([False, True, False]),
        ),
    )


def test_more_annual_contracts_lose_fewer_of_the_new():
    won = np.zeros((SEGMENTS, MONTHS, PATHS), dtype=np.float32)
    won[:, 0] = 200.0
    base = terms(calm(customers=(1.0, 1.0), new_customers=won, rounding=np.zeros_like(won)))

    def lost(levers=None):
        return projection(base, levers).counts["churned_customers"][:, 1].mean(axis=0)

    assert lost()[0] == pytest.approx(20, rel=0.1)
    assert lost(moved("annual_share", set=1.0))[0] < 0.5
    assert lost(moved("annual_share", set=0.0))[0] == pytest.approx(40, rel=0.1)
    assert lost(moved("annual_share", times=1.0))[0] == lost()[0]
    # A segment that knows one kind of contract only has nothing to move.
    assert lost(moved("annual_share", set=1.0))[1] == lost()[1]


def test_a_bought_book_comes_whole_and_leaves_at_its_own_rate():
    base = calm()
    levers = moved("acquired_customers", set=100.0, weight=in_month(3))
    levers = levers.then("acquired_mrr", set=20_000.0, weight=in_month(3))
    plain, bought = projection(base), projection(base, levers)
    assert np.allclose(bought.flows["new"][:, 3, 0] - plain.flows["new"][:, 3, 0], 20_000)
    assert (bought.counts["new_customers"] - plain.counts["new_customers"])[:, 3, 0].mean() == 100
    # Customers are whole: what comes is what is expected to be there and to leave.
    whole = projection(base, levers.then("acquired_customers", plus=0.4, weight=in_month(3)))
    assert np.array_equal(whole.closing, bought.closing)
    kept = projection(base, levers.then("acquired_churn", set=0.0, weight=ALL))
    gone = projection(base, levers.then("acquired_churn", set=0.3, weight=ALL))

    def more(one):
        return (one.closing - plain.closing)[:, -1, 0].mean()

    years = 0.97 ** (MONTHS - 4)
    assert more(bought) == pytest.approx(20_000 * years, rel=0.1)
    assert more(kept) > 19_000
    assert more(gone) < 5_000


@pytest.mark.parametrize("name", BY_HAND)
def test_an_amount_put_by_hand_is_there_on_every_path_and_all_adds_up(name):
    base = beliefs()
    result = projection(base, moved(name, set=500.0, weight=in_month(4)))
    flow = result.flows[name.removesuffix("_mrr")]
    sign = -1.0 if name in {"contraction_mrr", "churn_mrr"} else 1.0
    assert np.allclose(flow[:, 4, 0], sign * 500.0)
    net = sum(result.flows[each] for each in FLOWS)
    assert np.allclose(result.closing, result.opening + np.cumsum(net, axis=1), atol=1e-7)
    for each, count in projection(base).counts.items():
        assert np.array_equal(count, result.counts[each])


def test_no_more_can_be_lost_by_hand_than_is_there():
    result = projection(beliefs(), moved("churn_mrr", set=1e12))
    assert (result.closing >= -1e-6).all()


@pytest.mark.parametrize("name", FROM_NOTHING)
def test_what_starts_from_nothing_has_no_factor(name):
    with pytest.raises(InputError, match="forecast is 0"):
        Levers.none().then(name, times=2.0)
