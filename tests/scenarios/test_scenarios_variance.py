import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster, ledger_of

from history import Ledger, Policy
from history.errors import CurrencyError, InputError, UnknownNameError
from scenarios import Plan, Scenario, run
from scenarios.variance import ACTUAL_MOVEMENTS, VARIANCE_LINES
from scenarios.variance.parts import split_new
from scenarios.variance.places import percentiles
from scenarios.variance.words import reading

KNOWN = [
    ("A", "2026-01", None, 100_000, "SMB"),
    ("B", "2026-02", "2026-05", 25_050, "SMB"),
    ("C", "2026-03", None, 77_777, "Large"),
]
LATER = [
    *KNOWN,
    # A late invoice for a month that the plan knew otherwise.
    ("Late", "2026-06", None, 4_321, "SMB"),
    ("N", "2026-07", "2026-09", 9_999, "SMB"),
    ("M", "2026-08", None, 1_234, "Public"),
    ("A", "2026-09", None, 5_000, "SMB"),
]
LINES = list(VARIANCE_LINES[:-1])


def plan_of(path, rows=None, by="size", months=6, currency="EUR", as_of="2026-06"):
    forecaster = ToyForecaster.of(ledger_of(rows or KNOWN, as_of, currency), by)
    made = run(Scenario("Base"), forecaster, months=months, paths=60)["Base"]
    return Plan.freeze(made, name="FY27", approved_by="CFO", path=path)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("plans") / "fy27.plan")


@pytest.fixture(scope="module")
def variance(plan):
    return plan.against(ledger_of(LATER, "2026-09"))


def check_sums(variance):
    """Every column of every month, segment and total adds up with ==."""
    for cumulated in (False, True):
        rows = variance.minor(by_segment=True, cumulated=cumulated)
        keys = ["month", *variance.segments.by]
        wide = rows.set_index([*keys, "line"])[["plan", "actual", "variance"]].unstack("line")  # noqa: PD010
        for column in ("plan", "actual", "variance"):
            assert (wide[column][LINES].sum(axis=1) == wide[column]["closing"]).all()
        assert (wide["actual"] - wide["plan"] == wide["variance"]).all(axis=None)
        if variance.segments.by:
            total = rows[variance.segments.by[0]] == "total"
            sums = rows[~total].groupby(["month", "line"])[["plan", "actual", "variance"]].sum()
            company = rows[total].set_index(["month", "line"])[["plan", "actual", "variance"]]
            assert (sums.sort_index() == company.sort_index()).all(axis=None)
    split = variance.new_split()
    parts = split[["volume", "price", "mix", "rounding"]].sum(axis=1)
    assert (parts == split["variance"]).all()
    assert split["rounding"].abs().max() <= max(1, len(variance.segments))
    for month in variance.months:
        for measure, factor in (("arr", 12), ("mrr", 1)):
            bridge = variance.bridge(month, measure=measure)
            cells = variance.minor(month=month).set_index("line")
            scale = 100.0
            assert bridge.end == factor * cells.loc["closing", "actual"] / scale
            assert bridge.start == factor * cells.loc["closing", "plan"] / scale


def test_every_cell_adds_up(variance):
    check_sums(variance)


def test_actuals_are_those_of_the_ledger(variance):
    ledger = ledger_of(LATER, "2026-09")
    closing = ledger.movements().matrix("closing")["total"]
    table = variance.table().query("line == 'closing'").set_index("month")
    assert table["actual"].tolist() == closing.loc["2026-07":].tolist()
    new = variance.table().query("line == 'new'")["actual"].tolist()
    assert new == [99.99, 12.34, 0.0]


def test_what_the_past_has_become_is_a_line_of_its_own(variance):
    rows = variance.table().query("line == 'restatement'")
    assert rows["variance"].tolist() == [43.21] * 3
    restated = variance.restated()
    assert restated["month"].astype(str).tolist() == ["2026-06"]
    assert restated["difference"].tolist() == [43.21]
    first = variance.table(month="2026-07").set_index("line")
    assert first.loc["opening", "variance"] == 0


def test_a_segment_that_the_plan_does_not_know_is_a_new_row(variance):
    rows = variance.table(by_segment=True, month="2026-08")
    public = rows[rows["size"] == "Public"].set_index("line")
    assert public["plan"].eq(0).all()
    assert public.loc["new", "actual"] == 12.34
    assert public["percentile"].isna().all()
    assert public["reading"].eq("").all()


def test_months_are_added_up_to_date(variance):
    rows = variance.minor(month="2026-09", cumulated=True).set_index("line")
    months = variance.minor().set_index("line")["variance"]
    for name in ACTUAL_MOVEMENTS:
        assert rows.loc[name, "variance"] == months.loc[name].sum()
    assert rows.loc["opening", "variance"] == 0
    assert (
        rows.loc["closing"].tolist()
        == variance.minor(month="2026-09").set_index("line").loc["closing"].tolist()
    )


def test_the_bridge_tells_customers_from_price(variance):
    bridge = variance.bridge("2026-09")
    labels = [step.label for step in bridge.steps]
    assert labels[:3] == ["restatement", "new: customers", "new: price"]
    assert bridge.steps[0].amount == pytest.approx(12 * 43.21)
    assert bridge.unit == "EUR ARR"
    with pytest.raises(InputError, match="arr or mrr"):
        variance.bridge(measure="customers")
    with pytest.raises(InputError, match="2026-10 has no variance"):
        variance.bridge("2026-10")


def test_a_figure_is_placed_in_the_plans_distribution(plan, variance):
    table = variance.table(month="2026-07").set_index("line")
    draws = plan.draws[0, :, 0, :].sum(axis=1)
    assert table.loc["new", "percentile"] == 100 * (draws < 99.99).mean()
    assert table.loc["restatement", "reading"] == ""
    assert np.isnan(table.loc["fx", "percentile"])
    to_date = variance.table(month="2026-08", cumulated=True).set_index("line")
    draws = plan.draws[0, :, :2, :].sum(axis=(1, 2))
    assert to_date.loc["new", "percentile"] == 100 * (draws < 112.33).mean()


def test_actuals_as_planned_are_noise(tmp_path):
    rows = [("A", "2026-01", None, 100_000, "SMB")]
    forecaster = ToyForecaster.of(ledger_of(rows, "2026-06"))
    still = Scenario("Still").change("new_customers", set=0).change("churn", set=0)
    made = run(still.change("expansion", set=0.002), forecaster, months=2, paths=20)["Still"]
    plan = Plan.freeze(made, name="p", approved_by="c", path=tmp_path / "p.plan")
    found = plan.against(ledger_of(rows, "2026-07"))
    table = found.table().set_index("line")
    assert table.loc["new", ["percentile", "reading"]].tolist() == [50.0, "noise"]
    assert table.loc["closing", "variance"] == 0
    assert table.loc["closing", "reading"] == "noise"


def test_percentile_counts_half_of_the_ties():
    draws = np.array([1.0, 2.0, 2.0, 3.0])
    for value, place in ((2.0, 50.0), (2.001, 50.0), (9.0, 100.0)):
        assert percentiles(np.array(value), draws, 0.01) == place


@pytest.mark.parametrize(
    ("percentile", "word"),
    [
        (0, "far below"),
        (2.4, "far below"),
        (2.5, "below"),
        (10, "noise"),
        (90, "noise"),
        (90.1, "above"),
        (97.5, "above"),
        (99, "far above"),
        (float("nan"), ""),
    ],
)
def test_the_words_of_a_percentile(percentile, word):
    assert reading(percentile) == word


def test_volume_and_price_are_the_textbooks():
    assert split_new(1000, 1320, 10.0, 12) == (200, 120)
    assert split_new(1000, 0, 10.0, 0) == (-1000, 0)
    assert split_new(0, 500, 0.0, 5) == (500, 0)


def test_points_stand_under_their_own_heading(variance):
    """Percentage points are no share of the plan."""
    head, *lines = variance.report().splitlines()[1:]
    ends = head.index("of plan") + len("of plan")
    rates = [line for line in lines if line.startswith("    rate ")]
    assert rates
    for line in rates:
        assert line.index(" pp") + 3 == head.index("change") + len("change")
        assert not line[ends - 8 : ends].strip()


def figures(lines):
    """Segment to the figures of its row, cents."""
    found = {}
    for line in lines:
        cells = re.findall(r"[+-]?[\d,]+\.\d{2}\b", line)
        found[line.split()[0]] = [int(re.sub("[,.]", "", cell)) for cell in cells]
    return found


@pytest.mark.parametrize("every", ["month", "to_date"])
def test_segments_foot_on_the_screen(variance, every):
    text = variance.report(every=every, by="size")
    block = text[text.index(" by size: plan and actual closing") :].split("\n\n")
    closings, lines = (figures(part.splitlines()[2:]) for part in block[:2])
    assert set(closings) == set(lines) == {*(k for (k,) in variance.segments.keys), "total"}
    for found in (closings, lines):
        total = found.pop("total")
        for at in range(len(total)):
            assert sum(row[at] for row in found.values()) == total[at]
        found["total"] = total
    for row in lines.values():
        assert sum(row[:-1]) == row[-1]
    for label, row in closings.items():
        assert row[1] - row[0] == row[2] == lines[label][-1]
    with pytest.raises(UnknownNameError, match="unknown segment column 'region'"):
        variance.report(by="region")


def test_it_is_told_in_words(variance):
    said = variance.sentences("2026-07")
    assert any("The past was restated by +43 EUR" in sentence for sentence in said)
    assert all(any(c.isdigit() for c in sentence) for sentence in said)
    assert "noise" in " ".join(said) or "outside" in " ".join(said)
    assert (
        str(variance).splitlines()[0].startswith("FY27: plan and actual MRR movements of 2026-09")
    )
    report = variance.report("2026-08")
    assert "2026-08" in report
    assert "plan to actual ARR at 2026-08" in report


def test_later_months_than_the_plans_are_left_out(tmp_path):
    plan = plan_of(tmp_path / "p.plan", months=2)
    found = plan.against(ledger_of(LATER, "2026-09"))
    assert [str(month) for month in found.months] == ["2026-07", "2026-08"]
    assert "The plan ends in 2026-08" in found.notes[0]
    check_sums(found)


def test_a_ledger_that_does_not_fit_is_refused(plan):
    with pytest.raises(CurrencyError, match="the plan 'FY27' is in EUR, the ledger in USD"):
        plan.against(ledger_of(LATER, "2026-09", "USD"))
    for as_of in ("2026-05", "2026-06"):
        with pytest.raises(InputError, match="no planned month is closed"):
            plan.against(ledger_of(LATER, as_of))
    with pytest.raises(InputError, match="begins in 2026-07, after 2026-06"):
        plan.against(ledger_of([("Z", "2026-07", None, 100, "SMB")], "2026-09"))
    lines = pd.DataFrame({"customer": ["A"], "start_date": ["2026-01-01"], "mrr": [100]})
    with pytest.raises(UnknownNameError, match="'size'"):
        plan.against(Ledger.from_lines(lines, as_of="2026-09", currency="EUR"))


def test_another_policy_is_said(plan):
    found = plan.against(ledger_of(LATER, "2026-09", policy=Policy(gap_days=40)))
    assert "policy" in found.notes[0]
    check_sums(found)


def test_a_dimension_called_plan_keeps_a_column_of_its_own(tmp_path):
    def books(as_of):
        lines = pd.DataFrame(
            {
                "customer": ["A", "B"],
                "start_date": ["2026-01-01", "2026-07-01"],
                "mrr": [100_000, 5_000],
                "plan": ["Pro", "Team"],
            }
        )
        return Ledger.from_lines(lines, as_of=as_of, currency="EUR")

    forecaster = ToyForecaster.of(books("2026-06"), "plan")
    made = run(Scenario("Base"), forecaster, months=2, paths=5)["Base"]
    plan = Plan.freeze(made, name="p", approved_by="c", path=tmp_path / "p.plan")
    table = plan.against(books("2026-07")).table(by_segment=True)
    assert table["plan_segment"].unique().tolist() == ["Pro", "Team", "total"]
    assert table["plan"].dtype == "float64"
    assert "plan" in plan.table(by_segment=True).columns


months = st.integers(0, 9)
line = st.tuples(
    st.sampled_from("ABCDEF"),
    months,
    st.none() | months,
    st.integers(1, 10**7),
    st.sampled_from(["SMB", "Mid", "Large"]),
)


def dated(rows, closed):
    """Lines with months counted from 2026-01; those that would end before they start go on."""
    return [
        (who, f"2026-{start + 1:02d}", None if end is None or end <= start else
         f"2026-{end + 1:02d}", mrr, size)
        for who, start, end, mrr, size in rows
        if start < closed
    ]  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(
    st.lists(line, min_size=1, max_size=12),
    st.lists(line, max_size=8),
    st.sampled_from(["size", None]),
)
def test_any_plan_and_any_ledger_add_up(tmp_path_factory, known, later, by):
    first = ("A", 0, None, 1_000, "SMB")
    before = dated([first, *known], 4)
    plan = plan_of(
        tmp_path_factory.mktemp("p") / "p.plan", rows=before, by=by, months=5, as_of="2026-04"
    )
    assert plan.verify().ok
    check_sums(plan.against(ledger_of(dated([first, *known, *later], 8), "2026-08")))


def test_a_plan_keeps_the_switches_of_its_policy_and_none_by_default(tmp_path, plan):
    assert "switches" not in plan.manifest.model_dump(mode="json")["known"]
    policy = Policy(gap_days=40)
    forecaster = ToyForecaster.of(ledger_of(KNOWN, "2026-06", policy=policy))
    made = run(Scenario("Base"), forecaster, months=2, paths=5)["Base"]
    kept = Plan.freeze(made, name="p", approved_by="c", path=tmp_path / "p.plan")
    assert Plan.read(kept.path).manifest.known.switches == {"gap_days": 40}
    assert kept.verify().ok


def test_a_planned_currency_move_is_a_line_beside_the_actual_one(tmp_path):
    """A plan that expects rates to take 50 a month of MRR, and rates that stand still."""
    toy = ToyForecaster.of(ledger_of(KNOWN, "2026-06"), "size")
    made = run(Scenario("Weak"), toy, months=6, paths=40)["Weak"]
    each = 25.0 * np.ones_like(made.projection.flows["fx"])
    projection = replace(made.projection, flows={**made.projection.flows, "fx": -each})
    weak = replace(made, projection=projection)
    plan = Plan.freeze(weak, path=tmp_path / "weak.plan", name="Weak", approved_by="CFO")
    assert not plan.verify().problems
    found = plan.against(ledger_of(LATER, "2026-08"))
    check_sums(found)
    rows = found.table(month="2026-07").set_index("line")
    assert rows.loc["fx", ["plan", "actual"]].tolist() == [-50.0, 0.0]
    assert rows.loc["fx", "percentile"] == 100.0
    said = " ".join(found.sentences("2026-07"))
    assert "moved MRR by +0 EUR in 2026-07; -50 EUR is planned" in said
