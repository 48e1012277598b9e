from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from reports_fakes import FakeLedger, comparison, movements, variance

from history.errors import NotEnoughHistoryError, OverwriteError
from reports import figures
from reports.digest.history import walk
from reports.format import Scale
from scenarios import Bridge, Dial, Step, Tornado
from scenarios.deciding.sensitivity import Swing

COMPANY = movements(labels=("Enterprise", "Mid", "SMB"))
VIEW = comparison(COMPANY)
LEDGER = FakeLedger(COMPANY)

TORNADO = Tornado(
    "Base",
    pd.Period("2027-12", "M"),
    "arr",
    "EUR ARR",
    1.2e6,
    (
        Swing(Dial("new_arpa"), 0.1, "share", 1.1e6, 1.3e6),
        Swing(Dial("churn"), 0.1, "assumed", 1.25e6, 1.16e6),
    ),
)
DRAWN = {
    "fan": lambda ax: figures.arr_fan(COMPANY, VIEW, ax),
    "waterfall": lambda ax: figures.movements_waterfall(COMPANY, ax),
    "bridge": lambda ax: figures.bridge(VIEW.bridge("Downside", "2027-12"), ax, currency="EUR"),
    "heatmap": lambda ax: figures.cohort_heatmap(LEDGER.cohorts(), ax),
    "curves": lambda ax: figures.retention_curves(LEDGER.cohorts(), ax),
    "tornado": lambda ax: figures.tornado(TORNADO, ax, currency="EUR"),
    "plan": lambda ax: figures.plan_versus_actuals(variance(), ax),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_takes_an_axes_gives_it_back_and_can_be_saved(name, tmp_path):
    before = dict(mpl.rcParams)
    figure, ax = figures.canvas(8, 4.5)
    assert DRAWN[name](ax) is ax
    path = figures.save(ax, tmp_path / ("f.svg" if name == "fan" else "f.png"), dpi=50)
    assert path.stat().st_size > 2000
    assert dict(mpl.rcParams) == before
    with pytest.raises(OverwriteError):
        figures.save(figure, path)


def test_the_package_loads_nothing_heavy_and_figures_no_pyplot():
    program = """
import sys
from reports import figures
heavy = {"matplotlib", "pptx", "xlsxwriter", "statsmodels", "scipy.stats"} & set(sys.modules)
assert not heavy, heavy
from scenarios import Bridge, Step
_, ax = figures.canvas()
way = Bridge(10.0, (Step("x", 2.0),), 12.0, unit="EUR", title="t")
figures.bridge(way, ax, currency="EUR")
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True)


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_the_waterfall_prints_figures_that_foot():
    _, ax = figures.canvas()
    figures.movements_waterfall(COMPANY, ax)
    amounts = [_number(text) for text in texts(ax)]
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1])


def _number(text):
    sign = -1 if text.startswith("(") else 1
    return sign * float(text.strip("()+").removeprefix("€").removesuffix("k"))


def test_the_tornado_prints_each_end_beside_its_bar_and_says_what_is_assumed():
    _, ax = figures.canvas()
    figures.tornado(TORNADO, ax, currency="EUR")
    assert texts(ax) == ["(€100k)", "+€100k", "(€40k)", "+€50k"]
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["new ARPA\n±10%", "churn\n±10% (assumed)"]
    down_and_up = {bar.get_hatch() for bar in ax.patches}
    assert down_and_up == {"///", None}


def test_a_tornado_of_customers_counts_them():
    _, ax = figures.canvas()
    swings = (Swing(Dial("churn"), 0.1, "share", 520.0, 480.0),)
    month = pd.Period("2027-12", "M")
    figures.tornado(
        Tornado("Base", month, "customers", "customers", 500.0, swings), ax, currency="EUR"
    )
    assert texts(ax) == ["(20)", "+20"]
    assert "customers of 500 at Dec 2027" in ax.get_title(loc="left")


def test_the_fan_names_every_scenario_with_its_median():
    _, ax = figures.canvas()
    figures.arr_fan(COMPANY, VIEW, ax)
    named = texts(ax)
    for name in ("Base", "Upside", "Downside"):
        median = float(np.median(VIEW.runs[name].projection.draws("arr")[:, -1]))
        assert any(text == f"{name} €{median / 1e6:.2f}M" for text in named)


def test_the_fan_shows_three_bands_that_hold_each_other():
    _, ax = figures.canvas()
    figures.arr_fan(COMPANY, VIEW, ax)
    reach = [np.ptp(band.get_paths()[0].vertices[:, 1]) for band in ax.collections]
    assert len(reach) == 3
    assert reach == sorted(reach, reverse=True)


def test_the_walk_is_cut_where_history_begins():
    short = walk(movements(months=4), 12)
    assert short is not None
    assert short.months == 3
    assert short.closing == pytest.approx(short.opening + float(short.steps.sum()))
    assert walk(movements(months=1), 12) is None
    with pytest.raises(NotEnoughHistoryError, match="at least two months"):
        figures.movements_waterfall(movements(months=1), figures.canvas()[1])


@pytest.mark.parametrize("seed", range(5))
def test_the_walks_table_foots_in_both_directions(seed):
    way = walk(movements(seed=seed), 12).footed(Scale(1e3, "k", 0))
    for block in (way.table[name] for name in way.table):
        assert round(block.iloc[:-1].sum()) == round(block.iloc[-1])
    steps = way.table.drop(index=["opening", "closing"])
    assert (steps.drop(columns="Total").sum(axis=1).round() == steps["Total"].round()).all()


def test_awkward_companies_are_drawn(tmp_path):
    names = ("$5 = 10 % $", "👩‍💻 " + "x" * 200, "שלום")
    odd = movements(months=30, labels=names, churn=0.0, currency="JPY")
    view = comparison(odd, names=names)
    for draw in (
        lambda ax: figures.arr_fan(odd, view, ax),
        lambda ax: figures.retention_curves(FakeLedger(odd, 0.0).cohorts(), ax),
        lambda ax: figures.bridge(view.bridge(names[1], "2027-12"), ax, currency="JPY"),
    ):
        _, ax = figures.canvas()
        figures.save(draw(ax), tmp_path / "odd.png", dpi=40, force=True)


def test_small_steps_between_large_totals_are_printed_in_their_own_unit():
    steps = (
        Step("new_customers x 0.75, 2026-10 to 2027-06", -376_000.0),
        Step("churn x 1", -616e3),
    )
    way = Bridge(10_415_000.0, steps, 9_423_000.0, "EUR ARR", "Base to Downturn", "Base", "Down")
    _, ax = figures.canvas()
    figures.bridge(way, ax, currency="EUR")
    shown = [text.get_text() for text in ax.texts]
    assert shown[:4] == ["€10,415k", "(€376k)", "(€616k)", "€9,423k"]
    labels = [label.get_text() for label in ax.get_xticklabels()]
    assert labels[1].replace("\n", " ").replace("\xa0", " ") == (
        "new customers x 0.75, 2026-10 to 2027-06"
    )
    large = Bridge(10e6, (Step("price x 1.2", 2e6),), 12e6, "EUR ARR", "t", "Base", "Price")
    _, ax = figures.canvas()
    figures.bridge(large, ax, currency="EUR")
    assert "+€2.0M" in [text.get_text() for text in ax.texts]
