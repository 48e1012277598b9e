"""Drivers of the customers who are here, against hand-computed cases."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scenarios_toy import ToyForecaster

from forecast.outlook import Outlook
from forecast.prospects import expected
from history.errors import InputError, UnknownNameError
from scenarios import (
    Acquisition,
    Change,
    CurrencyMove,
    InvoluntaryChurn,
    Migration,
    NamedCustomer,
    Override,
    PaymentRecovery,
    PriceRise,
    Scenario,
    VoluntaryChurn,
    run,
)
from scenarios.changes.compile import compile_levers
from scenarios.changes.drivers import driver

MONTHS = 12


def levers_of(forecaster, *changes):
    ahead = forecaster.months_ahead(months=MONTHS)
    return compile_levers(Scenario("S").add(*changes), forecaster, ahead)


def flat(forecaster, value=1.0):
    return np.full((MONTHS, len(forecaster.segments)), value)


def churn(forecaster, change):
    return levers_of(forecaster, change).apply("churn", flat(forecaster, 0.05))


@pytest.mark.parametrize(
    "nothing",
    [
        PaymentRecovery(now=0.5, then=0.5),
        VoluntaryChurn(times=1),
        InvoluntaryChurn(plus=0),
        Migration(to="New", share=0, uplift=0.5, where={"size": "SMB"}),
        NamedCustomer(customer="C", event="win", mrr=900, months="2026-09", probability=0),
    ],
)
def test_what_changes_nothing_is_the_base_bit_for_bit(by_size, nothing):
    runs = run([Scenario("Base"), Scenario("Same").add(nothing)], by_size, months=12, paths=40)
    base, same = (runs[name].projection for name in ("Base", "Same"))
    for name in base.flows:
        assert np.array_equal(base.flows[name], same.flows[name])


def test_recovered_payments_by_hand():
    """20 % of churn is involuntary; recovery 50 -> 75 % halves what is lost of it."""
    toy = ToyForecaster()
    change = PaymentRecovery(now=0.5, then=0.75, involuntary_share=0.2, months="2026-08/", ramp=2)
    assert churn(toy, change)[:4, 0] == pytest.approx([0.05, 0.05 * 0.95, 0.05 * 0.9, 0.05 * 0.9])
    everything = PaymentRecovery(now=0.0, then=1.0, involuntary_share=1.0)
    assert churn(toy, everything) == pytest.approx(flat(toy, 0.0))


def test_the_parts_of_churn_by_hand():
    toy = ToyForecaster()
    assert churn(toy, VoluntaryChurn(times=0.5, involuntary_share=0.2))[0, 0] == pytest.approx(0.03)
    assert churn(toy, InvoluntaryChurn(times=0.5, involuntary_share=0.2))[0, 0] == pytest.approx(
        0.045
    )
    both = levers_of(
        toy,
        VoluntaryChurn(plus=0.01, where={"size": "SMB"}),
        InvoluntaryChurn(plus=-0.02, where={"size": "Mid"}),
    )
    assert both.apply("churn", flat(toy, 0.05))[0] == pytest.approx([0.05, 0.03, 0.06])


def test_the_involuntary_share_is_that_of_the_ledger(by_size, example_ledger):
    reasons = example_ledger.churn_reasons().to_frame()
    year = reasons[reasons["month"] > "2025-06"].groupby("reason")["mrr"].sum()
    share = year["involuntary"] / (year["involuntary"] + year["voluntary"])
    assert 0.02 < share < 0.98
    stated = levers_of(by_size, PaymentRecovery(now=0.4, then=0.6, involuntary_share=share))
    measured = levers_of(by_size, PaymentRecovery(now=0.4, then=0.6))
    assert measured.same_as(stated, tolerance=1e-9)


def test_a_ledger_without_reasons_asks_for_the_share():
    from scenarios_toy import ledger_of

    ledger = ledger_of([(f"C{i}", "2024-01", "2026-03", 100, "SMB") for i in range(40)]
                       + [("Z", "2024-01", None, 100, "SMB")], "2026-06")  # fmt: skip
    toy = ToyForecaster.of(ledger)
    object.__setattr__(toy, "ledger", ledger)
    with pytest.raises(InputError, match="Give involuntary_share"):
        levers_of(toy, PaymentRecovery(now=0.4, then=0.6))


def test_migration_by_hand(by_size):
    change = Migration(
        to="Suite", share=0.25, uplift=0.2, extra_churn=0.1, months="2026-08/2026-09",
        where={"size": "SMB"},
    )  # fmt: skip
    levers = levers_of(by_size, change)
    here = Outlook.of(by_size, MONTHS).here[:, 2]
    moved = np.zeros(MONTHS)
    moved[1], moved[2] = 0.25 * here[1], 0.25 * 0.75 * here[2]
    index = levers.apply("price", flat(by_size))
    assert index[:, 2] == pytest.approx(1 + 0.2 * 0.9 * np.cumsum(moved))
    assert (index[:, :2] == 1).all()
    lost = levers.apply("churn", flat(by_size, 0.01))[:, 2]
    assert lost == pytest.approx(0.01 + 0.1 * moved)


def test_the_loss_of_a_named_customer_is_what_it_pays(by_size, example_ledger):
    paying = example_ledger.paying("size")
    largest = paying.loc[paying["mrr"].idxmax()]
    change = NamedCustomer(customer=largest["customer"], event="loss", months="2026-09")
    levers = levers_of(by_size, change)
    lost = levers.apply("one_off", flat(by_size, 0.0))
    assert lost[2, largest["segment"]] == pytest.approx(-largest["mrr"] / 100)
    assert lost.sum() == pytest.approx(-largest["mrr"] / 100)
    half = replace_all(change, mrr=largest["mrr"] / 400, probability=0.5)
    levers = levers_of(by_size, half)
    assert not levers.touches("one_off")
    assert expected(levers.prospects, MONTHS, 3)[2].sum() == pytest.approx(largest["mrr"] / 800)


def test_what_may_happen_to_a_customer_happens_on_some_paths(by_size, example_ledger):
    paying = example_ledger.paying("size").groupby("customer")["mrr"].sum()
    name, pays = paying.idxmax(), paying.max()
    loss = NamedCustomer(customer=name, event="loss", months="2026-09", probability=0.3)
    win = NamedCustomer(customer="Neu", event="win", mrr=5_000, months="2026-09", probability=0.6)
    runs = run([Scenario("Base"), Scenario("May").add(loss, win)], by_size, months=4, paths=1_000)
    base, may = (runs[each].projection for each in ("Base", "May"))
    gone = (may.draws("churn") - base.draws("churn"))[:, 2]
    assert np.unique(gone.round(4)) == pytest.approx([-pays / 100, 0.0], abs=1e-3)
    assert (gone < -1).mean() == pytest.approx(0.3, abs=0.05)
    came = (may.draws("new") - base.draws("new"))[:, 2]
    assert (came > 1).mean() == pytest.approx(0.6, abs=0.05)
    assert np.array_equal(
        came > 1, (may.draws("new_customers") > base.draws("new_customers"))[:, 2]
    )
    assert np.corrcoef(gone < -1, came > 1)[0, 1] == pytest.approx(0.0, abs=0.1)


def replace_all(change, **keys):
    return type(change).model_validate({**change.as_dict(), **keys})


def test_who_is_not_in_the_ledger_is_told_with_the_nearest_names(by_size, example_ledger):
    name = example_ledger.paying()["customer"].iloc[0]
    wrong = NamedCustomer(customer=name.lower(), event="loss", months="2026-09")
    with pytest.raises(UnknownNameError, match=f"Did you mean '{name}'"):
        levers_of(by_size, wrong)
    too_much = NamedCustomer(customer=name, event="loss", mrr=1e6, months="2026-09")
    with pytest.raises(InputError, match="is more"):
        levers_of(by_size, too_much)


def test_a_win_is_spread_over_its_segments(by_size):
    change = NamedCustomer(
        customer="New Ltd", event="win", arr=120_000, months="2026-09", where={"size": "Enterprise"}
    )
    won = levers_of(by_size, change).apply("one_off", flat(by_size, 0.0))
    assert won[2].tolist() == [10_000, 0, 0]
    assert won.sum() == 10_000


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: NamedCustomer(customer="A", event="win", months="2026-09"),
            "needs its mrr or arr",
        ),
        (lambda: NamedCustomer(customer="A", event="loss"), "needs one month"),
        (lambda: NamedCustomer(customer="A", event="loss", months="2026-09/"), "needs one month"),
        (lambda: Migration(to="B", share=0.1, uplift=0.1), "needs where"),
        (VoluntaryChurn, "needs times or plus: neither"),
        (lambda: PaymentRecovery(now=1, then=1), "less than 1"),
        (lambda: CurrencyMove(currency="usd", change=0.1), "pattern"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize("measure", ["new", "expansion", "contraction", "churn"])
def test_a_movement_is_put_to_its_number(by_size, measure):
    change = Override(measure=measure, mrr={"2026-08": 9_000, "2026-09": 7_000})
    levers = levers_of(by_size, change)
    outlook = Outlook.of(by_size, MONTHS, levers)
    amount = {
        "new": outlook.new_mrr,
        "expansion": outlook.expansion * outlook.opening,
        "contraction": outlook.contraction * outlook.opening,
        "churn": outlook.churn * outlook.opening,
    }[measure].sum(axis=1)
    assert amount[1:3] == pytest.approx([9_000, 7_000], rel=1e-5)
    assert set(levers.maps) == set(change.drives)
    made = by_size.project(months=MONTHS, paths=2_000, levers=levers)
    mean = np.abs(made.draws(measure).mean(axis=0))
    assert mean[1:3] == pytest.approx([9_000, 7_000], rel=0.03)


def test_new_mrr_put_to_a_number_has_its_single_deals_in_it(by_size):
    deal = Change(lever="one_off", plus=5_000, months="2026-08")
    levers = levers_of(by_size, deal, Override(measure="new", mrr={"2026-08": 20_000}))
    made = by_size.project(months=MONTHS, paths=2_000, levers=levers)
    assert made.draws("new").mean(axis=0)[1] == pytest.approx(20_000, rel=0.03)
    assert Outlook.of(by_size, MONTHS, levers).new_mrr[1].sum() == pytest.approx(20_000, rel=1e-5)
    with pytest.raises(InputError, match="cannot be reached"):
        levers_of(by_size, deal, Override(measure="new", mrr={"2026-08": 4_000}))


@pytest.mark.parametrize(
    ("before", "measure", "mrr"),
    [
        (PriceRise(uplift=0.05, months="2026-09/"), "expansion", 40_000),
        (PriceRise(uplift=-0.05, months="2026-09/"), "contraction", 40_000),
        (Change(lever="one_off", plus=-3_000, months="2026-09"), "churn", 9_000),
        (Acquisition(customers=100, mrr=9_000, months="2026-09"), "new", 9_100),
        (Acquisition(customers=100, mrr=9_000, months="2026-09"), "new", 9_000),
    ],
)
def test_a_movement_is_put_to_its_number_though_other_changes_are_a_part_of_it(
    by_size, monkeypatch, before, measure, mrr
):
    """A book a hair smaller than the number takes as few rounds as none."""
    rounds = []
    monkeypatch.setattr(
        "scenarios.changes.drivers.override.expected",
        lambda *given: rounds.append(given) or driver.expected(*given),
    )
    levers = levers_of(by_size, before, Override(measure=measure, mrr={"2026-09": mrr}))
    assert len(rounds) <= 8
    amounts = getattr(Outlook.of(by_size, MONTHS, levers), f"{measure}_mrr").sum(axis=1)
    assert amounts[2] == pytest.approx(mrr, rel=1e-5)
    made = by_size.project(months=MONTHS, paths=2_000, levers=levers)
    assert np.abs(made.draws(measure).mean(axis=0))[2] == pytest.approx(mrr, rel=0.03)


def test_a_number_out_of_reach_is_told_with_its_month_and_the_nearest(by_size):
    book = Acquisition(customers=100, mrr=9_000, months="2026-09")
    said = "mrr: new MRR in 2026-09 cannot be reached: 9,000 is the least, by bought books"
    with pytest.raises(InputError, match=said):
        run(
            Scenario("S").add(book, Override(measure="new", mrr={"2026-09": 8_000})),
            by_size, months=4, paths=5,
        )  # fmt: skip
    much = Override(measure="churn", mrr={"2026-09": 8e6})
    said = "churn MRR of 8,000,000 in 2026-09 cannot be reached: [0-9,.]+ is the most"
    with pytest.raises(InputError, match=said):
        run(Scenario("S").add(much), by_size, months=4, paths=5)


def test_an_override_of_a_segment_leaves_the_others(by_size):
    change = Override(measure="churn", mrr=0, months="2026-08/", where={"size": "SMB"})
    churned = levers_of(by_size, change).apply("churn", flat(by_size))
    assert churned[0].tolist() == [1, 1, 1]
    assert churned[1:].tolist() == [[1, 1, 0]] * (MONTHS - 1)
    too_much = Override(measure="churn", mrr=1e7, months="2026-08")
    with pytest.raises(InputError, match="cannot be reached"):
        levers_of(by_size, too_much)
    with pytest.raises(InputError, match="none of its months"):
        levers_of(by_size, Override(measure="new", mrr={"2031-01": 5}))


def test_a_currency_moves_what_is_paid_in_it():
    paying = pd.DataFrame(
        {
            "customer": ["A", "B", "B", "C"],
            "segment": [0, 0, 1, 2],
            "currency": ["EUR", "USD", "USD", "EUR"],
            "mrr": [7500, 2500, 4000, 1000],
        }
    )
    toy = ToyForecaster()
    object.__setattr__(toy, "ledger", SimpleNamespace(paying=lambda by: paying))
    levers = levers_of(toy, CurrencyMove(currency="USD", change=-0.08, months="2026-08/", ramp=2))
    for name in ("fx_index", "new_arpa"):
        factor = levers.apply(name, flat(toy))
        assert factor[:3, 0] == pytest.approx([1, 1 - 0.01, 1 - 0.02])
        assert factor[3, 1:] == pytest.approx([0.92, 1])
    with pytest.raises(UnknownNameError, match="Known: EUR, USD"):
        levers_of(toy, CurrencyMove(currency="GBP", change=0.1))
    with pytest.raises(InputError, match="is the reporting currency"):
        levers_of(toy, CurrencyMove(currency="EUR", change=0.1))
