"""What the rows of plan and actuals are called."""

from __future__ import annotations

from typing import Final

from history.language import marked, say

from ..digest.plan import LINE_LABELS
from .plan_grid import COUNTS, Part

_WHAT: Final = {
    "plan": marked("plan"),
    "actual": marked("actual"),
    "variance": marked("actual - plan"),
    "driver": marked("part of the variance"),
    "check": marked("0 where it adds up"),
}
_FIGURES: Final = {
    "customers": marked("Customers at the opening"),
    "won": marked("Customers won"),
    "lost": marked("Customers lost"),
    "each": marked("MRR of a customer won"),
    "expansion": marked("Expansion, share of opening MRR"),
    "contraction": marked("Contraction, share of opening MRR"),
    "churn": marked("Churn, share of opening MRR"),
    "share": marked("Customers lost, share of those at the opening"),
    "check": marked("Check: lines and their parts"),
    "typed": marked("Closing MRR typed over by"),
}
_OF_REASON: Final = {
    "churn": marked("Churn, {reason}"),
    "lost": marked("Customers lost, {reason}"),
    "rate": marked("Churn, {reason}, share of opening MRR"),
    "share": marked("Customers lost, {reason}, share of those at the opening"),
    "driver rate": marked("Churn, {reason}: rate"),
    "driver size": marked("Churn, {reason}: size of those lost"),
}
_REASONS: Final = {
    "voluntary": marked("voluntary"),
    "involuntary": marked("involuntary"),
    "unknown": marked("reason unknown"),
}
_DRIVERS: Final = {
    ("new", ""): marked("New"),
    ("new", "volume"): marked("New: customers won"),
    ("new", "mix"): marked("New: mix of segments"),
    ("new", "price"): marked("New: MRR of each"),
    ("reactivation", ""): marked("Reactivation"),
    ("expansion", "exposure"): marked("Expansion: opening MRR"),
    ("expansion", "mix"): marked("Expansion: mix of segments"),
    ("expansion", "rate"): marked("Expansion: rate"),
    ("contraction", "exposure"): marked("Contraction: opening MRR"),
    ("contraction", "mix"): marked("Contraction: mix of segments"),
    ("contraction", "rate"): marked("Contraction: rate"),
    ("churn", "exposure"): marked("Churn: opening MRR"),
    ("churn", "mix"): marked("Churn: mix of segments"),
    ("churn", "rate"): marked("Churn: rate"),
    ("churn", "size"): marked("Churn: size of those lost"),
    ("fx", ""): marked("Exchange rates"),
    ("rounding", ""): marked("Rounding"),
}


def label_of(part: Part) -> str:
    """Name a row for a reader."""
    side, what, detail = part
    if side == "check":
        key = what or "check"
        return say(_FIGURES[key])
    if what == "line":
        return say(LINE_LABELS[detail])
    if side == "driver":
        reason, _, of = detail.rpartition(" ")
        if reason:
            return say(_OF_REASON[f"driver {of}"], reason=say(_REASONS[reason]))
        return say(_DRIVERS[what, detail])
    if detail in _REASONS:
        return say(_OF_REASON[what], reason=say(_REASONS[detail]))
    key = detail if what == "rate" else what
    return say(_FIGURES[key])


def what_of(part: Part) -> str:
    """Say what a row holds."""
    return say(_WHAT[part[0]])


def unit_of(part: Part, currency: str) -> str:
    """Say in what a row is."""
    if part[1] in ("rate", "share"):
        return say("share")
    return say("customers") if part[1] in COUNTS else currency
