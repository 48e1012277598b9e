"""Onboarding, annual plans and bought books against the levers that they stand for."""

import numpy as np
import pytest

from forecast import Levers
from forecast.outlook import Outlook
from scenarios import Acquisition, AnnualPlans, OnboardingProgramme, Scenario, run
from scenarios.changes.compile import compile_levers

MONTHS = 18
SMB = {"size": "SMB"}


def levers_of(forecaster, *changes):
    ahead = forecaster.months_ahead(months=MONTHS)
    return compile_levers(Scenario("S").add(*changes), forecaster, ahead)


@pytest.fixture(scope="module")
def smb(by_size):
    return by_size.segments.position("SMB")


@pytest.mark.parametrize(
    "nothing",
    [
        OnboardingProgramme(saves=0, reach=0.5),
        OnboardingProgramme(saves=0.5, reach=0),
        AnnualPlans(takers=0, discount=0.2),
    ],
)
def test_what_changes_nothing_is_the_base_bit_for_bit(by_size, nothing):
    runs = run([Scenario("Base"), Scenario("Same").add(nothing)], by_size, months=6, paths=20)
    base, same = (runs[name].projection for name in ("Base", "Same"))
    assert all(np.array_equal(base.flows[name], same.flows[name]) for name in base.flows)


def test_onboarding_keeps_a_share_of_those_reached_and_costs_by_head(by_size, smb):
    programme = OnboardingProgramme(saves=0.25, reach=0.8, cost=60, months="2026-10/", where=SMB)
    factor = levers_of(by_size, programme).apply("onboarding", np.ones((MONTHS, 3)))
    assert factor[:3, smb].tolist() == [1, 1, 1]
    assert factor[3:, smb] == pytest.approx(0.8)
    won = Outlook.of(by_size, MONTHS).new_customers[:, smb]
    paid = programme.costs(by_size, by_size.months_ahead(months=MONTHS))["other"]
    assert paid[3:] == pytest.approx(60 * 0.8 * won[3:])
    assert not paid[:3].any()
    runs = run([Scenario("Base"), Scenario("On").add(programme)], by_size, months=12, paths=200)
    more = [runs[name].projection.draws("customers")[:, -1].mean() for name in ("On", "Base")]
    assert more[0] > more[1]


def test_takers_move_the_mix_and_pay_less(by_size, smb):
    plans = AnnualPlans(takers=0.4, discount=0.1, months="2026-10/", ramp=2, where=SMB)
    levers = levers_of(by_size, plans)
    share = levers.apply("annual_share", np.full((MONTHS, 3), 0.25))[:, smb]
    assert share[[2, 3, 4, -1]] == pytest.approx([0.25, 0.25 + 0.2 * 0.75, 0.55, 0.55])
    before, after = (Outlook.of(by_size, MONTHS, one) for one in (Levers.none(), levers))
    usual = before.annual[:, smb]
    assert ((usual > 0) & (usual < 1)).all()
    price = after.new_arpa[:, smb] / before.new_arpa[:, smb]
    assert price[[2, 3, 4]] == pytest.approx(
        [1, 1 - 0.1 * 0.2 * (1 - usual[3]), 1 - 0.1 * 0.4 * (1 - usual[4])]
    )
    # The takers' MRR moves along: of what was signed for a month 40 % now is for a year.
    assert after.annual[-1, smb] > usual[-1] + 0.2
    others = np.delete(np.arange(3), smb)
    assert np.array_equal(after.new_mrr[:, others], before.new_mrr[:, others])


def test_a_book_comes_in_its_month_leaves_faster_and_costs(by_size, smb):
    book = Acquisition(
        customers=120, arr=108_000, churn_times=2, churn_months=6, price=90_000, integration=4_000,
        months="2027-01", where=SMB,
    )  # fmt: skip
    runs = run([Scenario("Base"), Scenario("Book").add(book)], by_size, months=18, paths=100)
    base, more = (runs[name].projection for name in ("Base", "Book"))
    came = more.counts["new_customers"] - base.counts["new_customers"]
    assert (came[:, 6, smb] == 120).all()
    assert came.sum() == 120 * 100
    assert (more.flows["new"] - base.flows["new"])[:, 6, smb] == pytest.approx(9_000, rel=1e-4)
    plain = Scenario("Plain").add(book.model_copy(update={"churn_times": 1.0}))
    calm = run(plain, by_size, months=18, paths=100)["Plain"].projection
    assert calm.closing[:, -1].sum() > more.closing[:, -1].sum()
    months = by_size.months_ahead(months=18)
    paid = book.costs(by_size, months)
    assert paid["sales"].tolist() == [0] * 6 + [90_000] + [0] * 11
    assert paid["other"].tolist() == [0] * 7 + [4_000] * 6 + [0] * 5


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"mrr": 1.0, "arr": 12.0}, "both are given"),
        ({}, "neither is given"),
        ({"mrr": 1.0, "months": "2027-01/"}, "needs one month"),
        ({"mrr": 1.0, "churn_times": 2.0}, "needs churn_months"),
    ],
)
def test_books_that_make_no_sense_are_refused(keys, said):
    with pytest.raises(ValueError, match=said):
        Acquisition(**{"customers": 10, "months": "2027-01", **keys})
