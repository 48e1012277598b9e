"""What a controller would doubt in a budget: units, signs, slips of the pen, levels in disguise."""

import pytest
from scenarios_toy import ledger_of
from test_budget import ACROSS, ROWS, SEGMENTS_ACROSS, seal, totals

from history.errors import InputError
from scenarios import Budget, Plan, Scorecard

MOVED = "{},2026-07,2026-08\nNew,{},{}\nChurn,{},{}\n"
MIXED = """MRR,2026-07,2026-08
SMB,,
New,4000,4000
Churn,-2000,-3000
Large,,
Closing,80500,81000
"""
ONE_LOSES = """MRR,2026-07,2026-08
SMB - New,4000,4000
SMB - Churn,-2000,-3000
Large - New,1000,1000
"""


@pytest.fixture(scope="module")
def ledger():
    return ledger_of(ROWS, "2026-06")


@pytest.fixture
def read(tmp_path, ledger):
    def reading(text, **how):
        path = tmp_path / "budget.csv"
        path.write_text(text, encoding="utf-8")
        return Budget.read(path, ledger, **how)

    return reading


@pytest.mark.parametrize(
    ("head", "amounts", "cure"),
    [
        # Thousands without a word of it: the ledger had 16,666.67 of these a month.
        ("MRR", (14, 15, -3, -4), "say --measure mrr --scale 1000;"),
        ("ARR", (168, 180, -36, -48), "say --measure arr --scale 1000;"),
        ("MRR in thousands", (14000, 15000, -3000, -4000), "say --measure mrr --scale 1;"),
        ("MRR", (0.014, 0.015, -0.003, -0.004), "say --measure mrr --scale 1000000;"),
        ("MRR", (14e6, 15e6, -3e6, -4e6), "look at the amounts"),
    ],
)
def test_movements_alone_that_are_thousands_off_are_refused(read, head, amounts, cure):
    with pytest.raises(
        InputError, match=r"new, churn of the budget come to .* last 12 months"
    ) as e:
        read(MOVED.format(head, *amounts))
    assert cure in str(e.value)


def test_movements_alone_of_the_ledgers_size_are_read_and_far_ones_are_said(read):
    plain = read(MOVED.format("MRR", 14000, 15000, -3000, -4000))
    assert not any("times what the ledger had" in each for each in plain.assumptions)
    far = read(MOVED.format("MRR", 140000, 150000, -3000, -4000))
    (said,) = (each for each in far.assumptions if "times what the ledger had" in each)
    assert said.startswith("new, churn of the budget come to 148,500.00 EUR of MRR a month, 8.9 ")
    # Told both, nothing is doubted, and it is said all the same.
    small = read(MOVED.format("MRR", 14, 15, -3, -4), measure="mrr", scale=1)
    assert totals(small)["new"] == [14, 15]
    assert any("0.0011 times what" in each for each in small.assumptions)


def test_levels_of_one_segment_beside_movements_of_another_are_told_and_not_scored(
    tmp_path, read, ledger
):
    budget = read(MIXED)
    assert budget.by_segment == ((("Large",), ("closing",)), (("SMB",), ("new", "churn")))
    said = " | ".join(budget.assumptions)
    assert "of Large the file has levels and no movements" in said
    assert "no reactivation, no expansion, no contraction of SMB in the file: planned as 0" in said
    plan = seal(tmp_path, MIXED, ledger)
    origin = Plan.read(plan.path).manifest.origin
    assert origin.planned == {"closing"}
    assert origin.planned_in(("SMB",)) == {"new", "churn", "closing"}
    later = ledger_of(ROWS, "2026-09")
    records = Scorecard.of([plan], later).records
    scored = {name: set(rows["line"]) for name, rows in records.groupby("segment")}
    assert scored == {
        "Large": {"closing", "net new"},
        "SMB": {"new", "churn", "closing", "net new"},
        "company": {"closing", "net new"},
    }
    notes = " | ".join(plan.against(later).notes)
    assert "no contraction, no churn of Large: what is planned of them was assumed" in notes
    assert plan.rerun(ledger).ok


def test_a_movement_of_one_segment_that_is_absent_in_the_other_is_named(tmp_path, read, ledger):
    budget = read(ONE_LOSES)
    assert any(each.endswith("no churn of Large in the file: planned as 0")
               for each in budget.assumptions)  # fmt: skip
    origin = seal(tmp_path, ONE_LOSES, ledger).manifest.origin
    assert origin.planned == {"new", "closing"}
    same = seal(tmp_path, SEGMENTS_ACROSS, ledger, "same").manifest
    assert same.origin.by_segment is None
    assert b"by_segment" not in same.to_bytes()


@pytest.mark.parametrize(
    "text",
    [
        SEGMENTS_ACROSS.replace(",Churn,1000,1000,2000", ",Churn,-1000,-1000,-2000"),
        ACROSS.replace("Churn,-3000,-4000", "Churn,-3000,-4000\nContraction,1,1"),
    ],
)
def test_losses_have_one_sign_in_the_whole_table(read, text):
    """One segment's churn is not turned by itself."""
    said = r"losses have both signs: above 0 .*\(.*\); below 0 churn.*\(.*\)\. Write all of them"
    with pytest.raises(InputError, match=said):
        read(text)


def test_levels_that_fall_by_more_than_past_rates_say_what_goes_into_churn(read):
    budget = read("ARR,2026-07,2026-08\nARR,2400000,2040000\n")
    (said,) = (each for each in budget.assumptions if "falls by more" in each)
    rates = budget.history.at_rates((), 200_000_00)
    july, august = budget.months
    beyond = 30_000_00 + sum(rates.values())
    assert f": {beyond / 100:,.2f} EUR of MRR beyond them are put into churn" in said
    assert "in 1 month (in 2026-08)" in said
    assert budget.flows["churn"][august, 0] == rates["churn"] - beyond
    assert (july, 0) in budget.flows["new"]
    assert (august, 0) not in budget.flows["new"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Chrun", r"B5: the row 'Chrun' is no line of a plan; is 'churn' \(churn\) meant\?"),
        ("Cancelations", r"is 'cancellations' \(churn\) meant"),
        ("Contration", r"is 'contraction' \(contraction\) meant"),
        ("Total chrun MRR", r"is 'churn' \(churn\) meant"),
    ],
)
def test_a_mistyped_row_is_refused_with_the_right_word(read, row, said):
    text = ACROSS.replace("Closing,203000,206000\n", "").replace("Churn", row)
    with pytest.raises(InputError, match=said):
        read(text)


def test_a_word_near_a_line_that_is_there_is_just_not_used(read):
    budget = read(ACROSS + "Closed,1,2\nContractors,1,2\n")
    assert {cell for cell, _, _ in budget.unused} == {"B7", "C7", "B8", "C8"}


def test_a_budget_without_losses_has_to_be_told(tmp_path, read, ledger):
    text = "MRR,2026-07,2026-08\nNew,14000,15000\nKündigungen,3000,4000\n"
    with pytest.raises(InputError, match="it has no churn and no contraction, and the ledger") as e:
        read(text)
    assert "Rows that are not used: 'Kündigungen'." in str(e.value)
    assert "say --no-losses" in str(e.value)
    plan = seal(tmp_path, text, ledger, no_losses=True)
    assert plan.manifest.origin.options == {"no_losses": True}
    assert plan.rerun(ledger).ok
    # Levels lose at the ledger's rates.
    assert read("ARR,2026-07\nARR,2448000\n")


def test_where_the_ledger_lost_nothing_a_budget_may_lose_nothing(tmp_path):
    rows = [
        ("A", "2026-01", None, 10_000_00, "SMB"),
        ("B", "2026-05", None, 5_000_00, "SMB"),
    ]
    path = tmp_path / "n.csv"
    path.write_text("MRR,2026-07\nNew,1000\n")
    assert "churn" not in Budget.read(path, ledger_of(rows, "2026-06")).given
