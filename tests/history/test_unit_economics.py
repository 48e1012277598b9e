"""Unit economics: the worked examples with their digits, limits, sums and refusals."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from history import unit_economics as ue
from history.errors import InputError, UnknownNameError
from history.recognition import recognised, recognition_frame
from history.sales_capacity import capacity_of_team, sales_capacity


def test_clv_with_and_without_margin() -> None:
    assert ue.clv(100, 0.05, margin=0.80) == pytest.approx(1_600)
    assert ue.clv(100, 0.05) == pytest.approx(2_000)


def test_cac_payback() -> None:
    assert ue.cac_payback(2_400, 500, margin=0.80) == 6.0


def test_magic_number() -> None:
    assert round(ue.magic_number(800, 600, 700) or 0, 2) == 1.14


def test_price_change_in_the_year_and_on_arr() -> None:
    assert ue.price_change(0, 1_200, 100, months_left=12).run_rate == 120_000
    effect = ue.price_change(1_200, 2_400, 50, months_left=6)
    assert (effect.run_rate, effect.in_year) == (60_000, 30_000)


def test_contract_of_three_years() -> None:
    assert ue.annual_value(150_000, 3) == 50_000


def test_gross_and_net_churn_of_a_base_of_100() -> None:
    assert ue.gross_mrr_churn(100, churn=-10, contraction=-10) == 0.20
    assert ue.net_mrr_churn(100, churn=-10, contraction=-10, expansion=10) == 0.10


def test_quick_ratio_and_its_variant() -> None:
    flows = {"new": 120_000.0, "expansion": 60_000.0, "churn": -40_000.0, "contraction": -10_000.0}
    assert ue.quick_ratio(**flows) == 3.6
    assert ue.quick_ratio_with_reactivation(reactivation=25_000, **flows) == 4.1


def test_annual_line_of_1200_recognised_by_service_days() -> None:
    months = recognised(120_000, date(2025, 1, 1), date(2026, 1, 1))
    assert (months[0].recognised, months[0].deferred) == (101_92, 1_098_08)
    assert len(months) == 12
    assert months[-1].deferred == 0


def test_sales_capacity_of_ramped_and_ramping() -> None:
    assert capacity_of_team([7, 3], 150, [0.85, 0.40]) == pytest.approx(1_072.5)


def test_arpa() -> None:
    assert ue.arpa(12_500, 150) == pytest.approx(83.33, abs=0.005)


def test_what_is_not_defined_is_none_and_says_so() -> None:
    assert ue.burn_multiple(1_000, 0) is None
    assert ue.burn_multiple(1_000, -5) is None
    assert ue.burn_multiple(1_000, 500) == 2.0
    assert ue.clv(100, 0.0) is None
    assert ue.cac(1_000, 0) is None
    assert ue.arpa(0, 0) is None
    assert ue.cac_payback(100, 0, margin=0.8) is None
    assert ue.ltv_to_cac(None, 100) is None
    assert ue.quick_ratio(new=1, expansion=1, churn=0, contraction=0) is None
    assert ue.stated(None) == "not defined"
    assert ue.stated(1_234.567) == "1,234.57"


def test_curve_without_discount_and_with_constant_churn_is_the_formula() -> None:
    value = ue.clv_from_curve(100, lambda age: 0.95**age, margin=0.8, months=3_000)
    assert value == pytest.approx(ue.clv(100, 0.05, margin=0.8))


def test_discount_lowers_the_value_and_values_equal_the_function() -> None:
    curve = 0.9 ** np.arange(60)
    plain = ue.clv_from_curve(50, curve)
    later = ue.clv_from_curve(50, curve, annual_discount=0.12)
    assert later < plain
    by_function = ue.clv_from_curve(50, lambda age: 0.9**age, months=60, annual_discount=0.12)
    assert by_function == pytest.approx(later)
    assert ue.clv_from_curve(50, [1.0] * 24, months=12) == pytest.approx(600)


def test_the_rule_of_40_names_its_margin() -> None:
    rule = ue.rule_of_40(0.25, 0.15, margin_name="free cash flow margin")
    assert rule.passes
    assert "free cash flow margin" in str(rule)
    assert not ue.rule_of_40(0.20, 0.10, margin_name="EBITDA margin").passes


def test_a_team_that_stays_carries_its_full_quota() -> None:
    assert sales_capacity([0, 0], quota=10, ramped=7).tolist() == [70, 70]
    assert sales_capacity([2, 0], quota=10, ramp=(1.0,)).tolist() == [20, 20]


def test_ramp_leavers_and_season_of_a_team() -> None:
    sold = sales_capacity(
        [3, 0, 1, 0, 0],
        quota=150.0,
        ramped=7,
        leavers=[0, 1, 0, 0, 0],
        attainment=0.8,
        season=[1, 1, 1, 1, 1.2],
    )
    heads = [7, 6 + 0.75, 6 + 1.5, 6 + 3 + 0.25, 6 + 3 + 0.5]
    assert sold == pytest.approx(np.array(heads) * 150 * 0.8 * [1, 1, 1, 1, 1.2])


def test_band_profiles_are_data_with_sources_and_contradict_each_other() -> None:
    profiles = ue.band_profiles()
    assert all(
        p.source.startswith(("R", "O", "K", "S")) and "http" in p.source for p in profiles.values()
    )
    assert "under-investing" in profiles["orm"].says(6)
    assert profiles["five_times"].says(6) == "healthy"
    assert profiles["keptune"].says(2) == "outside all bands of keptune"
    assert profiles["orm"].says(-0.5) == "outside all bands of orm"
    assert profiles["orm"].says(None) == "not defined"
    with pytest.raises(UnknownNameError, match="Did you mean 'keptune'"):
        ue.band_profile("keptun")


@given(
    amount=st.integers(-(10**12), 10**12),
    start=st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    days=st.integers(1, 2_000),
)
def test_months_sum_to_the_amount_exactly(amount: int, start: date, days: int) -> None:
    months = recognised(amount, start, start + timedelta(days=days))
    assert sum(m.recognised for m in months) == amount
    assert sum(m.days for m in months) == days
    assert months[-1].deferred == 0
    so_far = 0
    for m in months:
        so_far += m.recognised
        assert so_far + m.deferred == amount
        exact = Fraction(amount * m.days, days)
        assert abs(m.recognised - exact) <= 1


@given(st.integers(1, 10**9), st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 800))
def test_a_credit_note_mirrors_its_invoice(amount: int, start: date, days: int) -> None:
    end = start + timedelta(days=days)
    paid, back = recognised(amount, start, end), recognised(-amount, start, end)
    assert [m.recognised for m in paid] == [-m.recognised for m in back]


def test_frame_of_a_line_of_one_day() -> None:
    frame = recognition_frame(100, date(2025, 1, 31), date(2025, 2, 1))
    assert frame.astype(str).to_numpy().tolist() == [["2025-01", "1", "100", "0"]]


def test_refusals_say_what_to_do() -> None:
    with pytest.raises(InputError, match="churn = 40, contraction = 10: losses are signed"):
        ue.quick_ratio(new=1, expansion=1, churn=40, contraction=10)
    with pytest.raises(InputError, match="arpa = nan"):
        ue.clv(float("nan"), 0.1)
    with pytest.raises(InputError, match="end \\(exclusive\\) must be after the start"):
        recognised(100, date(2025, 1, 1), date(2025, 1, 1))
    with pytest.raises(InputError, match="must be 1 at age 0"):
        ue.clv_from_curve(10, [0.9, 0.8])
    with pytest.raises(InputError, match="months=60"):
        ue.clv_from_curve(10, lambda age: 0.9**age)
    with pytest.raises(InputError, match="only 2 ages"):
        ue.clv_from_curve(10, [1.0, 0.5], months=3)
    with pytest.raises(InputError, match="above -1"):
        ue.clv_from_curve(10, [1.0, 0.5], annual_discount=-1)
    with pytest.raises(InputError, match="from 0 to 12"):
        ue.price_change(1, 2, 3, months_left=13)
    with pytest.raises(InputError, match="longer than 0"):
        ue.annual_value(1, 0)
    with pytest.raises(InputError, match="name the margin"):
        ue.rule_of_40(0.1, 0.1, margin_name=" ")
    with pytest.raises(InputError, match="period 2: 3 leave but only 2"):
        sales_capacity([2, 0], quota=1, leavers=[0, 3])
    with pytest.raises(InputError, match="leavers has 1 periods, hires has 2"):
        sales_capacity([2, 0], quota=1, leavers=[0])
    with pytest.raises(InputError, match="hires must be numbers"):
        sales_capacity([-1], quota=1)
    with pytest.raises(InputError, match="at least one ramp share"):
        sales_capacity([1], quota=1, ramp=())
    with pytest.raises(InputError, match="2 groups of heads but 1"):
        capacity_of_team([1, 2], 10, [1.0])
