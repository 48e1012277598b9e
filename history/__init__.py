"""Facts: the billing history, its movements, cohorts, lives and metrics, exact to the cent."""

from .errors import (
    ArrcastError,
    CurrencyError,
    InputError,
    NotEnoughHistoryError,
    OverwriteError,
    PlanError,
    UnknownNameError,
)
from .findings import RULES, Finding, Findings, Rule
from .segments import Segments

__all__ = [
    "RULES",
    "ArrcastError",
    "CurrencyError",
    "Finding",
    "Findings",
    "InputError",
    "NotEnoughHistoryError",
    "OverwriteError",
    "PlanError",
    "Rule",
    "Segments",
    "UnknownNameError",
]
