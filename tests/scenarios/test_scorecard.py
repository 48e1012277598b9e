import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenarios_toy import ToyForecaster, ledger_of
from test_scenarios_plan import ROWS

from forecast.quantiles import QUANTILES
from history.errors import CurrencyError, InputError, UnknownNameError
from history.months import index_of
from scenarios import Plan, Scenario, Scorecard, run
from scenarios.plans.figures import MOVEMENTS
from scenarios.plans.scores import SCORED, pinball, scores_of

LATER = [
    *ROWS,
    ("E", "2026-08", "2026-10", 5_000, "SMB"),
    ("F", "2026-09", None, 31_337, "Public"),
    ("A", "2026-10", None, 700, "SMB"),
]
LINES = ["new", "reactivation", "expansion", "contraction", "churn"]


def plan_of(path, as_of="2026-06", months=6, by="size", **more):
    forecaster = ToyForecaster.of(ledger_of(LATER, as_of), by)
    made = run(Scenario("Base"), forecaster, months=months, paths=60)["Base"]
    return Plan.freeze(made, name=path.stem, approved_by="CFO", path=path, **more)


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    return [plan_of(folder / f"{month}.plan", month) for month in ("2026-06", "2026-07", "2026-08")]


@pytest.fixture(scope="module")
def ledger():
    return ledger_of(LATER, "2026-11")


@pytest.fixture(scope="module")
def card(plans, ledger):
    return Scorecard.of(plans, ledger)


def test_every_closed_month_is_scored_with_what_came(plans, ledger):
    rows = scores_of(plans[0], ledger)
    assert sorted(set(rows["month"] - index_of("2026-06"))) == [1, 2, 3, 4, 5]
    assert (rows["horizon"] == rows["month"] - index_of("2026-06")).all()
    wide = ledger.movements().matrix("closing")["total"]
    closing = rows.query("line == 'closing' and segment == 'company'").sort_values("month")
    assert closing["actual"].tolist() == wide.iloc[-5:].tolist()
    sealed = plans[0].table().query("line == 'closing'")["mean"].tolist()
    assert closing["planned"].tolist() == sealed[:5]
    new = rows.query("line == 'new' and segment == 'company'").set_index("month")["actual"]
    # A segment that the plan does not know counts for the company.
    assert new[index_of("2026-09")] == 313.37
    assert set(rows["segment"]) == {"company", "Large", "Mid", "SMB"}


def test_net_new_is_the_sum_of_the_movements(plans, ledger):
    rows = scores_of(plans[0], ledger).query("segment == 'company'")
    wide = rows.pivot_table(index="month", columns="line", values=["planned", "actual"])
    for column in ("planned", "actual"):
        moved = wide[column][[name for name in MOVEMENTS if name in wide[column]]].sum(axis=1)
        assert wide[column]["net new"].to_numpy() == pytest.approx(moved.to_numpy())


def test_naive_forecasts_are_those_of_the_history_that_the_plan_knew(plans, ledger):
    rows = scores_of(plans[0], ledger).query("line == 'closing' and segment == 'company'")
    known = ledger.at("2026-06").movements().matrix("closing")["total"].to_numpy()
    assert rows["last_value"].tolist() == [known[-1]] * 5
    slope = (known[-1] - known[0]) / (len(known) - 1)
    assert rows["drift"].to_numpy() == pytest.approx(known[-1] + slope * np.arange(1, 6))


def test_a_movement_is_naively_as_in_the_last_month(plans, ledger):
    rows, known = scores_of(plans[1], ledger), plans[1].history
    place, month = plans[1].segments.position("SMB"), index_of("2026-07")
    for line in LINES:
        scored = rows.loc[(rows["line"] == line) & (rows["segment"] == "SMB"), "last_value"]
        last = known.loc[(known["line"] == line) & (known["segment"] == place)]
        last = last.loc[last["month"] == month, "mrr"].sum()
        assert scored.tolist() == [last / 100] * 4


def test_scores_are_the_textbook_ones(card):
    rows = card.records.query("line == 'closing' and segment == 'company'")
    for row in card.table("horizon").to_dict("records"):
        cell = rows.query("horizon == @row['horizon']")
        missed = (cell["planned"] - cell["actual"]).to_numpy()
        assert row["plans"] == cell["plan"].nunique()
        assert row["figures"] == len(cell)
        assert row["error"] == pytest.approx(np.abs(missed).mean())
        assert row["bias"] == pytest.approx(missed.mean())
        assert row["bias_share"] == pytest.approx(missed.mean() / cell["actual"].abs().mean())
        naive = (cell["last_value"] - cell["actual"]).abs().mean()
        if naive:
            assert row["skill_last_value"] == pytest.approx(1 - np.abs(missed).mean() / naive)
        assert row["coverage_80"] == cell["in_80"].mean()
        assert row["pinball"] == pytest.approx(cell["pinball"].mean())


def test_coverage_counts_the_actuals_within_the_sealed_quantiles(plans, ledger):
    plan = plans[0]
    rows = scores_of(plan, ledger).query("segment == 'company' and line == 'closing'")
    sealed = plan.table().query("line == 'closing'").iloc[:5]
    actual = rows["actual"].to_numpy()
    for column, (low, high) in {"in_80": ("p10", "p90"), "in_95": ("p2_5", "p97_5")}.items():
        inside = (sealed[low].to_numpy() <= actual) & (actual <= sealed[high].to_numpy())
        assert rows[column].tolist() == inside.astype(float).tolist()


@given(st.lists(st.floats(-100, 100), min_size=7, max_size=7).map(sorted), st.floats(-150, 150))
def test_pinball_is_what_its_definition_says(quantiles, actual):
    wanted = np.mean(
        [
            level * (actual - x) if actual > x else (1 - level) * (x - actual)
            for level, x in zip(QUANTILES.values(), quantiles, strict=True)
        ]
    )
    found = pinball(np.array([quantiles]), np.array([actual]))
    assert found[0] == pytest.approx(wanted, abs=1e-9)


def test_pinball_is_least_at_the_true_quantiles():
    draws = np.random.default_rng(1).normal(size=4_000)
    true = np.quantile(draws, list(QUANTILES.values()))

    def loss(quantiles):
        return pinball(np.tile(quantiles, (len(draws), 1)), draws).mean()

    assert loss(true) < min(loss(true + 0.2), loss(true * 1.3), loss(true * 0.7))


def test_tables_by_line_and_segment_cover_all(card):
    by_line = card.table("line")
    assert set(by_line["line"]) <= {*SCORED, "net new"}
    assert {"closing", "churn", "net new"} <= set(by_line["line"])
    assert "fx" not in set(by_line["line"])  # one currency: nothing planned, nothing came
    assert set(card.table("segment")["segment"]) == {"company", "Large", "Mid", "SMB"}
    both = card.table(("plan", "line"), segment="SMB")
    assert len(both) == len(both.drop_duplicates(["plan", "line"]))
    with pytest.raises(UnknownNameError):
        card.table("colour")
    with pytest.raises(UnknownNameError):
        card.table("horizon", line="clsing")


def made_up(planned, actual, plans, line="churn"):
    """A scorecard of so many plans, each of six months, whose actuals are given."""
    rows = [
        {
            "plan": f"p{k}", "seal": f"{k}", "month": 6 * k + m, "horizon": m + 1,
            "segment": "company", "line": line, "planned": planned, "actual": actual(k, m),
            "last_value": 0.0, "drift": 0.0, "pinball": 1.0, "in_80": 1.0, "in_95": 1.0,
        }
        for k in range(plans)
        for m in range(6)
    ]  # fmt: skip
    return Scorecard("EUR", pd.Period("2026-06", "M"), pd.DataFrame(rows))


def test_a_known_bias_is_found_with_its_factor():
    dice = np.random.default_rng(3)
    noise = dice.normal(1.25, 0.05, (12, 6))
    (row,) = made_up(-100.0, lambda k, m: -100.0 * noise[k, m], 12).promises().to_dict("records")
    assert row["factor"] == pytest.approx(noise.mean())
    # Months of plans that do not overlap: the error is that of independent means.
    assert row["error"] == pytest.approx(noise.mean(axis=1).std(ddof=1) / np.sqrt(12), rel=0.35)
    assert (row["finding"], row["lever"]) == ("over-promised", "churn")
    said = made_up(-100.0, lambda k, m: -100.0 * noise[k, m], 12).sentences()[0]
    assert "125% of the plan came" in said
    assert "OVER-PROMISED; to start the next plan from it: lever churn, times 1.25" in said


@pytest.mark.parametrize(
    ("line", "planned", "came", "finding"),
    [
        ("new", 100.0, 80.0, "over-promised"),
        ("new", 100.0, 120.0, "under-promised"),
        ("churn", -100.0, -80.0, "under-promised"),
        ("net new", 100.0, 80.0, "over-promised"),
        ("net new", 100.0, -80.0, "over-promised"),
        ("net new", -100.0, -120.0, "over-promised"),
    ],
)
def test_the_side_of_a_bias_is_that_of_the_company(line, planned, came, finding):
    card = made_up(planned, lambda k, m: came + (k % 3) + m % 2, 9, line)
    assert card.promises().loc[0, "finding"] == finding


def test_chance_is_not_called_a_tendency_too_often():
    dice = np.random.default_rng(5)
    called = 0
    for _ in range(200):
        noise = dice.normal(1.0, 0.3, (10, 6))
        card = made_up(100.0, lambda k, m, n=noise: 100.0 * n[k, m], 10, "new")
        called += card.promises().loc[0, "finding"] != "none"
    assert called <= 24  # 5 % of 200 are 10; 24 is beyond four standard deviations


def test_plans_that_share_their_months_do_not_pass_for_many():
    dice = np.random.default_rng(6)
    months = dice.normal(1.0, 0.3, 6)
    shared = made_up(100.0, lambda k, m: 100.0 * months[m], 30, "new")
    rows = shared.records.assign(month=shared.records["horizon"])
    card = Scorecard("EUR", shared.as_of, rows)
    error = card.promises().loc[0, "error"]
    alone = np.sqrt(6 / 5 * ((months - months.mean()) ** 2).sum()) / 6
    assert error == pytest.approx(alone, rel=0.01)


def test_with_few_plans_no_tendency_is_told(card):
    assert set(card.promises()["finding"]) == {"too few"}
    assert "too few to tell a tendency (5 plans and 5 months are needed)" in str(card)
    one = made_up(100.0, lambda k, m: 50.0, 1, "new").promises()
    assert np.isnan(one.loc[0, "error"])
    assert one.loc[0, "factor"] == 0.5


def test_a_plan_without_a_closed_month_is_named(plans, ledger, tmp_path):
    young = plan_of(tmp_path / "young.plan", "2026-11")
    card = Scorecard.of([*plans, young], ledger)
    assert card.plans == 3
    assert card.notes[0] == "without a closed month, not scored: young"
    with pytest.raises(InputError, match="nothing to score yet"):
        Scorecard.of([young], ledger)


def test_a_company_without_segments_is_scored_once(ledger, tmp_path):
    card = Scorecard.of([plan_of(tmp_path / "a.plan", by=None)], ledger)
    assert set(card.records["segment"]) == {"company"}
    assert "by segment" not in str(card)


def test_another_currency_is_refused(plans):
    with pytest.raises(CurrencyError, match="is in EUR, the ledger in USD"):
        Scorecard.of(plans, ledger_of(LATER, "2026-11", "USD"))


def test_the_scorecard_reads_as_text(card):
    text = str(card)
    assert text.startswith("Scorecard of 3 plans against the ledger as of 2026-11, MRR in EUR")
    for part in ("Closing MRR by months ahead", "By movement", "by segment", "What was promised"):
        assert part in text
