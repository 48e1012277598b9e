"""How good the forecast has been: error, bias, coverage and skill by horizon."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd

from history.language import marked, say, say_many

from ... import style
from ...format import count, percent
from ...pack import NotShownError
from ..charts import error_chart
from ..page import Deck, remark
from ..parts import Cell, Column, add_table
from ..template import BODY, Box

_HORIZONS = (1, 3, 6, 12, 18, 24)
_MOST = 4
_FIGURES: Final = {
    "n": marked("Forecasts"),
    "error": marked("Mean abs. error"),
    "bias": marked("Bias"),
    "coverage_80": marked("80% interval held"),
    "coverage_95": marked("95% interval held"),
}
_BASELINES: Final = {
    "last value": marked("last value"),
    "drift": marked("drift"),
    "trailing three months": marked("trailing three months"),
    "damped ETS": marked("damped ETS"),
}


def draw(deck: Deck) -> None:
    """Add the slide."""
    backtest = deck.pack.backtest
    if backtest is None:
        raise NotShownError(say("no backtest was given"))
    table = backtest.table
    table = table[table["horizon"].isin(_HORIZONS) & table["error"].notna()]
    if table.empty:
        raise NotShownError(say("the history is too short to measure the forecast"))
    skills = [name for name in table.columns if str(name).startswith("skill")]
    slide = deck.add(_title(table, skills), [*_notes(skills), *deck.pack.stood_out])
    columns = [Column(say("Months ahead"), 0.8, "left")]
    columns += [Column(say(label), 1.0) for label in _FIGURES.values()]
    columns += [
        Column(say("Skill vs {baseline}", baseline=_baseline(name)), 1.1) for name in skills
    ]
    rows = [_row(row, skills) for _, row in table.tail(_MOST).iterrows()]
    box = Box(BODY.left, BODY.top, BODY.width, 2.6)
    used = add_table(slide, box, columns, rows, description=say("Backtest by horizon."), wrap=3)
    errors = _errors(backtest.table, skills)
    if len(errors) > 1:
        error_chart(
            slide, Box(BODY.left, BODY.top + used + 0.15, BODY.width, BODY.height - used - 0.3),
            errors,
            description=say("Mean absolute error by months ahead, forecast and baselines."),
        )  # fmt: skip
    remark(
        slide,
        say(
            "Chart: mean absolute error, % of MRR, by months ahead. Skill: share of the baseline's "
            "error that is avoided; below 0 the baseline was better."
        ),
    )


def _errors(table: pd.DataFrame, skills: list[str]) -> pd.DataFrame:
    """Errors by horizon of the forecast and, from its skill, of each baseline."""
    known = table[table["error"].notna()].set_index("horizon")
    errors = pd.DataFrame({say("Forecast"): known["error"]})
    for name in skills:
        left = 1 - known[name]
        errors[_baseline(name)] = known["error"] / left.where(left > 0)
    return errors


def _baseline(column: str) -> str:
    name = column.removeprefix("skill").strip("_").replace("_", " ")
    return say(_BASELINES[name]) if name in _BASELINES else name


def _row(row: pd.Series, skills: list[str]) -> list[Cell]:
    cells = [Cell(str(int(row["horizon"])), bold=True), Cell(count(float(row["n"])))]
    cells += [
        Cell(percent(float(row["error"]))),
        Cell(percent(float(row["bias"]), signed=True)),
    ]
    for name, goal in (("coverage_80", 0.8), ("coverage_95", 0.95)):
        held = float(row[name])
        low = not math.isnan(held) and held < goal - 0.1
        cells.append(
            Cell(percent(held, 0), bold=low, ink=style.ink("vermillion") if low else style.INK)
        )
    return cells + [Cell(percent(float(row[name]), 0, signed=True)) for name in skills]


def _title(table: pd.DataFrame, skills: list[str]) -> str:
    row = (
        table[table["horizon"] <= 12].iloc[-1] if (table["horizon"] <= 12).any() else table.iloc[0]
    )
    ahead = int(row["horizon"])
    error, held = percent(float(row["error"])), float(row["coverage_80"])
    said = (
        say("Twelve months ahead, the forecast has missed MRR by {error} on average", error=error)
        if ahead == 12
        else say_many(
            "One month ahead, the forecast has missed MRR by {error} on average",
            "{n} months ahead, the forecast has missed MRR by {error} on average",
            ahead, error=error,
        )
    )  # fmt: skip
    if not math.isnan(held):
        return say(
            "{said}; its 80% interval held {share} of the time", said=said, share=percent(held, 0)
        )
    if skills:
        beaten = sum(float(row[name]) > 0 for name in skills)
        return say(
            "{said} and has beaten {beaten} of {n} baselines",
            said=said, beaten=beaten, n=len(skills),
        )  # fmt: skip
    return said


def _notes(skills: list[str]) -> list[str]:
    return [
        say(
            "Source: backtest by going back in time on the ledger; at each origin models are "
            "fitted again on what was known then."
        ),
        say(
            "Baselines: {baselines}. Bias: mean of forecast / actual - 1; above 0 the forecast "
            "was too high.",
            baselines=", ".join(_baseline(name) for name in skills) or say("none"),
        ),
    ]
