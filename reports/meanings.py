"""What the words of deck and workbook mean, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .pack import Pack

if TYPE_CHECKING:
    from history.metrics import Metric


def definition(metric: Metric) -> str:
    """Give a metric's definition with its number of months put in."""
    return metric.definition.replace("`period`", str(metric.period))


def meanings(pack: Pack) -> list[tuple[str, str]]:
    """Words of the deck and what they mean, one sentence each."""
    told = {metric.name: definition(metric) for metric in pack.ledger.metrics(period=12)}
    paths = next(iter(pack.comparison.runs.values())).projection.paths
    found = [
        (
            "MRR, ARR",
            "Monthly recurring revenue at a month's close, without one-off lines; ARR is 12 x MRR.",
        ),
        (
            "Movements",
            (
                "Per customer and month: opening + new + reactivation + expansion - contraction "
                "- churn +/- FX = closing, exactly."
            ),
        ),
        ("NRR", told.get("nrr", "")),
        ("GRR", told.get("grr", "")),
        ("Cohort", "Customers by the month of their first close with MRR above 0."),
        (
            "P10, P50, P90",
            (
                f"One path in ten, five in ten, nine in ten of {paths:,} paths end below; the "
                "50, 80 and 95% bands hold that share of the paths."
            ),
        ),
        (
            "Forecast",
            (
                "The mean of three views of MRR: the cohorts (who stays, comes and grows), last "
                "year's flow rates, and a straight line; paths carry the fit's error and chance."
            ),
        ),
        (
            "Scenario",
            "Named changes of levers on the forecast; all scenarios share the same random draws.",
        ),
        (
            "Bridge",
            "Mean ARR, change by change, each alone; what they do together is the interaction.",
        ),
    ]
    if pack.variance is not None:
        found.append(
            ("Plan", "A scenario sealed with its figures; a restated past is a line of its own.")
        )
    return [(word, meaning[:1].upper() + meaning[1:]) for word, meaning in found if meaning]
