"""The words that all floors share: errors, findings, money, months, policy, segments."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from history import (
    ArrcastError,
    CurrencyError,
    Finding,
    Findings,
    InputError,
    PlanError,
    Policy,
    Segments,
    UnknownNameError,
    errors,
)
from history.findings import RULES, rule
from history.money import (
    CURRENCIES,
    decimals,
    half_even,
    monthly_minor,
    to_decimal,
    to_major,
    to_minor,
)
from history.months import close_of, index_of, month_of, period, periods, span, text


def test_the_tree_of_errors_is_as_drawn():
    drawn = [line.split()[-1] if "──" not in line else line.split("── ")[1].split()[0]
             for line in (errors.__doc__ or "").splitlines()[2:] if line.strip()]  # fmt: skip
    assert sorted(drawn) == sorted(name for name in errors.__all__ if name != "unknown_name")
    assert issubclass(UnknownNameError, InputError)
    assert issubclass(PlanError, ArrcastError)
    assert not issubclass(PlanError, InputError)


def test_an_unknown_name_without_a_near_one():
    said = str(errors.unknown_name("lever", "zzz", ["churn"]))
    assert said == "unknown lever 'zzz'. Known: churn."
    assert "and 20 more" in str(errors.unknown_name("x", "zzz", [f"n{i}" for i in range(50)]))
    assert str(errors.unknown_name("x", "zzz", [])).endswith("Known: none.")


CODE = rule("test-rule", "Something is wrong.", "Mend it.")


def test_a_finding_names_a_registered_rule():
    with pytest.raises(ValueError, match="not registered"):
        Finding(1, "a", "no-such-rule", "", "kept", "note")
    with pytest.raises(ValueError, match="another text"):
        rule("test-rule", "Something else.", "Mend it.")
    assert rule("test-rule", "Something is wrong.", "Mend it.") == CODE


def test_every_rule_has_a_meaning_and_a_cure():
    for code, known in RULES.items():
        assert code == known.code
        assert known.meaning.endswith(".")
        assert known.cure.endswith(".")


def test_findings_are_told_by_severity_and_rows():
    one = [Finding(i, "end", CODE, f"v{i}", "kept", "note") for i in range(2, 15)]
    left_out = Finding(None, "", CODE, "", "left out", "error")
    found = Findings(one) + Findings([left_out])
    said = str(found).splitlines()
    assert said[0].startswith("error    test-rule: Something is wrong. Left out. Mend it.")
    assert "rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 3 more" in said[1]
    assert "Found 'v2', 'v3', 'v4', ...; kept." in said[1]
    assert (len(found.errors), len(found.warnings), len(found.notes)) == (1, 0, 13)
    frame = found.frame()
    assert frame["row"].isna().sum() == 1
    assert frame["cure"].unique().tolist() == ["Mend it."]
    assert str(Findings()) == "no findings"
    assert str(one[0]) == str(Findings([one[0]]))
    assert list(Findings().frame().columns) == list(frame.columns)


@given(st.fractions(max_denominator=10**6))
def test_rounding_is_half_even_and_exact(number):
    rounded = half_even(number)
    assert abs(number - rounded) <= Fraction(1, 2)
    if abs(number - rounded) == Fraction(1, 2):
        assert rounded % 2 == 0


@given(st.integers(-(10**12), 10**12), st.sampled_from(["JPY", "EUR", "KWD", "CLF"]))
def test_minor_units_and_amounts_are_each_others_inverse(minor, currency):
    assert to_minor(to_decimal(minor, currency), currency) == minor
    assert to_minor(str(to_decimal(minor, currency)), currency) == minor
    assert to_major(minor, currency) == pytest.approx(float(to_decimal(minor, currency)))


def test_to_major_takes_what_it_is_given():
    assert to_major(np.array([[1, 2]]), "EUR").tolist() == [[0.01, 0.02]]
    series = to_major(pd.Series([1, None], dtype="Int64"), "EUR")
    assert series.dtype == np.float64
    assert series.isna().tolist() == [False, True]
    assert to_major(pd.DataFrame({"a": [250]}), "JPY")["a"].tolist() == [250.0]


def test_amounts_that_are_none():
    for wrong in ("12,5", "", "NaN", "Infinity", "1e", "€5"):
        with pytest.raises(InputError):
            to_minor(wrong, "EUR")
    with pytest.raises(InputError, match=r"more decimals than EUR \(2\)"):
        to_minor("0.001", "EUR")
    with pytest.raises(InputError, match="more decimals than JPY"):
        to_minor(Decimal("0.5"), "JPY")
    with pytest.raises(UnknownNameError, match="Did you mean 'month'"):
        monthly_minor("1", "monht", "EUR")
    with pytest.raises(InputError, match="must be 1 or more"):
        monthly_minor("1", "month", "EUR", 0)


def test_currencies_are_those_of_the_standard():
    assert {decimals(code) for code in ("USD", "EUR", "GBP", "CHF", "INR")} == {2}
    assert {decimals(code) for code in ("JPY", "KRW", "CLP", "XOF", "VND")} == {0}
    assert {decimals(code) for code in ("KWD", "BHD", "TND", "JOD")} == {3}
    assert len(CURRENCIES) == len(set(CURRENCIES)) > 170
    with pytest.raises(CurrencyError, match="unknown currency 'XXZ'"):
        decimals("XXZ")


@given(st.integers(1970 * 12, 2199 * 12))
def test_months_go_round(index):
    assert index_of(text(index)) == index
    assert index_of(period(index)) == index
    assert index_of(close_of(index)) == index
    assert periods([index])[0] == period(index) == month_of(text(index))
    assert close_of(index).toordinal() + 1 == close_of(index + 1).replace(day=1).toordinal()


def test_spans_may_be_open():
    assert span("/2025-01") == (None, index_of("2025-01"))
    assert span("/") == (None, None)
    with pytest.raises(InputError, match="ends before it starts"):
        span("2025-02/2025-01")


def test_a_policy_is_frozen_and_knows_its_switches():
    with pytest.raises(ValidationError):
        Policy(paused="maybe")
    with pytest.raises(ValidationError):
        Policy(unknown=1)
    with pytest.raises(ValidationError):
        Policy(gap_days=-1)
    with pytest.raises(ValidationError):
        Policy().paused = "unchanged"
    assert Policy(gap_days=0).digest == Policy().digest
    assert len(Policy().digest) == 64


def test_segments_are_sorted_and_masked():
    segments = Segments(("size", "region"), (("Ent", "EU"), ("SMB", "EU"), ("SMB", "US")))
    assert len(segments) == 3
    assert segments.labels == ["Ent / EU", "SMB / EU", "SMB / US"]
    assert segments.mask(None).all()
    assert segments.mask({"size": ["SMB", "Ent"], "region": "EU"}).tolist() == [True, True, False]
    assert segments.position("SMB / US") == 2
    with pytest.raises(UnknownNameError, match="Did you mean 'SMB'"):
        segments.mask({"size": "SMBs"})
    with pytest.raises(UnknownNameError, match="unknown segment column 'plan'"):
        segments.mask({"plan": "x"})
    with pytest.raises(InputError, match="sorted"):
        Segments(("a",), (("y",), ("x",)))
    with pytest.raises(InputError, match="one value for each"):
        Segments(("a",), ((),))
    assert Segments().mask({}).tolist() == [True]
