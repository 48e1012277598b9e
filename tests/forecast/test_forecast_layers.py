"""Layers add up to the projection; retention-adjusted ARR in its limiting cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_forecast_engine import ALL, MONTHS, PATHS, SEGMENTS, beliefs, projection

from forecast import LAYERS, Forecaster, Levers
from history import InputError

NOTHING = np.zeros((SEGMENTS, MONTHS, PATHS))


def still(hazard=0.0, customers=(3000.0, 40.0), **changed):
    """Customers who leave by the given hazard and do nothing else; new ones come all the same."""
    base = beliefs(hazard=hazard, customers=customers)
    quiet = replace(
        base,
        churn=np.ones_like(base.churn),
        expansion=NOTHING,
        contraction=NOTHING,
        scatter={**base.scatter, "churn": np.zeros(2)},
    )
    return replace(quiet, **changed)


def bound(base, renewal, hazard, at_will=False):
    """The same customers under contract for so many months, with the hazards of each month."""
    return replace(
        base,
        cells=replace(
            base.cells,
            renewal=np.array(renewal),
            hazard=np.array(hazard, dtype=float),
            at_will=np.full(3, at_will),
        ),
    )


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 1000),
    st.floats(0, 1),
    st.floats(0, 3),
    st.lists(st.integers(0, 14), min_size=3, max_size=3),
    st.booleans(),
)
def test_layers_add_up_on_every_path_and_none_falls_below_nought(
    seed, hazard, factor, renewal, will
):
    base = beliefs(seed, hazard=hazard)
    ahead = np.arange(1, MONTHS + 1)
    hazards = np.where(ahead[None, :] < np.array(renewal)[:, None], 0.0, base.cells.hazard)
    base = bound(base, renewal, hazards, will)
    levers = Levers.none().then("churn", times=factor, weight=ALL).then("one_off", plus=-900.0)
    result = projection(base, levers.then("price", set=1.05, weight=ALL))
    layers = result.layers()
    assert tuple(layers.mrr) == tuple(LAYERS)
    assert np.allclose(sum(layers.mrr.values()), result.closing, rtol=1e-10, atol=1e-6)
    assert all((values >= -1e-6).all() for values in layers.mrr.values())
    assert np.allclose(layers.today + layers.mrr["not_sold"], result.closing, atol=1e-6)


def test_nobody_leaves():
    result = projection(still())
    adjusted = result.retention_adjusted()
    assert adjusted.draws == pytest.approx(12 * np.tile(result.opening, (PATHS, 1)))
    assert adjusted.to_frame()["adjustment"].to_numpy() == pytest.approx(0)
    assert result.layers().mrr["not_sold"][:, -1].min() > 0


def test_everybody_leaves_at_once():
    result = projection(still(hazard=1.0))
    assert np.abs(result.retention_adjusted().draws).max() < 1e-6


@pytest.mark.parametrize("hazard", [0.01, 0.05, 0.3])
def test_a_geometric_rate_has_a_closed_form(hazard):
    result = projection(still(hazard, customers=(50_000.0, 40.0)))
    expected = result.opening[0] * sum((1 - hazard) ** k for k in range(1, 13))
    assert result.retention_adjusted().draws[:, 0].mean() == pytest.approx(expected, rel=0.004)
    assert result.retention_adjusted(6).months == 6


def test_what_is_under_contract_is_certain_until_its_renewal():
    hazards = np.zeros((3, MONTHS))
    hazards[0, 5:] = 0.02
    hazards[0, 5] = 0.4
    hazards[1] = hazards[2] = 0.05
    base = bound(still(0.05), [6, 0, 0], hazards)
    base = replace(base, cells=replace(base.cells, at_will=np.array([False, True, True])))
    result = projection(base)
    mrr = {name: values[:, :, 0] for name, values in result.layers().mrr.items()}
    half = result.opening[0] / 2
    assert mrr["under_contract"][:, :5] == pytest.approx(half)
    assert mrr["under_contract"][:, 5:] == pytest.approx(0)
    assert mrr["at_risk"][:, :5] == pytest.approx(0)
    assert mrr["at_risk"][:, 5].mean() == pytest.approx(0.6 * half, rel=0.02)
    assert mrr["at_will"][:, 11].mean() == pytest.approx(half * 0.95**12, rel=0.02)
    assert result.layers().mrr["under_contract"][:, :, 1] == pytest.approx(0)


def test_who_has_given_notice_pays_until_then_and_goes():
    leaves, mrr = np.zeros((SEGMENTS, MONTHS)), np.zeros((SEGMENTS, MONTHS))
    leaves[0, 3], mrr[0, 3] = 10, 1000.0
    base = still(0.02, notice=leaves, notice_mrr=mrr, under_notice=np.array([1400.0, 0.0]))
    smaller = (base.opening - base.under_notice)[base.cells.segment] * [0.5, 0.5, 1.0]
    base = replace(base, cells=replace(base.cells, mrr=smaller))
    notice = projection(base).layers().mrr["under_notice"][:, :, 0]
    assert notice[:, :3] == pytest.approx(1400)
    assert notice[:, 3:] == pytest.approx(400)  # the others leave after the projection's end


def test_todays_customers_are_the_same_whoever_comes():
    """The split agrees with a projection in which nobody is won or won back."""
    base = beliefs(customers=(3000.0, 400.0))
    alone = Levers.none().then("new_customers", set=0, weight=ALL)
    alone = alone.then("reactivation", set=0, weight=ALL)
    shared = projection(base).retention_adjusted().draws
    single = projection(base, alone).retention_adjusted().draws
    assert shared.mean(axis=0) == pytest.approx(single.mean(axis=0), rel=0.005)
    assert shared.std(axis=0) == pytest.approx(single.std(axis=0), rel=0.15)


def test_a_projection_of_the_example_company(example_ledger):
    forecaster = Forecaster.fit(example_ledger, by="size", calibrate=False)
    projection = forecaster.project(months=12, paths=300)
    layers = projection.layers()
    assert np.allclose(sum(layers.mrr.values()), projection.closing, rtol=1e-10)
    known = example_ledger.future_mrr(1).matrix("under_contract").iloc[0, 0]
    first = layers.mrr["under_contract"][:, 0].sum(axis=1).mean()
    assert first == pytest.approx(known, rel=0.03)
    adjusted = projection.retention_adjusted()
    frame = adjusted.to_frame()
    assert frame["size"].tolist() == ["Enterprise", "Mid-Market", "SMB", "total"]
    assert frame["mean"].iloc[-1] == pytest.approx(adjusted.mean)
    assert frame["mean"].iloc[:-1].sum() == pytest.approx(adjusted.mean)
    assert adjusted.interval["p10"] < adjusted.mean < adjusted.interval["p90"]
    assert "12 closes" in adjusted.definition
    with pytest.raises(InputError, match="covers 12 months"):
        projection.retention_adjusted(13)


def test_a_projection_made_by_hand_has_no_layers():
    with pytest.raises(InputError, match=r"Forecaster\.project"):
        replace(projection(still()), played=None).layers()
