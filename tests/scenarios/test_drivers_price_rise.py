"""Price rises against the plain levers, and against what the cells say of renewals."""

import numpy as np
import pytest

from forecast.levers import Levers
from forecast.outlook import Outlook
from scenarios import PriceRise, Scenario, run
from scenarios.changes.compile import compile_levers

MONTHS = 18


def levers_of(forecaster, *changes):
    return compile_levers(
        Scenario("S").add(*changes), forecaster, forecaster.months_ahead(months=MONTHS)
    )


def flat(forecaster, value=1.0):
    return np.full((MONTHS, len(forecaster.segments)), value)


def test_no_rise_is_the_base_bit_for_bit(by_size):
    same = Scenario("Same").add(
        PriceRise(uplift=0, churn_per_percent=0.01), PriceRise(uplift=0, who="all")
    )
    runs = run([Scenario("Base"), same], by_size, months=12, paths=50)
    base, other = (runs[name].projection for name in ("Base", "Same"))
    for name in base.flows:
        assert np.array_equal(base.flows[name], other.flows[name])


def test_on_a_date_it_is_the_price_lever(by_size):
    rise = levers_of(by_size, PriceRise(uplift=0.06, months="2027-01"))
    plain = compile_levers(
        Scenario("S").change("price", times=1.06, months="2027-01/"),
        by_size,
        by_size.months_ahead(months=MONTHS),
    )
    assert rise.same_as(plain)


def test_a_closed_span_asks_an_equal_part_each_month(by_size):
    levers = levers_of(by_size, PriceRise(uplift=0.06, months="2026-08/2026-10", share=0.5))
    index = levers.apply("price", flat(by_size))[:, 0]
    assert index[:5] == pytest.approx([1, 1.01, 1.02, 1.03, 1.03])


def test_who_leaves_and_who_downgrades_by_hand(by_size):
    change = PriceRise(
        uplift=0.10, churn_per_percent=0.002, churn_months=1, downgrade=0.25, downgrade_loss=0.4,
        months="2026-08", where={"size": "SMB"},
    )  # fmt: skip
    levers = levers_of(by_size, change)
    # 10 % x 0.2 % a percent = 2 % of all, half of them in each of two months.
    churn = levers.apply("churn", flat(by_size, 0.01))
    assert churn[:4, 2] == pytest.approx([0.01, 0.01 + 0.0075, 0.01 + 0.0075, 0.01])
    assert (churn[:, :2] == 0.01).all()
    contraction = levers.apply("contraction", flat(by_size, 0.0))
    assert contraction[:4, 2] == pytest.approx([0, 0.25 * 0.4 * 0.01, 0.25 * 0.4 * 0.01, 0])
    assert change.drives == ("price", "churn", "contraction")
    assert set(levers.maps) == set(change.drives)


def test_at_renewal_each_customer_is_asked_once_when_the_contract_is_up(by_size):
    levers = levers_of(by_size, PriceRise(uplift=0.06, when="renewal"))
    index = levers.apply("price", flat(by_size))
    outlook = Outlook.of(by_size, MONTHS)
    steps = np.diff(np.vstack([np.ones(index.shape[1]), index]), axis=0) / 0.06
    standing = outlook.standing
    # By hand: the first month, over today's MRR; at will or up in one month.
    cells = (standing.up <= 1) & ((standing.term == 1) | (standing.up == 1))
    due = [
        (standing.mrr[:, 0] * (1 - standing.lost[:, 0]) * cells)[standing.segment == s].sum()
        for s in range(3)
    ]
    assert steps[0] == pytest.approx(np.array(due) / by_size.model.opening)
    # After a year only contracts of two years and more come up for the first time.
    longer = standing.mrr[standing.term > 12, 0].sum() / by_size.model.opening.sum()
    assert 0 < steps[12:].sum() < 3 * longer
    assert (steps >= 0).all()
    assert 0.5 < steps[:12, 0].sum() < 1


def test_grandfathered_customers_keep_their_price(by_size):
    everyone = PriceRise(uplift=0.06, months="2026-07")
    nobody = PriceRise(uplift=0.06, months="2026-07", exempt_before="2026-07")
    some = PriceRise(uplift=0.06, months="2026-07", exempt_before="2025-01")
    index = [
        levers_of(by_size, each).apply("price", flat(by_size))[-1]
        for each in (everyone, some, nobody)
    ]
    standing = by_size.model.standing
    new = standing[(standing["start"] >= "2025-01") & ~standing["notice"]]
    share = new.groupby("segment")["mrr"].sum().to_numpy() / by_size.model.opening
    assert index[0] == pytest.approx([1.06] * 3)
    assert index[1] == pytest.approx(1 + 0.06 * share, rel=1e-4)
    assert index[2] == pytest.approx([1.0] * 3)


def test_new_customers_alone_are_won_at_the_new_price(by_size):
    levers = levers_of(by_size, PriceRise(uplift=0.06, who="new", months="2026-09/2026-10"))
    assert set(levers.maps) == {"new_arpa"}
    factor = levers.apply("new_arpa", flat(by_size))[:, 0]
    assert factor == pytest.approx([1, 1] + [1.06] * (MONTHS - 2))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"uplift": 0.06, "months": "/2027-01"}, "has no first month"),
        ({"uplift": -0.06, "churn_per_percent": 0.01}, "drives nobody away"),
        ({"uplift": 0.06, "downgrade": 0.5}, "needs downgrade and downgrade_loss"),
        ({"uplift": 0.06, "who": "new", "share": 0.5}, "leave out share"),
        ({"uplift": 0.06, "share": 80}, "80 % is written 0.80"),
    ],
)
def test_what_makes_no_sense_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        PriceRise(**given)


def test_the_outlook_lies_near_the_mean_of_the_paths(by_size):
    weight = np.ones((MONTHS, 3))
    late = (np.arange(MONTHS) > 5)[:, None] * weight
    changed = (
        Levers.none()
        .then("churn", times=1.3, weight=weight)
        .then("price", times=1.1, weight=late)
        .then("new_customers", times=0.5, weight=weight)
    )
    for levers in (Levers.none(), changed):
        outlook = Outlook.of(by_size, MONTHS, levers)
        made = by_size.project(months=MONTHS, paths=1_000, levers=levers)
        mrr = np.vstack([made.opening, made.closing.mean(axis=0)[:-1]])
        customers = np.vstack([made.opening_customers, made.customers.mean(axis=0)[:-1]])
        assert outlook.opening == pytest.approx(mrr, rel=0.015)
        assert outlook.customers == pytest.approx(customers, rel=0.015)
        assert (outlook.here + outlook.later <= 1 + 1e-12).all()


def test_what_the_engine_makes_of_renewals_is_the_uplift_of_what_renews(by_size):
    rise = Scenario("Rise").add(PriceRise(uplift=0.10, when="renewal", months="2026-08/"))
    runs = run([Scenario("Base"), rise], by_size, months=12, paths=1_500)
    base, risen = (runs[name].projection for name in ("Base", "Rise"))
    more = (risen.flows["expansion"] - base.flows["expansion"]).mean(axis=0)
    higher = (risen.closing - base.closing).mean(axis=0)
    outlook = Outlook.of(by_size, 12)
    # What has risen grows like all the rest: that is no part of the rise.
    more[1:] -= outlook.expansion[1:] * higher[:-1]
    standing = outlook.standing
    up = standing.renews() & (np.arange(12) >= 1)
    first = up & (np.cumsum(up, axis=1) == 1)
    renewed = standing.mrr * (1 - standing.lost) * first
    wanted = 0.10 * outlook.opening * outlook.share_here(renewed)
    assert more[0] == pytest.approx([0, 0, 0])
    assert more[1] == pytest.approx(wanted[1], rel=0.02)
    assert more.sum(axis=0) == pytest.approx(wanted.sum(axis=0), rel=0.02)
