"""What the words of deck and workbook mean, one sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from history.language import figure, marked, say

from .pack import Pack

if TYPE_CHECKING:
    from history.metrics import Metric


_SWITCHES: Final = {
    "paused": marked("Whether a paused line counts nothing, or its amount unchanged."),
    "past_due": marked("Whether a line whose payment is overdue counts until it is cancelled."),
    "reactivation_window": marked(
        "Months after its churn in which a returning customer is a reactivation; later it is new."
    ),
    "same_month": marked(
        "Whether a line that begins and ends between two closes is a movement or ignored."
    ),
    "gap_days": marked("Days between two lines of a customer that are no churn."),
    "weeks_per_month": marked("Weeks in a month, for weekly prices."),
    "arr": marked("ARR: 12 x closing MRR, or only of lines whose term is a year or more."),
    "churn_date": marked(
        "The day on which a cancelled line stops to count: the end of the paid period, the "
        "customer's request, or the day the billing system ended it."
    ),
    "discounts": marked(
        "Which price counts: after all discounts, after permanent ones only, or the list price."
    ),
    "currency": marked(
        "The rate of an amount in another currency: of each close, or of the month in which its "
        "line started."
    ),
}


def definition(metric: Metric) -> str:
    """Give a metric's definition with its number of months put in."""
    return say(metric.definition).replace("`period`", str(metric.period))


def switch_meaning(name: str) -> str:
    """Say what a switch of the policy decides."""
    return say(_SWITCHES[name])


def meanings(pack: Pack) -> list[tuple[str, str]]:
    """Words of the deck and what they mean, one sentence each."""
    told = {metric.name: definition(metric) for metric in pack.ledger.metrics(period=12)}
    paths = next(iter(pack.comparison.runs.values())).projection.paths
    found = [
        (
            say("MRR, ARR"),
            say(
                "Monthly recurring revenue at a month's close, without one-off lines; "
                "ARR is 12 x MRR."
            ),
        ),
        (
            say("Movements"),
            say(
                "Per customer and month: opening + new + reactivation + expansion - contraction "
                "- churn +/- FX = closing, exactly."
            ),
        ),
        ("NRR", told.get("nrr", "")),
        ("GRR", told.get("grr", "")),
        (say("Cohort"), say("Customers by the month of their first close with MRR above 0.")),
        (
            "P10, P50, P90",
            say(
                "One path in ten, five in ten, nine in ten of {paths} paths end below; the "
                "50, 80 and 95% bands hold that share of the paths.",
                paths=figure(paths),
            ),
        ),
        (
            say("Forecast"),
            say(
                "The mean of three views of MRR: the cohorts (who stays, comes and grows), last "
                "year's flow rates, and a straight line; paths carry the fit's error and chance."
            ),
        ),
        (
            say("Scenario"),
            say(
                "Named changes of levers on the forecast; all scenarios share the same random "
                "draws."
            ),
        ),
        (
            say("Bridge"),
            say(
                "Mean ARR, change by change, each alone; what they do together is the interaction."
            ),
        ),
    ]
    if pack.variance is not None:
        found.append(
            (
                say("Plan"),
                say("A scenario sealed with its figures; a restated past is a line of its own."),
            )
        )
    return [(word, meaning[:1].upper() + meaning[1:]) for word, meaning in found if meaning]
