"""Exchange rates ahead: a movement of their own, as in the ledger."""

import numpy as np
import pytest

from forecast import Levers
from forecast.layers import LAYERS
from forecast.outlook import Outlook

MONTHS, PATHS = 18, 200


@pytest.fixture(scope="module")
def index(by_size):
    """What MRR is worth: 8 % less from the fourth month on in one segment, 5 % more in another."""
    worth = np.ones((MONTHS, len(by_size.segments)))
    worth[3:, 0], worth[10:, 1] = 0.92, 1.05
    return worth


@pytest.fixture(scope="module")
def projections(by_size, index):
    moved = Levers.none().then("fx_index", times=index).then("new_arpa", times=index)
    return [by_size.project(months=MONTHS, paths=PATHS, levers=levers) for levers in (None, moved)]


def test_the_opening_is_revalued_and_all_adds_up(projections, index):
    base, moved = projections
    assert not base.flows["fx"].any()
    before = np.concatenate(
        [np.broadcast_to(moved.opening, (PATHS, 1, len(moved.opening))), moved.closing[:, :-1]], 1
    )
    step = index / np.vstack([np.ones(index.shape[1]), index[:-1]]) - 1.0
    assert moved.flows["fx"] == pytest.approx(before * step, rel=1e-6, abs=1e-6)
    net = sum(moved.flows.values())
    assert before + net == pytest.approx(moved.closing, rel=1e-6, abs=0.01)
    # Nothing hides in other movements of the month.
    for flow in ("expansion", "contraction"):
        plain, there = (one.flows[flow][:, 3].mean(axis=0) for one in projections)
        assert there == pytest.approx(index[3] * plain, rel=0.01)


def test_a_company_at_another_rate_is_the_company_times_the_rate(projections, index):
    base, moved = projections
    ratio = moved.closing.mean(axis=0) / base.closing.mean(axis=0)
    assert ratio == pytest.approx(index, rel=0.003)
    assert np.array_equal(base.customers, moved.customers)


def test_tables_and_sums_know_the_movement(projections):
    base, moved = projections
    total = moved.draws("fx")
    assert total == pytest.approx(moved.flows["fx"].sum(axis=2))
    assert moved.means("fx") == pytest.approx(moved.flows["fx"].mean(axis=0))
    table = moved.table(by_segment=False).query("measure == 'fx'")
    assert table["mean"].tolist() == pytest.approx(total.mean(axis=0))
    assert not base.table(by_segment=False).query("measure == 'fx'")["mean"].any()


def test_layers_still_add_up(projections):
    moved = projections[1]
    layers = moved.layers().mrr
    assert set(layers) == set(LAYERS)
    assert sum(layers.values()) == pytest.approx(moved.closing, rel=1e-6, abs=0.05)


def test_the_outlook_is_revalued_too(by_size, index):
    moved = Levers.none().then("fx_index", times=index).then("new_arpa", times=index)
    plain, there = (Outlook.of(by_size, MONTHS, levers) for levers in (None, moved))
    assert there.opening == pytest.approx(index * plain.opening, rel=0.002)
    assert (there.here + there.later <= 1 + 1e-9).all()
