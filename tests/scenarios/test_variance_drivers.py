from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster, ledger_of

from history import Ledger, Policy
from history.errors import InputError, UnknownNameError
from scenarios import Plan, Scenario, run
from scenarios.variance.books import Books
from scenarios.variance.drivers import split
from scenarios.variance.lines import ACTUAL_MOVEMENTS, drivers_of
from scenarios.variance.parts import split_lost, split_new, split_rate, together
from scenarios.variance.spans import EVERY, spans

BASE = [
    ("A", "2026-01", None, 100_000, "SMB"),
    ("B", "2026-01", None, 50_000, "SMB"),
    ("C", "2026-01", None, 300_000, "Large"),
]


def plan_of(path, ledger, by="size", months=6, paths=40):
    forecaster = ToyForecaster.of(ledger, by)
    made = run(Scenario("Base"), forecaster, months=months, paths=paths)["Base"]
    return Plan.freeze(made, name="FY27", approved_by="CFO", path=path)


def books(opening, new, won, churn=0, lost=0.0, expansion=0, customers=100.0):
    """One month; new, won and the like by segment."""
    shape = (1, len(ACTUAL_MOVEMENTS), len(new))
    flows = np.zeros(shape, dtype=np.int64)
    for name, amounts in (("new", new), ("churn", churn), ("expansion", expansion)):
        flows[0, ACTUAL_MOVEMENTS.index(name)] = amounts
    ones = np.ones((1, len(new)))
    at = ACTUAL_MOVEMENTS.index("churn")
    return Books(
        opening=np.broadcast_to(np.asarray(opening, dtype=np.int64), (len(new),)).copy(),
        flows=flows,
        customers=customers * ones,
        won=np.asarray([won], dtype=float),
        churn=flows[:, at : at + 1],
        lost=lost * ones[:, None],
    )


def amounts_of(planned, actual):
    found = split(planned, actual, ("",), counted=True)
    return dict(zip(drivers_of(("",)), found[0].tolist(), strict=True))


def test_volume_price_and_mix_are_the_textbooks():
    """10 at 100 and 10 at 20 were planned, 6 at 110 and 16 at 25 came."""
    found = amounts_of(books(0, [1000, 200], [10, 10]), books(0, [660, 400], [6, 16]))
    # Segments: each by itself. Company: 2 more at the planned average of 60; two less Large and
    # five more Small than 22 at the planned shares of a half; what each pays at actual numbers.
    assert found["new", "volume"] == [-400, 120, 2 * 60]
    assert found["new", "mix"] == [0, 0, (6 - 11) * 100 + (16 - 11) * 20]
    assert found["new", "price"] == [6 * 10, 16 * 5, 6 * 10 + 16 * 5]
    assert found["rounding", ""] == [0, 0, 0]


def test_exposure_mix_and_rate_of_a_base():
    planned = books([1000, 1000], [0, 0], [0, 0], expansion=[20, 60])
    actual = books([2000, 500], [0, 0], [0, 0], expansion=[50, 20])
    found = amounts_of(planned, actual)
    assert found["expansion", "exposure"] == [20, -30, 500 * 80 // 2000]
    assert found["expansion", "mix"] == [0, 0, -30]
    assert found["expansion", "rate"] == [10, -10, 0]


def test_churn_is_split_in_exposure_rate_and_size():
    # 2 % of the customers, each as large as the average; then 3 %, each half as large again.
    parts = split_lost(-20, -54, (2.0, 3.0), (100.0, 100.0), (1000, 1200))
    assert parts == (-4, -12, -18)
    assert sum(parts) == -54 + 20
    # Where nobody counts, rate is that of MRR.
    nobody = (float("nan"), 3.0)
    assert split_lost(-20, -54, nobody, (100.0, 100.0), (1000, 1200)) == (-4, -30, 0)
    # Where none was planned to leave, there is no size to compare.
    assert split_lost(0, -54, (0.0, 3.0), (100.0, 100.0), (1000, 1200)) == (0, -54, 0)
    # All stay: no rate, no size.
    assert split_lost(-20, 0, (2.0, 0.0), (100.0, 100.0), (1000, 1000)) == (0, 20, 0)
    assert split_lost(0, -7, (2.0, 3.0), (100.0, 100.0), (0, 1000)) == (-7, 0, 0)


money = st.integers(-(10**12), 10**12)
count = st.integers(0, 10**6).map(lambda n: n / 10)


@given(money, money, count, count)
def test_volume_and_price_leave_no_more_than_rounding(planned, actual, then, now):
    volume, price = split_new(planned, actual, then, now)
    assert abs(actual - planned - volume - price) <= 1
    if then > 0 and now > 0:
        exact = Fraction(planned) / Fraction(str(then)) * (Fraction(str(now)) - Fraction(str(then)))
        assert abs(volume - exact) <= Fraction(1, 2)


@given(money, money, money, money)
def test_exposure_and_rate_leave_no_more_than_rounding(planned, actual, then, now):
    exposure, rate = split_rate(planned, actual, then, now)
    assert abs(actual - planned - exposure - rate) <= 1


@given(money, st.integers(1, 10**12), money)
def test_together_is_exact(planned, then, now):
    exact = Fraction(planned * (now - then), then)
    assert abs(together(planned, then, now) - exact) <= Fraction(1, 2)
    assert together(planned, 0, now) is None


def test_voluntary_and_involuntary_churn_are_told_apart(tmp_path):
    def ledger(as_of):
        rows = [
            ("A", "2026-01-01", None, 100_000, None),
            ("B", "2026-01-01", "2026-03-01", 30_000, "voluntary"),
            ("C", "2026-01-01", "2026-04-01", 10_000, "involuntary"),
            ("D", "2026-01-01", "2026-07-01", 20_000, "involuntary"),
            ("E", "2026-01-01", "2026-07-01", 5_000, None),
        ]
        names = ["customer", "start_date", "end_date", "mrr", "churn_reason"]
        frame = pd.DataFrame(rows, columns=names)
        return Ledger.from_lines(frame, as_of=as_of, currency="EUR")

    found = plan_of(tmp_path / "p.plan", ledger("2026-06"), by=None).against(ledger("2026-07"))
    # E names no reason: it stands beside the two that were met before the plan.
    assert found.reasons == ("voluntary", "involuntary", "unknown")
    # Three quarters of what was lost in the year before the plan went of its own will.
    planned = found.planned.churn[0, :, 0]
    assert planned.sum() == found.planned.movement("churn")[0, 0]
    assert planned[0] == round(0.75 * planned.sum())
    assert found.actual.churn[0, :, 0].tolist() == [0, -20_000, -5_000]
    drivers = found.drivers_minor().set_index(["line", "driver"])["variance"]
    assert drivers["churn", "involuntary rate"] < 0 < drivers["churn", "voluntary rate"]
    assert drivers.loc["churn"].sum() == -25_000 - planned.sum()


def test_other_definitions_are_a_line_of_their_own(tmp_path):
    """A gap of twenty days is a churn and a return by the plan, nothing by today's policy."""

    def ledger(as_of, policy):
        rows = [
            *(("A", "2026-01-01", None, 100_000), ("B", "2026-01-01", "2026-07-20", 30_000)),
            ("B", "2026-08-10", None, 30_000),
        ]
        frame = pd.DataFrame(rows, columns=["customer", "start_date", "end_date", "mrr"])
        return Ledger.from_lines(frame, as_of=as_of, currency="EUR", policy=policy)

    plan = plan_of(tmp_path / "p.plan", ledger("2026-06", Policy()), by=None)
    found = plan.against(ledger("2026-08", Policy(gap_days=30)))
    rows = found.minor().set_index(["month", "line"])["actual"]
    july, august = found.months
    assert (rows[july, "churn"], rows[august, "reactivation"]) == (-30_000, 30_000)
    assert (rows[july, "policy"], rows[august, "policy"]) == (30_000, 0)
    assert rows[july, "restatement"] == 0
    assert rows[july, "closing"] == 130_000
    assert "line policy" in found.notes[0]
    assert [step.amount for step in found.bridge(july).steps if step.label == "policy"] == [3600.0]
    # A policy that is not the default is read again by what the plan keeps of it.
    strict = plan_of(tmp_path / "q.plan", ledger("2026-06", Policy(gap_days=30)), by=None)
    back = strict.against(ledger("2026-08", Policy()))
    rows = back.minor().set_index(["month", "line"])["actual"]
    assert (rows[july, "churn"], rows[july, "policy"]) == (0, -30_000)


def test_definitions_that_cannot_be_read_again_are_said(tmp_path):
    ledger = ledger_of(BASE, "2026-06")
    plan = plan_of(tmp_path / "p.plan", ledger)
    other = Policy(weeks_per_month="365.25/84")
    found = plan.against(ledger_of(BASE, "2026-07", policy=other))
    assert "not told apart" in found.notes[0]
    assert not found.policy.any()


def test_periods():
    months = pd.period_range("2026-07", "2027-08", freq="M")
    years = spans(months, "year", 4)
    assert [span.label for span in years] == [
        "FY27, 2026-07 to 2027-03",
        "FY28, 2027-04 to 2027-08",
    ]
    assert [span.label for span in spans(months, "quarter", 4)][:2] == ["Q2 FY27", "Q3 FY27"]
    to_date = spans(months, "year_to_date", 1)
    assert to_date[5].label == "FY26, 2026-07 to 2026-12"
    assert (to_date[6].first, to_date[6].last) == (6, 6)
    assert len(spans(months, "to_date")) == 14
    with pytest.raises(UnknownNameError, match="quarter"):
        spans(months, "quarters")
    with pytest.raises(InputError, match="1 to 12"):
        spans(months, "year", 13)


def test_the_figures_behind_the_drivers(tmp_path):
    rows = [*BASE, ("N", "2026-07", None, 12_000, "SMB")]
    plan = plan_of(tmp_path / "p.plan", ledger_of(BASE, "2026-06"))
    found = plan.against(ledger_of(rows, "2026-07"))
    table = found.drivers(by_segment=True).set_index(["size", "line", "driver"])
    smb = table.loc["SMB"]
    won = plan.figures.query("line == 'new' and segment == 1")["customers"].iloc[0]
    assert smb.loc[("new", "volume"), ["plan_figure", "actual_figure"]].tolist() == [won, 1.0]
    assert smb.loc[("new", "price"), "actual_figure"] == 120.0
    assert smb.loc[("expansion", "rate"), ["plan_figure", "actual_figure", "unit"]].tolist() == [
        pytest.approx(0.01, abs=0.001), 0.0, "share",
    ]  # fmt: skip
    assert smb.loc[("expansion", "exposure"), "plan_figure"] == 1500.0
    company = table.loc["total"]
    assert company.loc[("closing", ""), "variance"] == pytest.approx(
        found.table().set_index("line").loc["closing", "variance"]
    )
    assert company.loc[("churn", "rate"), "percentile"] == 100.0  # nobody left
    assert company.loc[("new", "volume"), "percentile"] == 0.0  # one came instead of six


def check_drivers(variance):
    """Every driver sums to the closing in every cell and period, and over the segments."""
    for every in EVERY:
        for year in (1, 4):
            chosen = spans(variance.months, every, year)
            for span in chosen:
                plan, fact = variance.cells.lines(span)
                made = variance.cells.explained(span)
                assert (made.sum(axis=0) == fact[-1] - plan[-1]).all()
                assert (plan[:-1].sum(axis=0) == plan[-1]).all()
                assert (fact[:-1].sum(axis=0) == fact[-1]).all()
        rows = variance.drivers_minor(by_segment=True, every=every)
        ends = rows["line"] == "closing"
        keys = [name for name in rows.columns if name not in ("line", "driver", "variance")]
        sums = rows[~ends].groupby(keys)["variance"].sum()
        assert (sums == rows[ends].set_index(keys)["variance"].sort_index()).all()
        lines = variance.minor(by_segment=True, every=every)
        lines = lines[lines["line"] == "closing"].set_index(keys)["variance"].sort_index()
        assert (lines == sums).all()
    check_segments(variance)


def check_segments(variance):
    amounts = variance.cells.amounts
    drivers = drivers_of(variance.reasons, variance.cells.counted)
    own, company = amounts[..., :-1].sum(axis=-1), amounts[..., -1]
    for name in dict.fromkeys(line for line, _ in drivers):
        at = [i for i, (line, _) in enumerate(drivers) if line == name]
        assert (own[:, at].sum(axis=1) == company[:, at].sum(axis=1)).all()
        for i in at:
            if drivers[i][1] not in {"volume", "exposure", "mix"}:
                assert (own[:, i] == company[:, i]).all()
    # Rounding is what its name says: at most one unit a movement and part, in each cell.
    assert np.abs(amounts[:, -1, :-1]).max(initial=0) <= 4 + 2 * len(variance.reasons)


months = st.integers(0, 9)
line = st.tuples(
    st.sampled_from("ABCDEF"),
    months,
    st.none() | months,
    st.integers(1, 10**7),
    st.sampled_from(["SMB", "Mid", "Large"]),
    st.sampled_from(["voluntary", "involuntary", None]),
)
policies = st.builds(
    Policy,
    gap_days=st.sampled_from([0, 40]),
    reactivation_window=st.none() | st.integers(1, 4),
    same_month=st.sampled_from(["ignore", "count"]),
)


def ledger_with_reasons(rows, closed, policy):
    frame = pd.DataFrame(
        rows, columns=["customer", "start_date", "end_date", "mrr", "size", "churn_reason"]
    )
    frame = frame[frame["start_date"] < closed]
    later = [e if e is not None and e > s else None
             for s, e in zip(frame["start_date"], frame["end_date"], strict=True)]  # fmt: skip
    frame["start_date"] = [f"2026-{m + 1:02d}-01" for m in frame["start_date"]]
    frame["end_date"] = [None if e is None else f"2026-{int(e) + 1:02d}-01" for e in later]
    frame["churn_reason"] = (
        frame["churn_reason"].astype(object).where(frame["churn_reason"].notna(), None)
    )
    as_of = f"2026-{closed:02d}"
    return Ledger.from_lines(frame, as_of=as_of, currency="EUR", policy=policy)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(line, min_size=1, max_size=12),
    st.lists(line, max_size=8),
    st.sampled_from(["size", None]),
    policies,
    policies,
)
def test_any_plan_and_any_ledger_foot(tmp_path_factory, known, later, by, then, now):
    first = ("A", 0, None, 1_000, "SMB", None)
    plan = plan_of(
        tmp_path_factory.mktemp("p") / "p.plan",
        ledger_with_reasons([first, *known], 4, then),
        by=by,
        months=6,
    )
    check_drivers(plan.against(ledger_with_reasons([first, *known, *later], 9, now)))


def test_an_outlook_is_actuals_and_a_forecast(tmp_path):
    rows = [*BASE, ("N", "2026-07", None, 12_000, "SMB"), ("M", "2026-08", None, 900, "Public")]
    plan = plan_of(tmp_path / "p.plan", ledger_of(BASE, "2026-06"), months=12)
    ledger = ledger_of(rows, "2026-08", policy=Policy(gap_days=40))
    actuals = plan.against(ledger)
    forecaster = ToyForecaster.of(ledger, "size")
    projection = forecaster.project(through="2027-06", paths=50)
    found = actuals.outlook(projection)
    assert (found.closed, len(found.months)) == (2, 12)
    check_drivers(found)
    closing = found.minor().query("line == 'closing'")["actual"].tolist()
    assert closing[:2] == actuals.minor().query("line == 'closing'")["actual"].tolist()
    mean = projection.closing.mean(axis=0).sum(axis=1)
    assert closing[2:] == pytest.approx((100 * mean).tolist(), abs=3)
    year = found.minor(every="year").set_index(["period", "line"])
    new = found.minor().query("line == 'new'")["actual"]
    assert year.loc[("FY26, 2026-07 to 2026-12", "new"), "actual"] == new.iloc[:6].sum()
    assert found.table(every="year")["percentile"].isna().all()  # a forecast's mean is no path
    assert "plan and outlook MRR movements" in found.report(every="year")
    assert "plan and actual MRR movements of 2026-08" in found.report("2026-08")
    with pytest.raises(InputError, match="an outlook already"):
        found.outlook(projection)
    early = ToyForecaster.of(ledger.at("2026-07"), "size").project(months=3)
    with pytest.raises(InputError, match="begins after 2026-07, the actuals end in 2026-08"):
        actuals.outlook(early)
    other = ToyForecaster.of(ledger_of(BASE, "2026-08"), "size").project(months=3)
    with pytest.raises(InputError, match="does not open as 2026-08 closed"):
        actuals.outlook(other)
    with pytest.raises(InputError, match="by size, the forecast by the company"):
        actuals.outlook(ToyForecaster.of(ledger, None).project(months=3))


def test_a_plan_without_paths_and_customers_foots_too(tmp_path):
    """As a budget comes from a spreadsheet: amounts, and nothing else."""
    plan = plan_of(tmp_path / "p.plan", ledger_of(BASE, "2026-06"))
    bare = replace(
        plan,
        figures=plan.figures.assign(customers=np.nan),
        draws=np.zeros((plan.draws.shape[0], 0, *plan.draws.shape[2:])),
        counts=None,
    )
    left = ("B", "2026-01", "2026-08", 50_000, "SMB")
    rows = [BASE[0], left, BASE[2], ("N", "2026-07", None, 12_000, "SMB")]
    found = bare.against(ledger_of(rows, "2026-09"))
    check_drivers(found)
    assert ("new", "") in found.cells.drivers
    assert found.drivers(by_segment=True)["percentile"].isna().all()
    assert found.table(by_segment=True)["reading"].eq("").all()
    rates = found.drivers(month="2026-08").set_index(["line", "driver"])
    assert rates.loc[("churn", "rate"), "unit"] == "share"
    assert rates.loc[("churn", "size"), "variance"] == 0
    assert "new  " in found.report()
    assert [step.label for step in found.bridge().steps][:1] == ["new"]
    assert np.isnan(found.timing().by_chance)
    assert set(found.signals()["rule"]) == {"run"}
    # Who leaves is counted, and those who were there are not: the rate is that of MRR all the same.
    half = bare.figures.assign(
        customers=plan.figures["customers"].where(plan.figures["line"] == "churn")
    )
    half.loc[half["line"] == "churn", "customers"] = 1.0
    again = replace(bare, figures=half).against(ledger_of(rows, "2026-09"))
    check_drivers(again)
    assert again.drivers(month="2026-08").equals(found.drivers(month="2026-08"))
    with pytest.raises(InputError, match="counts no new customers"):
        found.new_split()


def test_exchange_rates_are_a_line_of_their_own(tmp_path):
    """A dollar falls from 0.90 to 0.80: what stands is worth less, and nobody has contracted."""
    rate = {f"2026-{month:02d}": "0.9" if month < 8 else "0.8" for month in range(1, 9)}
    fx = pd.DataFrame({"month": rate.keys(), "currency": "USD", "rate": rate.values()})
    rows = [
        ("A", "2026-01-01", None, 100_000, "USD", "SMB"),
        ("B", "2026-02-01", None, 50_001, "EUR", "SMB"),
        ("C", "2026-03-01", "2026-08-10", 33_333, "USD", "Large"),
    ]
    names = ["customer", "start_date", "end_date", "mrr", "currency", "size"]
    lines = pd.DataFrame(rows, columns=names)

    def ledger(as_of):
        return Ledger.from_lines(lines, as_of=as_of, currency="EUR", fx=fx)

    plan = plan_of(tmp_path / "p.plan", ledger("2026-06"))
    found = plan.against(ledger("2026-08"))
    check_drivers(found)
    rows = found.minor(month="2026-08").set_index("line")["actual"]
    # A's 1,000 dollars lose 100 euros; C takes away what its 333.33 were worth, in two lines.
    assert rows["fx"] + rows["churn"] == -10_000 - 30_000
    assert rows["contraction"] == 0
    assert any("Exchange rates moved MRR by" in said for said in found.sentences())
