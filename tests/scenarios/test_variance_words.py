from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scenarios_toy import ToyForecaster, ledger_of
from test_variance_drivers import BASE, plan_of

from history.errors import InputError
from history.money import to_major
from scenarios import Deal, NamedCustomer, Pipeline, Plan, Scenario, run
from scenarios.variance.bands import bands_of
from scenarios.variance.lines import ACTUAL_MOVEMENTS, NET
from scenarios.variance.signals import looks_at, signals_of
from scenarios.variance.signals import signals as judged
from scenarios.variance.spans import EVERY
from scenarios.variance.timing import settle
from scenarios.variance.words import Sentence

# Three new customers a month and segment at 20 each are planned.
SHORT = [*BASE, ("N", "2026-07", None, 1_000, "SMB")]
LATE = [*SHORT, *((f"L{i}", "2026-08", None, 2_000, "SMB") for i in range(6))]


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    path = tmp_path_factory.mktemp("p") / "p.plan"
    return plan_of(path, ledger_of(BASE, "2026-06"), months=9, paths=400)


def test_what_comes_later_makes_up_for_a_shortfall(plan):
    found = plan.against(ledger_of(LATE, "2026-12")).timing(window=3)
    smb = found.missed[:, 1]
    assert smb[0] < 0 < smb[1]
    assert found.timing[0, 1] == max(smb[0], -smb[1])
    assert found.verdicts()[0, 1] == "timing"
    # Nothing else came: September's window has ended in December, October's has not.
    assert found.verdicts()[:, 0].tolist() == ["permanent"] * 3 + ["open"] * 3
    assert found.permanent[2, 0] == found.missed[2, 0]
    assert (found.timing + found.permanent + found.open == found.missed).all()
    assert (found.claims, found.right) == (5, 1)
    assert 0.0 < found.by_chance < 1.0
    assert str(found).startswith("Shortfalls made up by half or more within 3 months: 1 of 5; ")


def test_the_table_of_timing_foots(plan):
    variance = plan.against(ledger_of(LATE, "2026-12"))
    table = variance.timing_table(by_segment=True)
    parts = table[["timing", "permanent", "open"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(table["variance"].to_numpy())
    company = table[table["size"] == "total"].set_index("month")["variance"]
    new = variance.table().query("line == 'new'").set_index("month")["variance"]
    assert company.tolist() == pytest.approx(new.tolist())
    with pytest.raises(InputError, match="1 to 24"):
        variance.timing(window=0)


@given(arrays(np.int64, st.integers(1, 8), elements=st.integers(-50, 50)), st.integers(1, 4))
def test_settling_moves_nothing_out_of_the_window(missed, window):
    left = settle(missed, window)
    assert left.sum() == missed.sum()
    assert (np.sign(left) * np.sign(missed) >= 0).all()
    assert (np.abs(left) <= np.abs(missed)).all()
    for late in range(len(left)):
        # What is left could not have been settled.
        for early in range(max(0, late - window), late):
            assert left[early] * left[late] >= 0


def signals(actual, draws):
    found = judged(0, looks_at("new", np.array(actual), draws.mean(axis=0), draws))
    return {each.rule: each for each in found}


def test_months_on_one_side_are_a_run():
    draws = np.random.default_rng(3).standard_normal((500, 7))
    seven = signals([-0.2] * 7, draws)["run"]
    # Seven of a kind in seven independent months: 2 x 0.5 to the 7th.
    assert seven.flagged
    assert seven.chance == pytest.approx(2 * 0.5**7, abs=0.015)
    assert (seven.side, seven.months) == ("below", 7)
    four = signals([0.3, 0.3, 0.3, -0.2, -0.2, -0.2, -0.2], draws)["run"]
    assert (four.months, four.flagged) == (4, False)
    assert not signals([-0.2] * 2, draws[:, :2]).get("drift")


def test_fewer_losses_than_planned_are_no_alarm_in_words(plan):
    words = " ".join(plan.against(ledger_of(BASE, "2026-12")).sentences())
    assert "Churn was lower than planned" in words
    assert "Churn is above" not in words


def test_another_companys_ledger_is_asked_about(plan):
    other = ledger_of([("Q", "2026-01", None, 7_000, "SMB")], "2026-12")
    assert "is this the ledger of 'FY27'" in plan.against(other).notes[0]
    restated = ledger_of([*BASE, ("Q", "2026-01", None, 7_000, "SMB")], "2026-12")
    assert plan.against(restated).notes == ()


def test_what_is_equal_but_for_the_precision_of_the_paths_is_a_tie(plan):
    rows = [*BASE, ("Z", "2026-08", None, 885_364, "SMB"), ("Y", "2026-09", None, 710, "SMB")]
    variance = plan.against(ledger_of(rows, "2026-12"))
    kept = variance.paths.flows["new", ""].copy()
    new = variance.actual.movement("new")
    kept[:, :, -1] = to_major(new.sum(axis=1), "EUR").astype(np.float32)[: kept.shape[1]]
    assert (kept[0, :, -1] != to_major(new.sum(axis=1), "EUR")[: kept.shape[1]]).any()
    same = replace(variance.paths, flows={**variance.paths.flows, ("new", ""): kept})
    variance.__dict__["paths"] = same
    company = [each for each in signals_of(variance, by_segment=False) if each.line == "new"]
    assert company == []


def test_a_drift_needs_no_run():
    draws = np.random.default_rng(4).standard_normal((500, 6))
    found = signals([1.4, 1.2, 1.5, 1.1, -1.0, 1.3], draws)
    assert found["drift"].flagged
    assert not found["run"].flagged


def correlated(dice, count, lines=6, months=9):
    """Paths of lines that hang together, and from month to month; the last is the others' sum."""
    own = dice.standard_normal((count, lines - 1, months))
    own += dice.standard_normal((count, lines - 1, 1)) + dice.standard_normal((count, 1, months))
    return np.concatenate([own, own.sum(axis=1, keepdims=True)], axis=1)


def flags(actual, draws):
    looks = [
        look
        for k, line in enumerate(actual)
        for look in looks_at(str(k), line, draws[:, k].mean(axis=0), draws[:, k])
    ]
    return [each.flagged for each in judged(0, looks)]


def test_a_plan_that_is_right_raises_any_flag_in_five_of_a_hundred_closes_at_most():
    """Six lines and two rules are looked at in each close; the rate holds for all together."""
    dice = np.random.default_rng(5)
    draws, trials = correlated(dice, 500), 300
    alarms = np.mean([any(flags(each, draws)) for each in correlated(dice, trials)])
    # Three standard errors of the trials, and that of 500 paths.
    assert alarms <= 0.05 + 3 * np.sqrt(0.05 * 0.95 * (1 / trials + 1 / 500))
    assert alarms > 0.01


def test_a_plan_that_is_wrong_in_one_line_is_flagged():
    dice = np.random.default_rng(6)
    draws, found = correlated(dice, 500), correlated(dice, 100)
    found[:, 2] -= 4.0
    assert np.mean([any(flags(each, draws)) for each in found]) > 0.5


def test_a_plan_without_paths_counts_coins():
    """Of seven lines, a run of six months is no flag (7 x 2 ** -5), one of ten is."""
    for months, flagged in ((6, False), (10, True)):
        one = list(looks_at("new", np.zeros(months), np.ones(months), np.empty((0, months))))
        same = np.zeros(months)
        others = [
            look for name in "abcdef" for look in looks_at(name, same, same, np.empty((0, months)))
        ]
        (found,) = judged(0, [*one, *others])
        assert (found.rule, found.chance, found.flagged) == ("run", 2.0 ** (1 - months), flagged)
        assert found.together == pytest.approx(min(1.0, 7 * 2.0 ** (1 - months)))


def test_how_many_movements_lie_outside_the_band_is_laid_beside_luck(plan):
    variance = plan.against(ledger_of(BASE, "2026-12"))
    (span,) = variance.spans("month", "2026-08")
    found = bands_of(variance, span)
    table = variance.table(month="2026-08").set_index("line")
    moved = table.loc[["new", "reactivation", "expansion", "contraction", "churn"]]
    moved = moved[moved["reading"] != ""]
    assert found.lines == len(moved)
    assert list(found.outside) == moved.index[moved["reading"] != "noise"].tolist()
    # A path lies outside its own 80 % band in a fifth of the lines (ties are inside).
    assert 0.1 * found.lines <= found.expected <= 0.2 * found.lines + 0.05
    (said,) = (each for each in variance.commentary("2026-08") if each.source == "bands")
    assert f"outside the 80 % band: {len(found.outside)} of {found.lines}, where" in said.text
    missed = variance.minor(month="2026-08").set_index("line")["variance"]
    assert said.amount == missed[list(found.outside)].sum()
    outlook = variance.spans("month")[-1]
    assert bands_of(replace(variance, closed=3), outlook) is None


def test_the_shares_of_a_difference_are_no_shares_of_the_plan(plan):
    """Nothing new came: all of it is missing, and it is not "100 % of plan"."""
    words = " ".join(plan.against(ledger_of(BASE, "2026-07")).sentences())
    assert "(100 %) below plan in 2026-07" in words
    assert "% of plan" not in words


def test_one_customer_is_no_plural(plan):
    words = " ".join(plan.against(ledger_of(SHORT, "2026-07")).sentences())
    assert "New customers: 1 instead of " in words
    assert "1 new customers" not in words


def test_shortfalls_name_their_segments(plan):
    variance = plan.against(ledger_of(LATE, "2026-12"))
    found = variance.timing()
    (permanent,) = (
        each for each in variance.commentary() if each.source == "timing" and "was not" in each.text
    )
    for column, label in enumerate(variance.segments.labels):
        short = np.minimum(found.permanent[:, column], 0).sum()
        assert (f"{label} {-short / 100:,.0f} EUR" in permanent.text) == bool(short)


def test_other_definitions_have_no_place_among_the_plans_paths(plan):
    """The closing of today's definitions is placed without what they make of it."""
    plain = plan.against(ledger_of(LATE, "2026-08"))
    table = plain.table(month="2026-08").set_index("line")
    redefined = replace(plain, policy=plain.policy + 10_000_000)
    found = redefined.table(month="2026-08").set_index("line")
    assert found.loc["closing", "actual"] > table.loc["closing", "actual"]
    assert found.loc["closing", "percentile"] == table.loc["closing", "percentile"]
    drivers = redefined.drivers(month="2026-08").set_index("line")
    assert drivers.loc["closing", "percentile"] == table.loc["closing", "percentile"]
    assert "(by the plan's definitions)" in redefined.sentences()[0]
    assert "(by the plan's definitions)" not in plain.sentences()[0]


def test_signals_of_a_plan(plan):
    variance = plan.against(ledger_of(BASE, "2026-12"))
    table = variance.signals(by_segment=True)
    new = table[(table["line"] == "new") & (table["size"] == "total")].set_index("rule")
    assert new["flagged"].all()
    assert new.loc["run", "months"] == 6
    missed = (
        variance.table(month="2026-12", cumulated=True).set_index("line").loc["new", "variance"]
    )
    assert new.loc["drift", "variance"] == pytest.approx(missed)
    assert "do anything as rare in any line" in " ".join(variance.sentences())


def test_every_sentence_has_a_number_that_stands_in_its_table(plan):
    variance = plan.against(ledger_of([*LATE, ("Z", "2026-05", None, 700, "Mid")], "2026-12"))
    for every in EVERY:
        for span in variance.spans(every):
            last = variance.months[span.last]
            parts = variance.drivers_minor(month=last, every=every)
            parts = parts.set_index(["line", "driver"])["variance"]
            lines = variance.minor(month=last, every=every).set_index("line")["variance"]
            said = variance.commentary(last, every=every)
            assert said
            for each in said:
                assert any(letter.isdigit() for letter in each.text)
                assert each.segment == ("total",)
                if each.source == "drivers":
                    where = lines if not each.driver else parts
                    key = each.line if not each.driver else (each.line, each.driver)
                    found = lines[list(ACTUAL_MOVEMENTS)].sum() if each.line == NET else where[key]
                    assert each.amount == found
    with pytest.raises(ValueError, match="without a number"):
        Sentence("Churn is high.", "churn", "", (), 0)


def test_sources_of_other_sentences(plan):
    variance = plan.against(ledger_of(LATE, "2026-12"))
    by_source = {each.source: each for each in variance.commentary()}
    timing = variance.timing_table()
    assert to_major(by_source["timing"].amount, "EUR") <= timing["permanent"].sum()
    signals = variance.signals()
    amounts = signals.loc[signals["flagged"], "variance"]
    assert to_major(by_source["signals"].amount, "EUR") in amounts.tolist()


def test_deals_that_the_plan_names_and_nobody_signed(tmp_path):
    deals = [
        Deal(name="North", mrr=500, closes="2026-07", probability=0.5),
        Deal(name="South", mrr=300, closes="2026-08", probability=1.0),
        Deal(name="East", mrr=900, closes="2026-12", probability=1.0),
    ]
    won = NamedCustomer(customer="West", event="win", mrr=40, months="2026-08")
    scenario = Scenario("Deals", changes=(Pipeline(deals=deals), won))
    made = run(scenario, ToyForecaster.of(ledger_of(BASE, "2026-06"), "size"), months=6, paths=20)
    plan = Plan.freeze(made["Deals"], name="p", approved_by="c", path=tmp_path / "p.plan")
    found = plan.against(ledger_of([*BASE, ("south ", "2026-08", None, 31_000, "SMB")], "2026-08"))
    assert [(deal.name, deal.planned, deal.actual) for deal in found.deals] == [
        ("North", 25_000, None), ("South", 30_000, 31_000), ("West", 4_000, None),
    ]  # fmt: skip
    (said,) = (each for each in found.commentary(every="to_date") if each.source == "deals")
    assert said.amount == -29_000
    assert said.text.startswith(
        "Of the deals that the plan names by 2026-08, 2 of 3 pay nothing yet: North, West, worth "
        "290 EUR of MRR at their chance"
    )
    (short,) = (each for each in found.commentary() if each.source == "timing")
    assert "; by name North (2026-07)" in short.text
