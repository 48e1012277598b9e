import numpy as np
import pytest
from scenarios_toy import ToyForecaster, ledger_of
from test_scenarios_plan import DOWN, ROWS, frozen

from history import Policy
from scenarios import Plan, Scenario, run


def fit(ledger, by, calibrate):
    assert calibrate is False  # as the toy says of itself
    return ToyForecaster.of(ledger, by)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return frozen(tmp_path_factory.mktemp("plans") / "a.plan")


def states(found):
    return {each.name: each.state for each in found.inputs}


def test_a_plan_runs_again_to_the_same_figures(plan):
    found = plan.rerun(ledger_of(ROWS, "2026-06"), fit)
    assert found.ok
    assert (found.furthest, found.draws) == (0, 0.0)
    assert set(states(found).values()) == {"same"}
    assert str(found) == "FY27: run again, every figure and every draw is as sealed"


def test_a_later_ledger_is_read_as_of_the_plans_month(plan):
    later = [*ROWS, ("New", "2026-08", None, 44_000, "SMB")]
    assert plan.rerun(ledger_of(later, "2026-09"), fit).ok


def test_a_restated_month_is_named_and_the_figures_differ(plan):
    other = [("A", "2026-01", None, 100_100, "SMB"), *ROWS[1:]]
    found = plan.rerun(ledger_of(other, "2026-06"), fit)
    assert not found.ok
    assert [each.name for each in found.changed] == ["ledger"]
    assert "1 month of its past" in str(found)
    assert "2026-01" in str(found)
    again = run(DOWN, fit(ledger_of(other, "2026-06"), "size", False), months=6, paths=40)
    closing = again[DOWN.name].projection.closing.mean(axis=0).sum(axis=1)[-1] * 100
    sealed = plan.table().query("line == 'closing'")["mean"].iloc[-1] * 100
    assert found.furthest >= abs(closing - sealed) - 3
    assert "figures DIFFER by at most" in str(found)


def test_another_policy_of_the_workspace_is_told_and_the_plans_own_is_run(plan):
    ledger = ledger_of(ROWS, "2026-06", policy=Policy(gap_days=40))
    found = plan.rerun(ledger, fit)
    assert found.ok
    assert states(found)["policy"] == "changed"
    assert "the plan is run under its own (the default)" in str(found)


def test_a_policy_that_the_plan_does_not_say_is_gone(tmp_path):
    ledger = ledger_of(ROWS, "2026-06", policy=Policy(gap_days=40))
    forecaster = ToyForecaster.of(ledger, "size")
    made = run(Scenario("Base"), forecaster, months=2, paths=5)["Base"]
    plan = Plan.freeze(made, name="x", approved_by="y", path=tmp_path / "a.plan")
    assert plan.rerun(ledger, fit).ok
    known = plan.manifest.known.model_copy(update={"switches": None})
    object.__setattr__(plan, "manifest", plan.manifest.model_copy(update={"known": known}))
    found = plan.rerun(ledger_of(ROWS, "2026-06"), fit)
    assert states(found)["policy"] == "gone"
    assert found.furthest is None
    assert "cannot be run again" in str(found)


@pytest.mark.parametrize(
    ("ledger", "name", "said"),
    [
        (lambda: ledger_of(ROWS, "2026-05"), "ledger", "the plan knows 2026-06"),
        (lambda: ledger_of(ROWS, "2026-06", "USD"), "ledger", "in USD, the plan in EUR"),
    ],
)
def test_a_ledger_that_cannot_do_is_gone(plan, ledger, name, said):
    found = plan.rerun(ledger(), fit)
    assert states(found) == {name: "gone"}
    assert not found.ok
    assert said in str(found)


def test_a_segment_that_is_gone_is_named(plan):
    rows = [(*row[:4], "Mid") if row[4] == "Large" else row for row in ROWS]
    found = plan.rerun(ledger_of(rows, "2026-06"), fit)
    assert states(found)["segments"] == "gone"
    assert "gone: Large; new: none" in str(found)


def test_other_versions_are_named(plan, monkeypatch):
    monkeypatch.setattr("scenarios.plans.rerun.versions", lambda: {"python": "9.9"})
    found = plan.rerun(ledger_of(ROWS, "2026-06"), fit)
    assert found.ok
    assert "versions changed: " in str(found)
    assert "-> 9.9" in str(found)


def test_figures_that_differ_without_a_reason_are_told_so(plan):
    def other(ledger, by, calibrate):
        found = fit(ledger, by, calibrate)
        object.__setattr__(found, "opening", np.asarray(found.opening) * 1.01)
        return found

    found = plan.rerun(ledger_of(ROWS, "2026-06"), other)
    assert not found.ok
    assert "no input differs" in str(found)


def test_a_change_that_is_no_longer_understood_is_gone(plan, monkeypatch):
    from history.errors import InputError

    def refuse(*given, **named):
        raise InputError("no such lever any more")

    monkeypatch.setattr("scenarios.plans.rerun.run", refuse)
    found = plan.rerun(ledger_of(ROWS, "2026-06"), fit)
    assert states(found)["levers"] == "gone"
    assert "no such lever" in str(found)


def test_the_real_forecaster_gives_the_figures_again(by_size, example_ledger, tmp_path):
    made = run(Scenario("Base"), by_size, months=4, paths=120)["Base"]
    plan = Plan.freeze(made, name="x", approved_by="y", path=tmp_path / "a.plan")
    assert plan.manifest.calibrated is False
    assert plan.rerun(example_ledger).ok


def test_a_scenario_that_was_changed_since_is_told_and_the_sealed_one_is_run(plan):
    ledger = ledger_of(ROWS, "2026-06")
    assert not plan.rerun(ledger, fit, {DOWN.name: DOWN}).changed
    for now, said in (({}, "no longer there"), ({DOWN.name: Scenario(DOWN.name)}, "not what was")):
        found = plan.rerun(ledger, fit, now)
        assert found.ok
        assert f"scenario file changed: 'Downturn' is {said}" in str(found)
