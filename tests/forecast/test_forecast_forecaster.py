"""The forecaster on whole ledgers: recovery, contracts, little history, time travel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecast import Forecaster, Levers
from forecast.fitting import fit_parts
from forecast.retention import fit_effects
from forecast.tilt import Tilt
from history import InputError, Ledger, NotEnoughHistoryError, UnknownNameError


def lines_of(
    months=36, new=25, hazard=0.04, mrr=10_000, term=1, sizes=("SMB",), first="2023-01", seed=4
):
    """Customers who come every month and leave at a constant hazard (at renewals if bound)."""
    rng = np.random.default_rng(seed)
    start, rows = pd.Period(first, "M"), []
    for month in range(months):
        for _ in range(rng.poisson(new)):
            came = (start + month).to_timestamp()
            kept = int(rng.geometric(hazard)) if hazard else 10**6
            amount = int(mrr * rng.gamma(4, 0.25)) + 1
            customer, size = f"C{len(rows)}", sizes[int(rng.integers(len(sizes)))]
            for period in range(max(1, -(-(months - month) // term))):
                if period == kept:
                    break
                begin = came + pd.DateOffset(months=term * period)
                row = {"customer": customer, "start_date": begin, "mrr": amount, "size": size}
                if term > 1:
                    row["term_end"] = row["end_date"] = begin + pd.DateOffset(months=term)
                elif kept < months - month:
                    row["end_date"] = came + pd.DateOffset(months=kept)
                rows.append(row)
                if term == 1:
                    break
    frame = pd.DataFrame(rows)
    last = (start + months - 1).to_timestamp("M")
    return frame[frame["start_date"] <= last], str(start + months - 1)


def ledger_of(**kinds) -> Ledger:
    frame, as_of = lines_of(**kinds)
    return Ledger.from_lines(frame, as_of=as_of, currency="EUR")


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return ledger_of(sizes=("Big", "Small"))


@pytest.fixture(scope="module")
def forecaster(ledger) -> Forecaster:
    return Forecaster.fit(ledger, by="size")


def test_known_rates_are_recovered(forecaster):
    model = forecaster.model
    assert model.business.expected(12, np.arange(12)).sum(axis=0) == pytest.approx(25, rel=0.2)
    assert model.business.arpa.level == pytest.approx(100, rel=0.15)
    hazard = model.hazards.by_age[0, :, :12] * model.churn.level[:, None]
    assert hazard.mean(axis=1) == pytest.approx(0.04, rel=0.25)


def test_the_projection_continues_the_truth(forecaster):
    """In a steady state the expected number of customers is known in closed form.

    The cohorts know it; the mean of all views, which holds in a year, is a little off.
    """
    cohorts = replace(forecaster, model=replace(forecaster.model, tilt=Tilt()))
    for one, near in ((cohorts, 0.08), (forecaster, 0.15)):
        projection = one.project(months=12, paths=500)
        expected = projection.opening_customers.sum()
        for _ in range(12):
            expected = expected * 0.96 + 25
        assert projection.draws("customers")[:, -1].mean() == pytest.approx(expected, rel=near)
        assert projection.draws("mrr")[:, -1].mean() == pytest.approx(100 * expected, rel=near)


def test_the_opening_is_the_closing_of_history(forecaster, ledger):
    closing = ledger.movements("size").matrix("closing").iloc[-1]
    projection = forecaster.project(months=1, paths=10)
    assert projection.opening == pytest.approx(closing.to_numpy())
    customers = ledger.movements().matrix("closing", "customers").iloc[-1, 0]
    assert projection.opening_customers.sum() == customers


def test_same_seed_same_paths_other_seed_others(forecaster):
    first, again = (forecaster.project(months=6, paths=50, seed=3) for _ in range(2))
    other = forecaster.project(months=6, paths=50, seed=4)
    assert np.array_equal(first.closing, again.closing)
    assert not np.array_equal(first.closing, other.closing)


def test_a_longer_horizon_leaves_the_first_months_alone(forecaster):
    short = forecaster.project(months=6, paths=50)
    long = forecaster.project(through="2026-12", paths=50)
    assert len(long.months) == 12
    assert np.allclose(short.closing, long.closing[:, :6])
    assert np.allclose(long.closing, forecaster.project(months=40, paths=50).closing[:, :12])


def test_the_base_is_untouched_by_scenarios(forecaster):
    base = forecaster.project(months=6, paths=50)
    levers = Levers.none().then("churn", times=2, weight=np.ones((6, 2)))
    worse = forecaster.project(months=6, paths=50, levers=levers)
    again = forecaster.project(months=6, paths=50, levers=Levers.none())
    assert np.array_equal(base.closing, again.closing)
    assert (worse.closing.mean(axis=0) < base.closing.mean(axis=0)).all()
    with pytest.raises(ValueError, match="read-only"):
        base.flows["new"][0, 0, 0] = 1


def test_shares_sum_to_one(forecaster):
    for lever in ("new_customers", "one_off", "churn"):
        assert forecaster.shares(lever).sum() == pytest.approx(1)
    with pytest.raises(UnknownNameError):
        forecaster.shares("chrun")


def test_months_are_given_in_one_way_and_lie_ahead(forecaster):
    assert str(forecaster.months_ahead(through="2026-03")[-1]) == "2026-03"
    for wrong in ({}, {"months": 3, "through": "2026-03"}):
        with pytest.raises(InputError, match="either months"):
            forecaster.months_ahead(**wrong)
    for wrong in ({"months": 0}, {"through": "2025-12"}, {"months": 500}):
        with pytest.raises(InputError, match="covers 1 to 120 months"):
            forecaster.months_ahead(**wrong)
    with pytest.raises(InputError, match="write YYYY-MM"):
        forecaster.months_ahead(through="soon")
    with pytest.raises(InputError, match="paths is 1 or more"):
        forecaster.project(months=3, paths=0)


def test_a_ledger_wholly_under_contract_is_certain_before_the_term():
    frame, _ = lines_of(months=30, term=12, hazard=0.3, new=15)
    frame = frame[frame["start_date"] < "2025-04-01"]  # no sales and no renewal in the last months
    bound = frame.groupby("customer")["end_date"].transform("max") > "2025-09-30"
    frame = frame[bound | (frame["start_date"] < "2024-06-01")]
    ledger = Ledger.from_lines(frame, as_of="2025-06", currency="EUR")
    forecaster = Forecaster.fit(ledger, calibrate=False)
    standing = forecaster.model.standing
    assert (standing["term"] == 12).all()
    first = int((standing["renewal"].min() - forecaster.as_of).n)
    assert first >= 4
    levers = Levers.none()
    for lever in ("new_customers", "reactivation"):
        levers = levers.then(lever, set=0, weight=np.ones((12, 1)))
    projection = forecaster.project(months=12, paths=200, levers=levers)
    churned = projection.draws("churned_customers")
    assert (churned[:, : first - 1] == 0).all()
    assert (projection.draws("churn")[:, : first - 1] == 0).all()
    assert churned[:, first - 1 :].sum(axis=1).std() > 0


def test_a_contracts_renewal_hazard_is_recovered():
    forecaster = Forecaster.fit(ledger_of(months=48, term=12, hazard=0.2), calibrate=False)
    assert forecaster.model.hazards.by_age[2, 0, 0] == pytest.approx(0.2, rel=0.2)
    assert forecaster.model.hazards.off[2, 0] < 0.002


@pytest.mark.parametrize("months", [2, 3, 7])
def test_a_few_months_of_history_give_a_forecast_that_says_so(months):
    forecaster = Forecaster.fit(ledger_of(months=months))
    projection = forecaster.project(months=12, paths=100)
    assert np.isfinite(projection.closing).all()
    assert projection.draws("mrr")[:, -1].std() > 0
    said = str(forecaster.explain())
    assert "not calibrated" in said
    assert "no season can be seen" in said
    with pytest.raises(NotEnoughHistoryError, match="needs 14 closes"):
        forecaster.backtest()


def test_one_month_of_history_is_refused_with_what_to_do():
    with pytest.raises(NotEnoughHistoryError, match=r"one month only.*reaches further back"):
        Forecaster.fit(ledger_of(months=1))


def one_customer(**line) -> Ledger:
    row = {"customer": "A", "start_date": "2024-01-01", "mrr": 5000, **line}
    return Ledger.from_lines(pd.DataFrame([row]), as_of="2025-06", currency="EUR")


def test_one_customer_is_a_company():
    projection = Forecaster.fit(one_customer()).project(months=12, paths=400)
    customers = projection.draws("customers")
    assert set(np.unique(customers)) <= {0.0, 1.0}
    assert (np.abs(projection.draws("mrr")[customers == 0]) < 1e-9).all()


def test_all_churned_is_a_company_too():
    projection = Forecaster.fit(one_customer(end_date="2025-01-01")).project(months=6, paths=50)
    assert projection.opening.sum() == 0
    assert (projection.draws("mrr") >= 0).all()


def test_a_segment_of_three_customers_beside_a_large_one():
    frame, as_of = lines_of(months=24)
    frame.loc[frame["customer"].isin(["C1", "C7", "C30"]), "size"] = "Tiny"
    forecaster = Forecaster.fit(
        Ledger.from_lines(frame, as_of=as_of, currency="EUR"), by="size", calibrate=False
    )
    projection = forecaster.project(months=12, paths=200)
    tiny = projection.draws("mrr", {"size": "Tiny"})
    assert np.isfinite(tiny).all()
    assert (tiny >= -1e-9).all()
    assert np.allclose(tiny + projection.draws("mrr", {"size": "SMB"}), projection.draws("mrr"))


def test_notices_leave_for_certain():
    frame, as_of = lines_of(months=24, hazard=0)
    frame["status"] = "active"
    leavers = frame["customer"].isin(["C1", "C2", "C3"])
    frame.loc[leavers, ["status", "end_date"]] = ["cancelled", pd.Timestamp("2025-02-10")]
    ledger = Ledger.from_lines(frame, as_of=as_of, currency="EUR")
    forecaster = Forecaster.fit(ledger, calibrate=False)
    if not forecaster.model.standing["notice"].any():
        pytest.skip("the ledger gives no notices")
    churned = forecaster.project(months=3, paths=100).draws("churned_customers")
    assert (churned[:, 1] >= 3).mean() > 0.9


def test_going_back_in_time_equals_the_shorter_file():
    frame, _ = lines_of(months=30)
    early = frame[frame["start_date"] <= "2024-12-31"].copy()
    early.loc[early["end_date"] > "2024-12-31", "end_date"] = pd.NaT
    kwargs = {"currency": "EUR"}
    back = Ledger.from_lines(frame, as_of="2025-06", **kwargs).at("2024-12")
    short = Ledger.from_lines(early, as_of="2024-12", **kwargs)
    projections = [
        Forecaster.fit(one, calibrate=False).project(months=6, paths=50) for one in (back, short)
    ]
    assert np.array_equal(projections[0].closing, projections[1].closing)


def test_explain_names_every_part(forecaster):
    explanation = forecaster.explain()
    parts = set(explanation.table["part"])
    assert {"new customers", "new MRR", "churn now", "expansion", "contraction"} <= parts
    assert "retention, at will" in parts
    assert "spread" in explanation.summary
    assert str(explanation).count("\n") > 10


def test_explain_tells_a_month_in_which_many_left():
    lines, as_of = lines_of()
    left = pd.to_datetime(lines["end_date"])
    victims = lines.index[left.isna() & (lines["start_date"] < "2024-05-01")][::3]
    lines.loc[victims, "end_date"] = pd.Timestamp("2024-06-15")
    ledger = Ledger.from_lines(lines, as_of=as_of, currency="EUR")
    explanation = Forecaster.fit(ledger, calibrate=False).explain()
    stood_out = explanation.table[explanation.table["part"] == "month that stood out"]
    assert any(note.startswith("2024-06") for note in stood_out["notes"])
    assert stood_out["value"].max() > 1.5
    assert "left out of its level" in explanation.summary
    churn = explanation.table.set_index("part").loc["churn now"]
    assert "2024-06" in churn["notes"]
    at_once = Forecaster.fit(ledger.at("2024-07"), calibrate=False)
    assert "2024-06" in str(at_once.explain())
    assert "it may be going on" in at_once.explain().summary
    assert not at_once.model.churn.jumps
    trend = explanation.table.set_index("part").loc["newer cohorts"]
    effects = fit_effects(ledger.cohorts().triangle().iloc[1:].dropna(axis=1, how="all"))
    assert trend["value"] == pytest.approx(np.exp(effects.trend.per_cohort))


def test_a_crisis_that_is_over_does_not_raise_the_level_of_churn():
    lines, as_of = lines_of(months=30)
    left = pd.to_datetime(lines["end_date"])
    victims = lines.index[left.isna() & (lines["start_date"] < "2025-01-01")][::4]
    lines.loc[victims, "end_date"] = pd.Timestamp("2025-02-15")
    ledger = Ledger.from_lines(lines, as_of=as_of, currency="EUR")
    model = Forecaster.fit(ledger, calibrate=False).model
    kept = fit_parts(ledger.movements(), ledger.lives())
    assert {str(model.record.months[row]) for row, _ in model.churn.jumps} == {"2025-02"}
    assert kept.churn.jumps == ()
    assert model.churn.level[0] < kept.churn.level[0]
    assert model.churn.noise[0] < kept.churn.noise[0]


def test_explain_says_nothing_of_cohorts_that_tell_nothing():
    ledger = ledger_of(months=3)
    parts = set(Forecaster.fit(ledger, calibrate=False).explain().table["part"])
    assert "month that stood out" not in parts
