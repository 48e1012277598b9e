"""Slides on churn, curves, renewals, economics and risks: their figures are those of the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pptx import Presentation

from forecast import Forecaster
from history import Ledger
from history.synthetic import example_company
from reports import board_deck
from reports.deck.xml import slide_key
from reports.digest.churn import TOTAL, churn_by_segment
from reports.digest.curves import ALL, retention_curves
from reports.format import money, percent, scale_of
from scenarios import Costs, Scenario, compare, run, tornado, unit_economics

COSTS = Costs(sales_and_marketing=120_000, other=250_000, gross_margin=0.8)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    lines = example_company().generate(seed=1, through="2025-06").ledger_frame("2025-06")
    ledger = Ledger.read(lines, as_of="2025-06", currency="EUR")
    forecaster = Forecaster.fit(ledger, by="size")
    base = Scenario("Base")
    worse = Scenario("Worse", based_on=base).change("churn", times=1.2, because="a rival")
    view = compare(run([base, worse], forecaster, months=9, paths=200, seed=1), against="Base")
    path = tmp_path_factory.mktemp("real") / "deck.pptx"
    written = board_deck(path, ledger, view, company="North", costs=COSTS)
    slides = {slide_key(slide): slide for slide in Presentation(path).slides}
    return ledger, view, written, slides


def chart_of(slide, place=0):
    return [shape.chart for shape in slide.shapes if shape.has_chart][place]


def table_of(slide, place=0):
    table = [shape.table for shape in slide.shapes if shape.has_table][place]
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_every_slide_is_there_but_for_what_was_not_given(real):
    *_, written, slides = real
    assert {item.part for item in written.left_out} == {"plan versus actuals", "forecast quality"}
    assert 11 <= len(slides) <= 15
    assert [key for key in slides if not key.startswith("bridge:")] == [
        "cover", "arr", "movements", "retention", "churn", "cohorts", "curves", "renewals",
        "economics", "scenarios", "risks", "definitions",
    ]  # fmt: skip


def test_churn_is_that_of_the_movements(real):
    ledger, _, _, slides = real
    moves = ledger.movements(by="size")
    table = churn_by_segment(moves)
    lost = -moves.matrix("churn").iloc[-12:]
    opening = moves.matrix("opening").iloc[-12:]
    for name in lost.columns:
        assert table.loc[name, "lost"] == pytest.approx(lost[name].sum())
        assert table.loc[name, "rate"] == pytest.approx(lost[name].sum() / opening[name].sum())
    assert table.loc[TOTAL, "lost"] == pytest.approx(lost.to_numpy().sum())
    assert table["share"].iloc[:-1].sum() == pytest.approx(1)
    title = slides["churn"].shapes.title.text
    assert money(table.loc[TOTAL, "lost"], "EUR") in title
    assert percent(table.loc[TOTAL, "rate"], 2) in title
    drawn = chart_of(slides["churn"]).plots[0].series[0].values  # noqa: PD011
    assert list(drawn) == pytest.approx([*table["rate"]])


def test_retention_curves_are_products_of_the_steps_of_all_cohorts():
    cube = pd.DataFrame(
        [[50, 40, 30, 20], [100, 90, 80, np.nan], [100, 70, np.nan, np.nan],
         [100, 80, np.nan, np.nan]],
        index=pd.period_range("2025-01", periods=4, freq="M"),
    )  # fmt: skip

    class Cohorts:
        class segments:  # noqa: N801
            by = ()

        def triangle(self, segment=None, value="customers"):
            return cube

    curves = retention_curves(Cohorts())
    # The first cohort's age is not known; age 2 rests on one cohort and is not shown.
    assert curves[ALL].tolist() == pytest.approx([1, (90 + 70 + 80) / 300])


def test_renewals_and_layers_are_those_of_ledger_and_projection(real):
    ledger, view, _, slides = real
    schedule = ledger.renewals(12).schedule()
    due = chart_of(slides["renewals"]).plots[0].series[0]
    assert list(due.values) == pytest.approx([*schedule["arr"]])
    layers = chart_of(slides["renewals"], 1).plots[0].series
    drawn = np.sum([one.values for one in layers if one.name != "(labels)"], axis=0)  # noqa: PD011
    mean = view.runs["Base"].projection.draws("mrr").mean(axis=0)
    assert drawn == pytest.approx(mean[[2, 5, 8]])
    largest = ledger.renewals(12).largest_contracts(1).iloc[0]
    assert table_of(slides["renewals"], 1)[1][0] == largest["customer"]


def test_economics_are_those_of_the_scenarios(real):
    _, view, _, slides = real
    table = unit_economics(view.runs, COSTS)
    base = table[table["scenario"] == "Base"].set_index(["metric", "period"])["value"]
    rows = table_of(slides["economics"])
    shown = {row[0]: row[1:] for row in rows}
    periods = rows[0][1:]
    for period, text in zip(periods, shown["CAC payback, months"], strict=True):
        assert text == f"{base['cac_payback', period]:.1f}"
    assert money(base["cac", periods[0]], "EUR") in slides["economics"].shapes.title.text
    notes = slides["economics"].notes_slide.notes_text_frame.text
    assert "CAC payback, months: CAC / (ARPA x gross margin), months" in notes


def test_risks_are_the_tornado(real):
    _, view, _, slides = real
    found = tornado(view.runs, "Base", "2025-12")
    down, up = chart_of(slides["risks"]).plots[0].series
    assert list(down.values) == pytest.approx([one.down - found.center for one in found.swings])
    assert list(up.values) == pytest.approx([one.up - found.center for one in found.swings])
    first = found.swings[0]
    scale = scale_of([end - found.center for one in found.swings for end in (one.down, one.up)])
    cost = found.center - min(first.down, first.up)
    assert money(cost, "EUR", scale) in slides["risks"].shapes.title.text
