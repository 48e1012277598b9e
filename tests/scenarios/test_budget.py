"""Budgets of finance as they come: layouts, units, signs, sums; all that is assumed is told."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenarios_toy import ledger_of

from history.errors import InputError, UnknownNameError
from history.reading.grid import cell_name, exact_numbers
from scenarios import Budget, Plan, Scorecard, verify_plan
from scenarios.plans.budget.words import label_of, scale_of
from scenarios.plans.figures import LINES

ROWS = [
    ("A", "2025-10", None, 100_000_00, "SMB"),
    ("B", "2025-11", "2026-05", 25_000_00, "SMB"),
    ("C", "2025-12", None, 80_000_00, "Large"),
    ("D", "2026-02", None, 20_000_00, "SMB"),
    ("E", "2026-08", None, 5_000_00, "Large"),
]
"""SMB closes 2026-06 at 120,000.00 and Large at 80,000.00."""


@pytest.fixture(scope="module")
def ledger():
    return ledger_of(ROWS, "2026-06")


@pytest.fixture(scope="module")
def later():
    return ledger_of(ROWS, "2026-09")


@pytest.fixture
def read(tmp_path, ledger):
    def reading(text, name="budget.csv", **how):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return Budget.read(path, ledger, **{"no_losses": True} | how)

    return reading


def totals(budget):
    """Line to the company's amounts by month, major units."""
    found = {}
    for line, cells in budget.flows.items():
        by_month = dict.fromkeys(budget.months, 0)
        for (month, _), amount in cells.items():
            by_month[month] += amount
        found[line] = [amount / 100 for amount in by_month.values()]
    levels = np.cumsum([found[line] for line in found], axis=1).sum(axis=0)
    found["closing"] = (sum(budget.opening.values()) / 100 + levels).round(2).tolist()
    return found


ACROSS = """MRR,2026-07,2026-08
Opening,200000,203000
New,5000,6000
Expansion,1000,1000
Churn,-3000,-4000
Closing,203000,206000
"""
DOWN = """month,Opening MRR,New,Expansion,Churn,Closing MRR
2026-07,200000,5000,1000,-3000,203000
2026-08,203000,6000,1000,-4000,206000
"""
LONG = """month,movement,mrr
2026-07,new,5000
2026-07,expansion,1000
2026-07,churn,-3000
2026-08,new,6000
2026-08,expansion,1000
2026-08,churn,-4000
"""
GERMAN = """Plan;;;
MRR in EUR;Jul 26;Aug 26;Summe
Opening;200.000,00 €;203.000,00 €;200.000,00 €
New business;5.000,00 €;6.000,00 €;11.000,00 €
Upsell;1.000,00 €;1.000,00 €;2.000,00 €
Lost;(3.000,00) €;(4.000,00) €;(7.000,00) €
Closing;203.000,00 €;206.000,00 €;206.000,00 €
"""
THOUSANDS = """"ARR, in k€",07/2026,08/2026
BoP,2400,2436
New logos,60,72
Upgrades,12,12
Cancellations,36,48
EoP,2436,2472
"""


@pytest.mark.parametrize("text", [ACROSS, DOWN, LONG, GERMAN, THOUSANDS])
def test_one_budget_in_five_layouts(read, text):
    found = totals(read(text))
    assert found["new"] == [5_000, 6_000]
    assert found["expansion"] == [1_000, 1_000]
    assert found["churn"] == [-3_000, -4_000]
    assert found["contraction"] == found["reactivation"] == [0, 0]
    assert found["closing"] == [203_000, 206_000]


SEGMENTS_ACROSS = """,MRR,Jul 26,Aug 26,Q3
SMB,New,4000,4000,8000
,Churn,2000,3000,5000
,Closing,122000,123000,123000
Large,New,1000,2000,3000
,Churn,1000,1000,2000
,Closing,80000,81000,81000
Total,New,5000,6000,11000
,Churn,3000,4000,7000
,Closing,202000,204000,204000
"""
SEGMENTS_BLOCKS = """MRR,Jul 26,Aug 26
New,,
SMB,4000,4000
Large,1000,2000
Total,5000,6000
Churn,,
SMB,2000,3000
Large,1000,1000
Total,3000,4000
"""
SEGMENT_BLOCKS = """MRR,Jul 26,Aug 26
SMB,,
New,4000,4000
Churn,2000,3000
Total MRR,122000,123000
Large,,
New,1000,2000
Churn,1000,1000
Total MRR,80000,81000
,,
Total MRR,202000,204000
"""
SEGMENTS_DOWN = """MRR,SMB,,Large,
month,New,Churn,New,Churn
2026-07,4000,-2000,1000,-1000
2026-08,4000,-3000,2000,-1000
Total,8000,-5000,3000,-2000
"""
SEGMENTS_LONG = """month,size,new MRR,churn MRR
2026-07,SMB,4000,-2000
2026-07,Large,1000,-1000
2026-07,Total,5000,-3000
2026-08,SMB,4000,-3000
2026-08,Large,2000,-1000
2026-08,Total,6000,-4000
"""
SEGMENTS_NAMED = """MRR,2026-07,2026-08
SMB - New,4000,4000
SMB - Churn,-2000,-3000
New (Large),1000,2000
Churn (Large),-1000,-1000
"""


@pytest.mark.parametrize(
    "text",
    [
        SEGMENTS_ACROSS,
        SEGMENTS_BLOCKS,
        SEGMENT_BLOCKS,
        SEGMENTS_DOWN,
        SEGMENTS_LONG,
        SEGMENTS_NAMED,
    ],
)
def test_one_budget_by_segment_in_six_layouts(read, text):
    budget = read(text)
    assert budget.segments.keys == (("Large",), ("SMB",))
    july, august = budget.months
    assert budget.flows["new"] == {
        (july, 0): 1_000_00, (july, 1): 4_000_00, (august, 0): 2_000_00, (august, 1): 4_000_00,
    }  # fmt: skip
    assert totals(budget)["churn"] == [-3_000, -4_000]
    assert totals(budget)["closing"] == [202_000, 204_000]
    assert [budget.opening[0], budget.opening[1]] == [80_000_00, 120_000_00]
    assert budget.unused == ()


def test_levels_alone_are_split_at_past_rates_and_it_is_said(read, ledger):
    budget = read("ARR,2026-07,2026-08\nARR,2448000,2484000\n")
    found = totals(budget)
    assert found["closing"] == [204_000, 207_000]
    assert budget.given == ("closing",)
    assert any("the file has no movements" in each for each in budget.assumptions)
    assert "amounts are ARR: each is divided by 12" in budget.assumptions
    moves = ledger.movements().minor
    moves = moves.loc[moves["month"] > ledger.as_of - 12].groupby("movement")["mrr"].sum()
    rate = Fraction(int(moves["churn"]), int(moves["opening"]))
    assert found["churn"][0] * 100 == round(rate * 200_000_00)
    split = found["new"][0] + found["churn"][0] + found["expansion"][0]
    assert split + found["contraction"][0] + found["reactivation"][0] == pytest.approx(4_000)


def test_levels_by_segment(read):
    budget = read("ARR by size,Jul-26,Aug-26\nSMB,1440000,1450000\nLarge,960000,960001\n")
    assert budget.segments.keys == (("Large",), ("SMB",))
    # 960,001 / 12 is 80,000.083...: rounded once, so the year is not off by cents each month.
    assert totals(budget)["closing"][1] == pytest.approx((1_450_000 + 960_001) / 12, abs=0.011)
    assert any("every row is the level" in each for each in budget.assumptions)


def test_workbooks_are_read_with_dates_numbers_and_several_sheets(tmp_path, ledger):
    from datetime import date

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Read me"
    book.active["A1"] = "Nothing here"
    sheet = book.create_sheet("Budget")
    sheet.append(["MRR", date(2026, 7, 31), date(2026, 8, 31), "FY26"])
    sheet.append(["New", 5000.5, 6000, 11000.5])
    sheet.append(["Churn", -3000, "-", -3000])
    sheet.append(["Headcount", 12, 13, None])
    hidden = book.create_sheet("Old")
    hidden.append(["MRR", date(2026, 7, 31), date(2026, 8, 31)])
    hidden.append(["New", 1000, 2000])
    hidden.append(["Churn", -1, -2])
    hidden.sheet_state = "hidden"
    path = tmp_path / "budget.xlsx"
    book.save(path)
    budget = Budget.read(path, ledger)
    assert budget.sheet == "Budget"
    assert totals(budget)["new"] == [5_000.5, 6_000]
    assert totals(budget)["churn"] == [-3_000, 0]
    assert {cell for cell, _, _ in budget.unused} == {"B4", "C4"}
    assert any(
        "on the sheet 'Budget'; nothing is read of 'Read me'" in a for a in budget.assumptions
    )
    hidden.sheet_state = "visible"
    book.save(path)
    with pytest.raises(InputError, match="the sheets 'Budget', 'Old' have months: say --sheet"):
        Budget.read(path, ledger)
    assert totals(Budget.read(path, ledger, sheet="Old"))["new"] == [1000, 2000]
    with pytest.raises(UnknownNameError):
        Budget.read(path, ledger, sheet="Bugdet")
    sheet["B2"] = "=1/0"
    book.save(path)
    with pytest.raises(InputError, match=r"B2 is '#FORMULA!'"):
        Budget.read(path, ledger, sheet="Budget")


def test_every_cell_is_used_or_named(read):
    text = """My budget,,,,
MRR,2026-07,2026-08,,comment
New,5000,6000,,thanks
Churn,-3000,-4000,99,
Churn rate,1%,2%,,
Rent,7,8,,
approved by,nobody,,,
"""
    budget = read(text)
    named = {cell: why for cell, _, why in budget.unused}
    assert set(named) == {"A1", "E2", "E3", "D4", "B5", "C5", "B6", "C6", "A7", "B7"}
    assert "rate or a share" in named["B5"]
    assert "'Rent' is no line of a plan" in named["B6"]
    assert budget.used == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ACROSS.replace("203000,206000", "203000,207000"),
         r"C6: closing of 2026-08 is 207,000.00, opening 203,000.00 and movements 3,000.00 make"),
        (ACROSS.replace("200000,203000", "200000,204000"),
         r"C2: opening of 2026-08 is 204,000.00, 2026-07 closed at 203,000.00"),
        (SEGMENTS_ACROSS.replace("5000,6000,11000", "5000,6100,11100"),
         r"D8: new of 2026-08 is 6,100.00, the segments sum to 6,000.00"),
        (SEGMENTS_ACROSS.replace("8000\n", "8100\n"), r"E2: 8,100.00 is no total of new of SMB"),
        (DOWN + "Total,200000,12000,2000,-7000,206000\n", r"C4: 12,000.00 is no total of new"),
        ("MRR,2026-07,2026-08\nNew,5,6\nNet new,5,8\n", r"C3: net new of 2026-08 is 8.00"),
    ],
)  # fmt: skip
def test_wrong_sums_are_named_by_cell(read, text, said):
    with pytest.raises(InputError, match=said):
        read(text)


def test_sums_within_the_last_digit_are_rounding_and_it_is_said(read):
    budget = read(SEGMENTS_ACROSS.replace("5000,6000,11000", "5000,6001,11000"))
    assert "sums are off by up to 1.00 EUR of MRR, taken as rounding" in budget.assumptions


@pytest.mark.parametrize(
    ("text", "how", "said"),
    [
        ("x,2026-07,2026-08\nNew,1,2\n", {}, "whether the amounts are MRR or ARR"),
        ("MRR,2026-07,2026-08\nNew,1,x2\n", {}, r"C2|no line"),
        ('MRR,2026-07,2026-08\nNew,"1,234","5,678"\n', {}, "can be read in two ways"),
        ("MRR,2026-07,2026-08\nChurn,-1,2\nNew,3,4\n", {}, "losses have both signs"),
        ("MRR,2026-07,2026-09\nNew,1,2\n", {}, "no column or row for 2026-08"),
        ("MRR,2026-07,2026-08\nNew,1,2\nNew,1,2\n", {}, "B2 and B3 are both new of 2026-07"),
        ("MRR,2026-07,2026-08\nClosing,1,\nNew,1,1\n", {}, "closing of 2026-08 is blank"),
        ("MRR in k€,2026-07\nRent in millions,2\nNew,2\n", {}, "say two scales"),
        ("MRR,Jul,Aug,Sep\nNew,1,2,3\n", {}, "the months have no year"),
        ("MRR,2026-07,2026-08\nClosing,200,210\n", {}, "0.001 times what the ledger closed at"),
        ("MRR,2026-07,2026-08\nNew,5 USD,6 USD\n", {}, "B2 is in USD, the ledger in EUR"),
        ("MRR in USD,2026-07\nNew,5\n", {}, "A1 .* speaks of USD"),
        ("MRR,2026-07\nNew,$5\n", {}, "B2 .* speaks of dollars"),
        ("MRR in kUSD,2026-07\nNew,5\n", {}, "convert the budget first"),
        ("MRR,2026-07,2026-08\nRent,5,6\n", {}, "no row is called as a line"),
        ("a,b\n1,2\n", {}, "no months run along"),
        ("ARR by size,2026-07,2026-08\nSMB,1440000,1450000\n", {}, "no row for Large"),
        (ACROSS, {"measure": "tcv"}, "write mrr or arr"),
        (ACROSS, {"as_of": "2026-07"}, "begins in 2026-07 already"),
        (ACROSS, {"by": "colour"}, "unknown segment column"),
    ],
)
def test_nothing_is_guessed_where_it_can_be_read_in_two_ways(read, text, how, said):
    with pytest.raises(InputError, match=said):
        read(text, **how)


def test_what_is_told_settles_a_doubt(read):
    arr = read("x,2026-07,2026-08\nNew,12001,24002\n", measure="arr")
    assert totals(arr)["new"] == [1_000.08, 2_000.17]
    text = 'MRR,2026-07,2026-08\nNew,"1,234","5,678"\n'
    assert totals(read(text, decimal="."))["new"] == [1_234, 5_678]
    known = {"measure": "mrr", "scale": 1}
    assert totals(read(text, decimal=",", **known))["new"] == [1.23, 5.68]
    months = "MRR,Jul,Aug,Sep\nNew,1000,2000,3000\n"
    assert len(read(months, first="2026-07").months) == 3
    with pytest.raises(InputError, match="not the month 2026-08"):
        read(months, first="2026-08")
    small = "MRR,2026-07,2026-08\nClosing,200,210\n"
    assert totals(read(small, scale=1000))["closing"] == [200_000, 210_000]


def test_months_without_a_year_take_the_one_of_the_title_and_it_is_said(read):
    budget = read("Budget 2026,,,\nMRR,Nov,Dec,Jan\nNew,1000,2000,3000\n")
    assert "the months from B2 on have no year: B2 is 2026-11" in budget.assumptions
    assert budget.months[-1] == 2027 * 12


def test_arr_in_a_flow_is_rounded_over_the_year_and_not_each_month(read):
    months = ",".join(f"2026-{m:02d}" for m in range(7, 13))
    budget = read(f"ARR,{months}\nNew,{','.join(['10000'] * 6)}\n")
    cents = [round(100 * each) for each in totals(budget)["new"]]
    assert cents == [83333, 83334, 83333, 83333, 83334, 83333]
    assert sum(cents) == 500_000


def test_new_logos_are_amounts_unless_new_business_stands_there_too(read):
    budget = read("ARR,2026-07\nNew logos,120000\n")
    assert totals(budget)["new"] == [10_000]
    assert "'New logos' are amounts and not numbers of customers" in budget.assumptions
    budget = read("ARR,2026-07\nNew,120000\nNew logos,3\n")
    assert totals(budget)["new"] == [10_000]
    assert list(budget.customers["new"].values()) == [3.0]


def test_months_without_amounts_are_told(read):
    budget = read("MRR,2026-07,2026-08\nNew,1000,\n")
    assert len(budget.months) == 1
    assert "2026-08 have no amounts and are not planned" in budget.assumptions


def test_parts_of_a_movement_are_added_and_it_is_said(read):
    budget = read("MRR,2026-07,2026-08\nUpsell,1,2\nPrice increase,10,20\nNew,1000,1000\n")
    assert totals(budget)["expansion"] == [11, 22]
    assert "expansion is the sum of the rows 'Upsell', 'Price increase'" in budget.assumptions


def test_months_between_the_ledger_and_the_budget_lead_evenly_to_it(read):
    budget = read("MRR,2026-10,2026-11\nOpening,206000,206005\nNew,5,5\n")
    assert totals(budget)["closing"] == [202_000, 204_000, 206_000, 206_005, 206_010]
    assert any("2026-07 to 2026-09 are not in the file" in each for each in budget.assumptions)


def test_what_was_known_is_the_month_before_a_budget_that_has_begun(tmp_path, later):
    path = tmp_path / "b.csv"
    path.write_text(ACROSS)
    budget = Budget.read(path, later)
    assert str(budget.as_of) == "2026-06"
    assert any("the ledger as of 2026-06, the month before" in each for each in budget.assumptions)


def test_another_opening_than_the_ledgers_is_told(read, tmp_path, ledger, later):
    text = ACROSS.replace("200000,203000", "190000,193000").replace(
        "203000,206000", "193000,196000"
    )
    budget = read(text)
    said = "the budget opens at 190,000.00, the ledger closed 2026-06 at 200,000.00"
    assert said in budget.assumptions
    plan = seal(tmp_path, text, ledger)
    assert verify_plan(plan.path).ok
    variance = plan.against(later)
    assert any("opens elsewhere than the ledger closed" in note for note in variance.notes)
    table = variance.minor(month="2026-07").set_index("line")
    assert table.loc["restatement", "variance"] == 10_000_00


def test_customers_are_taken_where_every_segment_has_them(read):
    budget = read(ACROSS + "New customers,10,12\nCustomers,100,105\n")
    july, august = budget.months
    assert budget.customers == {
        "new": {(july, 0): 10.0, (august, 0): 12.0},
        "closing": {(july, 0): 100.0, (august, 0): 105.0},
    }


def test_a_new_segment_is_taken_where_the_column_is_named(read):
    text = "month,size,new MRR\n2026-07,SMB,1000\n2026-07,Large,1000\n2026-07,Public,5000\n"
    budget = read(text + text.partition("\n")[2].replace("2026-07", "2026-08"))
    assert ("Public",) in budget.segments.keys
    assert "the segment Public is new to the ledger" in budget.assumptions


def test_movements_of_the_company_and_levels_of_segments_make_a_company_plan(read):
    text = ACROSS + "Closing SMB,123000,126000\nClosing Large,80000,80000\n"
    budget = read(text)
    assert len(budget.segments) == 1
    assert {cell for cell, _, _ in budget.unused} == {"B7", "C7", "B8", "C8"}


def seal(folder, text, ledger, name="b", **more):
    source = folder / "budget.csv"
    source.write_text(text)
    words = {"name": "FY26", "approved_by": "Board"} | more
    return Plan.import_budget(source, ledger, path=folder / f"{name}.plan", **words)


def test_a_budget_is_sealed_alike(tmp_path, ledger):
    plan = seal(tmp_path, SEGMENTS_ACROSS, ledger)
    assert verify_plan(plan.path).ok
    again = Plan.read(plan.path)
    assert again.manifest.kind == "budget"
    assert again.draws.shape[1] == again.manifest.paths_kept == 0
    origin = again.manifest.origin
    assert (origin.file, origin.used) == ("budget.csv", 27)
    assert again.manifest.known.digest == ledger.fingerprint().digest
    figures = again.figures["mean"].to_numpy().reshape(2, 3, len(LINES))
    assert (figures[:, :, :-1].sum(axis=2) == figures[:, :, -1]).all()
    assert (figures[:, :2].sum(axis=1) == figures[:, 2]).all()
    # The file itself is in it.
    from scenarios.plans.sealing import unseal

    assert unseal(plan.path.read_bytes(), "p")["source"] == SEGMENTS_ACROSS.encode()
    other = seal(tmp_path, SEGMENTS_ACROSS, ledger, "c", approved_by="CEO")
    assert other.content_hash == plan.content_hash
    follower = seal(tmp_path, SEGMENTS_ACROSS, ledger, "d", follows=plan, kind="6+2")
    assert follower.manifest.predecessor == plan.itself


def test_a_changed_source_is_found_in_a_sealed_budget(tmp_path, ledger):
    from scenarios.plans.sealing import seal as sealed
    from scenarios.plans.sealing import unseal

    plan = seal(tmp_path, ACROSS, ledger)
    members = unseal(plan.path.read_bytes(), "p")
    members["source"] = members["source"].replace(b"5000", b"9000")
    plan.path.write_bytes(sealed(members))
    assert "source is not the table that the manifest names" in verify_plan(plan.path).problems[0]


def test_a_sealed_budget_is_read_again_to_the_same_figures(tmp_path, ledger, later):
    for i, text in enumerate((SEGMENTS_ACROSS, "ARR,2026-08\nARR,2448000\n")):
        plan = seal(tmp_path, text, ledger, f"p{i}", **({"measure": "arr"} if i else {}))
        for known in (ledger, later):
            found = plan.rerun(known)
            assert found.ok, found
    other = ledger_of([("A", "2025-10", None, 1_00, "SMB"), *ROWS[1:]], "2026-06")
    found = plan.rerun(other)
    assert not found.ok
    assert {each.name for each in found.changed} >= {"ledger"}


def test_actuals_are_laid_beside_a_budget_without_percentiles(tmp_path, ledger, later):
    variance = seal(tmp_path, SEGMENTS_ACROSS, ledger).against(later)
    assert variance.table(by_segment=True)["percentile"].isna().all()
    assert any("no distribution" in note for note in variance.notes)
    assert any("no reactivation, no expansion, no contraction" in note for note in variance.notes)


def test_only_what_finance_planned_is_scored(tmp_path, ledger, later):
    levels = seal(tmp_path, "ARR,2026-07,2026-08\nARR,2448000,2484000\n", ledger)
    card = Scorecard.of([levels], later)
    assert set(card.records["line"]) == {"closing", "net new"}
    assert card.records["pinball"].isna().all()
    assert "scored on means only: FY26" in card.notes[0]
    text = "MRR,2026-09,2026-10\nOpening,206000,206003\nNew,5,5\nLost,2,2\n"
    gap = seal(tmp_path, text, ledger, "gap")
    assert set(Scorecard.of([gap], later).records["horizon"]) == {3}


def test_labels_and_scales_and_cells():
    assert label_of("Gross new ARR").line == "new"
    assert label_of("Ending balance").line == "closing"
    assert label_of("Downgrades").line == "contraction"
    assert label_of("Win-back").line == "reactivation"
    assert label_of("Logo churn rate").other
    assert scale_of("all amounts in thousands of euros") == 1_000
    assert scale_of("Kunden") is None
    assert [cell_name(0, c) for c in (25, 26, 701, 702)] == ["Z1", "AA1", "ZZ1", "AAA1"]


def test_numbers_are_exact():
    texts = ["0.1", "1,234.56", "(3)", "$5", "n/a", "12 %"]
    numbers, sign = exact_numbers(texts, label="x", decimal=None, typed=False)
    assert sign == "."
    assert [n.value for n in numbers] == [
        Fraction(1, 10), Fraction(123456, 100), Fraction(-3), Fraction(5), None, None,
    ]  # fmt: skip
    assert [n.blank for n in numbers][-2:] == [True, False]


def written(cents, style):
    """An amount of cents as spreadsheets write it."""
    units, rest = divmod(abs(cents), 100)
    grouped = f"{units:,}"
    text = f"{grouped}.{rest:02d}"
    if style == "comma":
        text = f"{grouped.replace(',', '.')},{rest:02d}"
    if style == "euro":
        text = f"{grouped.replace(',', ' ')},{rest:02d} €"
    if style == "plain":
        text = f"{units}.{rest:02d}"
    return f"({text})" if cents < 0 else text


amounts = st.integers(0, 5_000_000)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(amounts, amounts, amounts), min_size=2, max_size=4),
    st.sampled_from(["plain", "point", "comma", "euro"]),
    st.sampled_from(["across", "down", "long"]),
    st.booleans(),
    st.booleans(),
)
def test_any_budget_comes_back_as_it_was_written(
    ledger, tmp_path, flows, style, layout, positive, total
):
    months = [f"2026-{7 + i:02d}" for i in range(len(flows))]
    names = ("New business", "Upsell", "Lost")
    signed = [(new, up, lost if positive else -lost) for new, up, lost in flows]
    columns = [[written(each, style) for each in column] for column in zip(*signed, strict=True)]
    sums = [written(sum(column), style) for column in zip(*signed, strict=True)]
    if layout == "long":
        rows = [["month", "movement", "MRR"]]
        rows += [[m, n, columns[k][i]] for i, m in enumerate(months) for k, n in enumerate(names)]
    else:
        rows = [["MRR", *months, *(["Total"] if total else [])]]
        rows += [
            [name, *column, *([sums[k]] if total else [])]
            for k, (name, column) in enumerate(zip(names, columns, strict=True))
        ]
    if layout == "down":
        rows = [list(row) for row in zip(*rows, strict=True)]
    path = tmp_path / "any.csv"
    path.write_text("\n".join(";".join(row) for row in rows) + "\n", encoding="utf-8")
    budget = Budget.read(path, ledger, measure="mrr", scale=1)
    found = totals(budget)
    assert found["new"] == [new / 100 for new, _, _ in flows]
    assert found["expansion"] == [up / 100 for _, up, _ in flows]
    assert found["churn"] == [-lost / 100 for _, _, lost in flows]
    assert budget.unused == ()
