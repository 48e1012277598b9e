"""The audit as a whole: ranking, confidence, what must not matter, faults of known truth."""

import re
from pathlib import Path

import pandas as pd
import pytest
import sqlglot
from audit_help import audit, line, only, usual
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

import history
from history import RULES, Ledger, UnknownNameError
from history.audit.confidence import confidence_of, confidences
from history.audit.rules import AUDIT_RULES
from history.engines import bound, sql_text
from history.synthetic import FAULTS, PRESETS, with_faults

FOLDER = Path(history.__file__).parent
TEXTS = sorted(path.stem for path in (FOLDER / "sql" / "audit").glob("*.sql"))


def odd() -> list[dict]:
    """A gap, a duplicate, a line billed too low."""
    return [
        line("G", "2024-03-10", "2025-03-10", mrr=40_000),
        line("G", "2025-05-10", mrr=40_000),
        line("D", "2025-03-10"),
        line("D", "2025-03-10"),
        line("U", "2025-03-10", quantity=5),
    ]


def test_findings_are_ranked_by_stake_times_confidence():
    found = audit(*odd()).found
    assert set(found["rule"]) == {"service-gap", "duplicate-line", "unbilled-quantity"}
    assert found["rank"].tolist() == [1, 2, 3]
    assert found["expected"].is_monotonic_decreasing
    for row in found.itertuples():
        assert row.stake == abs(row.due - row.billed)
        assert row.confidence == confidence_of(row.rule, row.strength)
        assert row.expected == round(row.stake * row.confidence)


def test_several_lines_of_a_customer_are_one_finding_of_the_worst_month():
    found = only(
        audit(
            line("X", "2024-03-10", "2024-09-10", quantity=3),
            line("X", "2024-09-10", quantity=4),
            line("X", "2025-01-10", mrr=4_000, quantity=1),
        )
    )
    assert found["rows"] == (1, 2, 3)
    assert (found["billed"], found["due"]) == (14_000, 25_000)
    assert (found["since"], found["until"]) == ("2024-03", "")


def test_the_frame_says_what_it_means_in_major_units():
    result = audit(*odd())
    frame = result.frame()
    assert frame.loc[frame["rule"] == "service-gap", "due"].tolist() == [400.0]
    assert frame["cure"].tolist() == [RULES[rule].cure for rule in frame["rule"]]
    rules = result.by_rule()
    assert rules["stake"].sum() == pytest.approx(frame["stake"].sum())
    assert str(result) == "3 findings as of 2025-12, 650.00 EUR a month at stake"


def test_order_of_rows_does_not_matter():
    rows = pd.DataFrame([*odd(), *usual()]).reset_index(names="row")
    one = Ledger.from_lines(rows, as_of="2025-12", currency="EUR").audit()
    other = Ledger.from_lines(
        rows.sample(frac=1.0, random_state=1), as_of="2025-12", currency="EUR"
    ).audit()
    pd.testing.assert_frame_equal(one.found, other.found)


@given(factor=st.integers(2, 1000))
@settings(max_examples=2)
def test_money_of_another_size_gives_the_same_findings(factor):
    rows = [
        row | {"mrr": row["mrr"] * factor, "unit_price": 50.0 * factor, "list_price": 50.0 * factor}
        for row in [*odd(), *usual()]
    ]
    one, other = audit(*odd()), audit(*rows, company=[])
    assert other.found["stake"].tolist() == [stake * factor for stake in one.found["stake"]]
    assert other.found["rule"].tolist() == one.found["rule"].tolist()


@given(
    lives=st.lists(
        st.tuples(st.integers(0, 30), st.integers(1, 20), st.booleans()), min_size=1, max_size=20
    )
)
@settings(max_examples=8)
def test_no_fault_no_finding(lives):
    """Customers of any size who come, grow by half a year later and perhaps leave in order."""
    rows = []
    for i, (month, seats, leaves) in enumerate(lives):
        days = [pd.Timestamp("2022-01-10") + pd.DateOffset(months=month + 6 * k) for k in range(3)]
        start, grown, gone = (day.date().isoformat() for day in days)
        end, status = (gone, "cancelled") if leaves else (None, "active")
        rows.append(line(f"L{i}", start, grown, mrr=5_000 * seats))
        rows.append(line(f"L{i}", grown, end, mrr=5_000 * (seats + 1), status=status))
    assert len(audit(*rows)) == 0


def test_an_unknown_product_column_is_named():
    rows = pd.DataFrame(usual())
    ledger = Ledger.from_lines(rows, as_of="2025-12", currency="EUR")
    assert ledger.audit().products == ("plan",)
    assert ledger.audit(product="plan") is ledger.audit()
    with pytest.raises(UnknownNameError, match="plam"):
        ledger.audit(product="plam")


def test_subscriptions_that_keep_their_name_are_told_apart():
    """Two subscriptions of one product side by side; each goes on in good order."""
    rows = []
    for i in range(20):
        for name in ("a", "b"):
            rows.append(line(f"S{i}", "2024-01-05", "2025-01-05", subscription=f"S{i}{name}"))
            rows.append(line(f"S{i}", "2025-01-05", subscription=f"S{i}{name}", mrr=15_000))
    assert len(audit(company=rows[:-2])) == 0
    late = [*rows[:-2], line("S19", "2024-01-05", subscription="S19b"),
            line("S19", "2025-01-05", subscription="S19b", mrr=15_000)]  # fmt: skip
    assert only(audit(company=late))["rule"] == "double-billing"


def test_every_rule_is_explained_and_has_a_measured_confidence():
    assert set(AUDIT_RULES) <= set(RULES)
    assert set(confidences()) == {(rule, n) for rule in AUDIT_RULES for n in (1, 2)}
    assert set(FAULTS) == set(AUDIT_RULES)


@pytest.mark.parametrize("name", ["monthly_smb", "startup_15_months"])
def test_a_sound_company_has_no_findings(name):
    simulated = PRESETS[name]().generate(seed=5)
    assert len(Ledger.read(simulated.lines, as_of=simulated.through).audit()) == 0


@pytest.fixture(scope="module")
def spoilt():
    simulated = PRESETS["mixed"]().generate(seed=21)
    kinds = [kind for kind in FAULTS if kind != "currency-mix"]
    lines, faults = with_faults(simulated.lines, as_of=simulated.through, seed=21, kinds=kinds)
    return lines, faults, Ledger.read(lines, as_of=simulated.through)


def test_faults_change_the_rows_that_they_name(spoilt):
    lines, faults, _ = spoilt
    assert len({fault.customer for fault in faults}) == len(faults)
    for fault in faults:
        for row in fault.rows:
            assert lines.iloc[row - 2]["customer_id"] == fault.customer


def test_most_faults_are_found_with_their_rows(spoilt):
    _, faults, ledger = spoilt
    found = ledger.audit().found
    rows = {(row.rule, row.customer): set(row.rows) for row in found.itertuples()}
    hit = [f for f in faults if rows.get((f.rule, f.customer), set()) & set(f.rows)]
    assert len(hit) >= 0.95 * len(faults)
    assert len(hit) >= 0.90 * len(found)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("dialect", ["postgres", "spark"])
def test_each_text_can_be_said_in_other_dialects(name, dialect):
    text = sql_text(f"audit/{name}")
    numbers = dict.fromkeys(re.findall(r"(?<![:\w]):([a-z_]+)", text), 1)
    said = sqlglot.transpile(
        bound(text, **numbers),
        read="duckdb",
        write=dialect,
        unsupported_level=sqlglot.ErrorLevel.RAISE,
    )
    assert len(said) == 1
    assert isinstance(sqlglot.parse_one(said[0], read=dialect), exp.Query)


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_keeps_to_the_portable_forms_and_says_what_it_is(name):
    assert (FOLDER / "sql" / "audit" / f"{name}.sql").read_text("utf-8").startswith("-- ")
    tree = sqlglot.parse_one(sql_text(f"audit/{name}"), read="duckdb")
    calls = {type(node).__name__.lower() for node in tree.find_all(exp.Func)}
    calls -= {"and", "or", "case", "if"}
    portable = {"sum", "min", "max", "avg", "count", "coalesce", "cast", "extract", "mod"}
    assert calls <= portable | {"rownumber", "lag", "lead"}


def test_each_text_is_used():
    code = "\n".join(path.read_text("utf-8") for path in (FOLDER / "audit").glob("*.py"))
    assert [name for name in TEXTS if f'"{name}"' not in code] == []
