"""The engine on plain arrays: identities on every path, limiting cases, shared luck."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.beliefs import LUCK, Beliefs, Cells, Entrants
from forecast.engine import simulate
from forecast.levers import Levers
from forecast.projection import MEASURES, QUANTILES, Projection
from history.errors import InputError, UnknownNameError
from history.segments import Segments

SEGMENTS, MONTHS, PATHS = 2, 12, 200
ALL = np.ones((MONTHS, SEGMENTS))


def beliefs(seed=3, customers=(300.0, 4.0), hazard=0.03, **changed) -> Beliefs:
    """Two segments, one of them tiny; at will; every flow alive."""
    rng = np.random.default_rng(seed)

    def full(value):
        return np.full((SEGMENTS, MONTHS, PATHS), float(value))

    def normals():
        return rng.standard_normal((SEGMENTS, MONTHS, PATHS))

    customers = np.array(customers)
    made = Beliefs(
        opening=100.0 * customers,
        customers=customers,
        lapsed=np.array([120.0, 0.0]),
        cells=Cells(
            segment=np.array([0, 0, 1]),
            customers=customers[[0, 0, 1]] * [0.5, 0.5, 1.0],
            mrr=100.0 * customers[[0, 0, 1]] * [0.5, 0.5, 1.0],
            hazard=np.full((3, MONTHS), hazard),
            renewal=np.zeros(3, dtype=int),
            at_will=np.ones(3, dtype=bool),
            age=np.array([1, 30, 30]),
        ),
        entrants=Entrants(
            segment=np.array([0, 1]),
            customers=np.ones(2),
            mrr=np.ones(2),
            hazard=np.full((2, MONTHS), hazard),
            calendar=np.ones((SEGMENTS, MONTHS)),
            annual=np.zeros(2, dtype=bool),
        ),
        notice=np.zeros((SEGMENTS, MONTHS)),
        notice_mrr=np.zeros((SEGMENTS, MONTHS)),
        under_notice=np.zeros(SEGMENTS),
        new_customers=np.abs(6 + 2 * normals()),
        rounding=rng.random((SEGMENTS, MONTHS, PATHS)),
        new_arpa=full(120),
        churn=np.exp(0.1 * normals()),
        lost_size=np.ones(2),
        expansion=full(0.02),
        contraction=full(0.01),
        reactivation=full(0.02),
        returning_size=np.ones(2),
        memory=1.0,
        scatter={
            "new": np.full(2, 1.0),
            "churn": np.full(2, 1.0),
            "reactivation": np.full(2, 1.0),
            "expansion": np.full(2, 40.0),
            "contraction": np.full(2, 40.0),
        },
        noise={name: np.full(2, 0.05) for name in ("new", "expansion", "contraction")},
        luck={name: normals() for name in LUCK},
    )
    return replace(made, **changed)


def projection(base: Beliefs, levers: Levers | None = None) -> Projection:
    played = simulate(base, levers or Levers.none())
    return Projection(
        segments=Segments(("size",), (("Big",), ("Small",))),
        months=pd.period_range("2026-07", periods=base.shape[1], freq="M"),
        currency="EUR",
        as_of=pd.Period("2026-06", "M"),
        opening=base.opening,
        opening_customers=base.customers,
        flows=MappingProxyType({n: a.transpose(2, 1, 0) for n, a in played.flows.items()}),
        counts=MappingProxyType({n: a.transpose(2, 1, 0) for n, a in played.counts.items()}),
        played=played,
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.floats(0, 1), st.floats(0, 3), st.floats(0, 0.5))
def test_every_path_adds_up_and_nothing_falls_below_nought(seed, hazard, factor, shrink):
    base = beliefs(seed, hazard=hazard)
    levers = Levers.none().then("churn", times=factor, weight=ALL)
    result = projection(base, levers.then("contraction", plus=shrink, weight=ALL))
    net = sum(result.flows.values())
    opening = result.opening
    for month in range(MONTHS):
        closing = opening + net[:, month]
        assert np.allclose(closing, result.closing[:, month], rtol=1e-12, atol=1e-8)
        assert (closing >= -1e-8).all()
        lost = -(result.flows["churn"] + result.flows["contraction"])[:, month]
        assert (lost <= opening + 1e-8).all()
        opening = closing
    assert (result.customers >= 0).all()
    for count in result.counts.values():
        assert (count == np.floor(count)).all()
        assert (count >= 0).all()


def test_who_has_no_customers_left_pays_nothing():
    base = beliefs(hazard=1.0, new_customers=np.zeros((SEGMENTS, MONTHS, PATHS)))
    result = projection(base, Levers.none().then("reactivation", set=0, weight=ALL))
    assert (result.customers == 0).all()
    assert np.abs(result.closing).max() < 1e-9


def test_the_base_equals_itself_bit_for_bit_whatever_ran_between():
    base = beliefs()
    first = projection(base)
    projection(base, Levers.none().then("churn", times=3, weight=ALL))
    again = projection(base)
    neutral = projection(base, Levers.none().then("churn", times=1, weight=ALL))
    for name, flow in first.flows.items():
        assert np.array_equal(flow, again.flows[name])
        assert np.array_equal(flow, neutral.flows[name])


def test_a_little_more_churn_is_a_little_less_revenue():
    base = beliefs()
    means = [
        projection(base, Levers.none().then("churn", times=1 + step / 50, weight=ALL))
        .draws("mrr")[:, -1]
        .mean()
        for step in range(6)
    ]
    steps = np.diff(means)
    assert (steps < 0).all()
    assert steps.std() < 0.35 * np.abs(steps).mean()


def test_no_churn_and_no_new_customers():
    base = beliefs()
    kept = projection(base, Levers.none().then("churn", times=0, weight=ALL))
    assert (kept.counts["churned_customers"] == 0).all()
    assert (kept.flows["churn"] == 0).all()
    none = projection(base, Levers.none().then("new_customers", set=0, weight=ALL))
    assert (none.counts["new_customers"] == 0).all()
    assert (none.flows["new"] == 0).all()
    some = projection(base, Levers.none().then("new_customers", set=5, weight=ALL))
    assert (some.counts["new_customers"] == 5).all()


def test_churn_set_to_a_share_is_that_share():
    base = beliefs(customers=(30_000.0, 4000.0), churn=np.ones((SEGMENTS, MONTHS, PATHS)))
    result = projection(base, Levers.none().then("churn", set=0.1, weight=ALL))
    first = result.counts["churned_customers"][:, 0].mean(axis=0) / base.customers
    assert first == pytest.approx([0.1, 0.1], rel=0.02)
    money = -result.flows["churn"][:, 0].mean(axis=0) / base.opening
    assert money == pytest.approx([0.1, 0.1], rel=0.05)


def test_a_price_step_is_expansion_of_the_opening_once():
    base = beliefs(customers=(300.0, 40.0))
    weight = ALL.copy()
    weight[:4] = 0
    priced = projection(base, Levers.none().then("price", set=1.05, weight=weight))
    plain = projection(base)
    more = priced.flows["expansion"] - plain.flows["expansion"]
    opening = plain.closing[:, 3]
    assert np.allclose(more[:, :4], 0)
    assert np.allclose(more[:, 4], 0.05 * opening)
    assert (more[:, 5:] < 0.01 * priced.closing[:, 4:-1]).all()
    cheaper = projection(base, Levers.none().then("price", set=0.9, weight=weight))
    less = cheaper.flows["contraction"] - plain.flows["contraction"]
    assert np.allclose(less[:, 4], -0.1 * opening)
    assert np.allclose(cheaper.flows["expansion"][:, 4], plain.flows["expansion"][:, 4])


def test_a_single_win_and_a_single_loss():
    base, month = beliefs(), np.zeros((MONTHS, SEGMENTS))
    month[2, 0] = 1
    plain = projection(base)
    won = projection(base, Levers.none().then("one_off", plus=5000, weight=month))
    assert np.allclose((won.flows["new"] - plain.flows["new"])[:, 2, 0], 5000)
    lost = projection(base, Levers.none().then("one_off", plus=-5000, weight=month))
    assert np.allclose((lost.flows["churn"] - plain.flows["churn"])[:, 2, 0], -5000)
    everything = projection(base, Levers.none().then("one_off", plus=-1e9, weight=month))
    assert (everything.closing >= -1e-6).all()


def test_what_is_under_contract_is_certain_until_its_term():
    hazard = np.zeros((3, MONTHS))
    hazard[:, 8] = 0.3
    cells = replace(beliefs().cells, hazard=hazard)
    base = beliefs(cells=cells, new_customers=np.zeros((SEGMENTS, MONTHS, PATHS)))
    result = projection(base, Levers.none().then("reactivation", set=0, weight=ALL))
    churned = result.draws("churned_customers")
    assert (churned[:, :8] == 0).all()
    assert churned[:, 8].std() > 0
    assert churned[:, 8].mean() == pytest.approx(0.3 * 304, rel=0.05)


def test_notices_are_certain_and_a_lever_on_churn_keeps_its_share_of_them():
    notice = np.zeros((SEGMENTS, MONTHS))
    notice[0, 3] = 40
    quiet = replace(beliefs().cells, hazard=np.zeros((3, MONTHS)))
    base = beliefs(
        cells=quiet,
        notice=notice,
        notice_mrr=100 * notice,
        new_customers=np.zeros((SEGMENTS, MONTHS, PATHS)),
        reactivation=np.zeros((SEGMENTS, MONTHS, PATHS)),
    )
    plain = projection(base).counts["churned_customers"][:, :, 0]
    assert (plain[:, 3] == 40).all()
    assert (plain[:, :3] == 0).all()
    half = projection(base, Levers.none().then("churn", times=0.5, weight=ALL))
    assert (half.counts["churned_customers"][:, 3, 0] == 20).all()
    none = projection(base, Levers.none().then("churn", times=0, weight=ALL))
    assert (none.counts["churned_customers"] == 0).all()


def test_expected_customers_follow_the_hazards():
    base = beliefs(
        customers=(20_000.0, 5000.0),
        churn=np.ones((SEGMENTS, MONTHS, PATHS)),
        new_customers=np.full((SEGMENTS, MONTHS, PATHS), 200.0),
    )
    result = projection(base, Levers.none().then("reactivation", set=0, weight=ALL))
    expected = base.customers.copy()
    for month in range(MONTHS):
        expected = expected * 0.97 + 200.0
        assert result.customers[:, month].mean(axis=0) == pytest.approx(expected, rel=0.002)


def test_new_business_is_as_lumpy_as_its_deals():
    few = beliefs(new_customers=np.full((SEGMENTS, MONTHS, PATHS), 4.0))
    calm = replace(few, scatter={**few.scatter, "new": np.zeros(2)}, noise={
        **few.noise, "new": np.zeros(2)})  # fmt: skip
    lumpy = projection(few).flows["new"][:, :, 0]
    assert np.allclose(projection(calm).flows["new"][:, :, 0], 480)
    assert lumpy.mean() == pytest.approx(480, rel=0.05)
    assert lumpy.std() / lumpy.mean() == pytest.approx(np.sqrt(1 / 4 + 0.05), rel=0.12)


def test_levers_of_another_length_are_refused():
    with pytest.raises(InputError, match="the projection has"):
        simulate(beliefs(), Levers.none().then("churn", times=1, weight=np.ones((5, 2))))


def test_values_pulled_back_to_a_bound_are_noted():
    levers = Levers.none().then("contraction", plus=1.0, weight=ALL)
    assert "contraction: 100.0% of the values" in projection(beliefs(), levers).notes[0]


def test_segments_sum_to_the_total_and_where_selects():
    result = projection(beliefs())
    total = result.draws("mrr")
    parts = [result.draws("mrr", {"size": size}) for size in ("Big", "Small")]
    assert np.allclose(total, parts[0] + parts[1])
    assert np.allclose(result.draws("arr"), 12 * total)
    with pytest.raises(UnknownNameError, match="Did you mean"):
        result.draws("mrr", {"size": "Smal"})
    with pytest.raises(UnknownNameError, match="Did you mean 'churn'"):
        result.draws("chrun")


def test_the_table_has_every_measure_and_its_quantiles_rise():
    result = projection(beliefs())
    table = result.table()
    assert list(table.columns) == ["month", "size", "measure", "mean", *QUANTILES]
    assert len(table) == MONTHS * 3 * len(MEASURES)
    assert (np.diff(table[list(QUANTILES)], axis=1) >= 0).all()
    means = table.pivot_table(index=["month", "measure"], columns="size", values="mean")
    assert np.allclose(means["Big"] + means["Small"], means["total"])
    row = table[(table["size"] == "total") & (table["measure"] == "mrr")].iloc[-1]
    draws = result.draws("mrr")[:, -1]
    assert row["p90"] == pytest.approx(np.quantile(draws, 0.9))
    assert row["mean"] == pytest.approx(draws.mean())
    assert set(result.table(by_segment=False)["size"]) == {"total"}


def test_a_month_is_found_or_refused():
    result = projection(beliefs())
    assert result.at("2026-08") == 1
    with pytest.raises(InputError, match="2027-06"):
        result.at("2030-01")
