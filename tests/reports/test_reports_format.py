from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import format as form
from reports.format import Scale, footed, money, percent, points, scale_of


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (2_500_000, "EUR", "€2.50M"),
        (1_234_567, "EUR", "€1.23M"),
        (999_499, "EUR", "€999k"),
        (999_950, "EUR", "€1.00M"),
        (-52_340, "USD", "($52.3k)"),
        (0.0, "EUR", "€0"),
        (-0.0, "EUR", "€0"),
        (812.5, "GBP", "£812"),
        (12.25, "KWD", "KWD\xa012.2"),
        (5_400_000_000, "JPY", "¥5.40B"),
        (math.inf, "EUR", "n/a"),
    ],
)
def test_an_amount_keeps_three_digits_that_count(value, currency, shown):
    assert money(value, currency) == shown


def test_a_half_is_never_lost_on_an_axis():
    """An axis format printed 2.5 as 2 where the decimals were fixed at none."""
    from reports.deck.charts.axes import axis_format

    assert "0.0,," in axis_format("USD", 0.0, 10e6, 2.5e6)
    assert "0,," in axis_format("USD", 0.0, 10e6, 2e6)
    assert "0.0," not in axis_format("USD", 0.0, 10e6, 2e6)


def test_negative_numbers_stand_in_parentheses_and_zero_never_does():
    assert money(-0.4, "EUR", Scale(1.0, "", 0)) == "€0"
    assert percent(-0.0001) == "0.0%"
    assert points(-0.0312) == "(3.1 pp)"
    assert points(0.0312) == "+3.1 pp"


@given(
    st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=12),
    st.sampled_from(
        [Scale(1.0, "", 2), Scale(1e3, "k", 1), Scale(1e6, "M", 2), Scale(1e3, "k", 0)]
    ),
)
def test_rounded_parts_add_up_to_the_rounded_total(parts, scale):
    total = math.fsum(parts)
    digit = scale.divisor / 10**scale.decimals
    shown = footed(parts, total, scale)
    assert round(sum(shown) / digit) == round(total / digit)
    assert all(abs(a - b) <= 1.0001 * digit for a, b in zip(shown, parts, strict=True))


@given(st.floats(1e-3, 1e12))
def test_the_printed_amount_is_within_half_a_percent(value):
    scale = scale_of([value])
    shown = round(value / scale.divisor, scale.decimals) * scale.divisor
    if value >= 100:
        assert abs(shown - value) <= 0.005 * value


def test_months_and_spans_do_not_depend_on_the_locale():
    assert form.month(pd.Period("2026-02", "M")) == "Feb 2026"
    assert form.span("/2027-06") == "until Jun 2027"
    assert form.span("2026-10") == "Oct 2026"


def test_texts_lose_what_xml_refuses_and_keep_scripts_and_emoji():
    assert form.plain("a\x00b\u202ec\n d") == "a b c d"
    assert form.plain("株式会社 👩‍💻") == "株式会社 👩‍💻"
