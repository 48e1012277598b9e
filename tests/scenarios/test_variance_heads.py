"""Volume, price, rate and size of churn placed among paths that keep their customers."""

import json

import numpy as np
import pytest
from scenarios_toy import ledger_of
from test_scenarios_plan import ROWS, frozen
from test_variance_drivers import BASE, plan_of

from scenarios import Chain, Plan, verify_plan
from scenarios.plans.figures import COUNTED
from scenarios.plans.manifest import COUNTS, Manifest
from scenarios.plans.sealing import seal, sha256, unseal
from scenarios.variance.books import Books
from scenarios.variance.drivers import split
from scenarios.variance.heads import drivers_of_paths
from scenarios.variance.lines import ACTUAL_MOVEMENTS, drivers_of

MONTHS, SEGMENTS = 3, 4
NEW, CHURN = (ACTUAL_MOVEMENTS.index(name) for name in ("new", "churn"))


def random_books(dice, zeros):
    """Books whose customers are whole, some of them none."""

    def amounts(low, high):
        values = dice.integers(low, high, (MONTHS, SEGMENTS))
        return np.where(dice.random((MONTHS, SEGMENTS)) < zeros, 0, values)

    flows = np.zeros((MONTHS, len(ACTUAL_MOVEMENTS), SEGMENTS), dtype=np.int64)
    flows[:, NEW], flows[:, CHURN] = amounts(0, 90_000), -amounts(0, 40_000)
    won, lost = amounts(0, 30).astype(float), amounts(0, 9).astype(float)
    there = dice.integers(50, 90, SEGMENTS) + np.cumsum(won - lost, axis=0)
    return Books(
        opening=dice.integers(500_000, 900_000, SEGMENTS),
        flows=flows,
        customers=np.vstack([there[:1] - won[:1] + lost[:1], there[:-1]]),
        won=won,
        churn=flows[:, CHURN : CHURN + 1],
        lost=lost[:, None],
    )


@pytest.mark.parametrize("zeros", [0.0, 0.3])
@pytest.mark.parametrize("number", range(8))
def test_a_path_is_split_as_actuals_are(number, zeros):
    dice = np.random.default_rng(number)
    planned, actual = (random_books(dice, zeros) for _ in range(2))
    first = {"opening": planned.opening, "customers": actual.customers.copy()}
    first["customers"][0] = planned.customers[0]  # a path begins where the plan does
    actual = Books(**{**vars(actual), **first})
    at_close = np.vstack([actual.customers[1:], actual.customers[-1:]])
    counts = np.stack([actual.won, actual.lost[:, 0], at_close])[:, None]
    flows = {name: actual.movement(name)[None].astype(float) for name in ("new", "churn")}
    found = drivers_of_paths(flows, counts, actual.openings[None].astype(float), planned, 1.0)
    exact = split(planned, actual, ("",), counted=True)
    at = {driver: i for i, driver in enumerate(drivers_of(("",)))}
    assert set(found) == {
        ("new", "volume"), ("new", "mix"), ("new", "price"), ("churn", "rate"), ("churn", "size"),
    }  # fmt: skip
    for driver, values in found.items():
        # Whole cents here, each rounded once; the company's are sums of them.
        assert np.abs(values[0] - exact[:, at[driver]]).max() <= 0.5 * (SEGMENTS + 1)


def test_drivers_have_a_place_among_paths_that_keep_customers(tmp_path):
    plan = plan_of(tmp_path / "p.plan", ledger_of(BASE, "2026-06"), paths=200)
    assert plan.counts.shape == (len(COUNTED), *plan.draws.shape[1:])
    won = plan.table(by_segment=True).query("line == 'new' and size == 'Large'")["customers"]
    assert plan.counts[0].mean(axis=0)[:, 0] == pytest.approx(won.to_numpy(), abs=1e-5)
    rows = [*BASE, *((f"N{i}", "2026-07", None, 1_900, "SMB") for i in range(9))]
    variance = plan.against(ledger_of(rows, "2026-07"))
    found = variance.drivers(by_segment=True).set_index(["size", "line", "driver"])["percentile"]
    # Nine came where three were planned; of Large none came. All the toy's paths pay the same.
    assert found["SMB", "new", "volume"] == 100.0
    assert found["Large", "new", "volume"] == 0.0
    assert np.isnan(found["SMB", "new", "price"])
    assert 0.0 <= found["total", "new", "volume"] <= 100.0


def test_a_plan_without_its_paths_customers_is_read_and_has_no_such_places(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    assert verify_plan(plan.path).ok
    members = unseal(plan.path.read_bytes(), "p")
    manifest = Manifest.model_validate(json.loads(members["manifest.json"]))
    del members[COUNTS]
    hashes = {name: each for name, each in manifest.members.items() if name != COUNTS}
    manifest = manifest.model_copy(update={"members": hashes})
    manifest = manifest.model_copy(update={"content_hash": manifest.content()})
    plan.path.write_bytes(seal({**members, "manifest.json": manifest.to_bytes()}))
    old = Plan.read(plan.path)
    assert old.counts is None
    assert Chain.read(tmp_path).ok
    drivers = old.against(ledger_of(ROWS, "2026-08")).drivers().set_index(["line", "driver"])
    assert drivers.loc[("new", "volume"), "percentile"].isna().all()


def test_customers_of_paths_that_are_none_are_found(tmp_path):
    plan = frozen(tmp_path / "a.plan")
    members = unseal(plan.path.read_bytes(), "p")
    manifest = Manifest.model_validate(json.loads(members["manifest.json"]))
    head, minus = members[COUNTS][:-4], np.float32(-1.0).tobytes()
    members[COUNTS] = head + minus
    hashes = {**manifest.members, COUNTS: sha256(members[COUNTS])}
    manifest = manifest.model_copy(update={"members": hashes})
    manifest = manifest.model_copy(update={"content_hash": manifest.content()})
    plan.path.write_bytes(seal({**members, "manifest.json": manifest.to_bytes()}))
    assert verify_plan(plan.path).problems == ("counts.npy holds what is no number of customers",)
