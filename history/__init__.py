"""Facts: the billing history, its movements, cohorts, lives and metrics, exact to the cent."""

from .cohorts import Cohorts
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
from .fingerprint import Fingerprint
from .ledger import Ledger
from .lives import Lives
from .metrics import Metric
from .movements import FLOWS, MOVEMENTS, Movements
from .policy import Policy
from .reconcile import Reconciliation
from .segments import Segments

__all__ = [
    "FLOWS",
    "MOVEMENTS",
    "RULES",
    "ArrcastError",
    "Cohorts",
    "CurrencyError",
    "Finding",
    "Findings",
    "Fingerprint",
    "InputError",
    "Ledger",
    "Lives",
    "Metric",
    "Movements",
    "NotEnoughHistoryError",
    "OverwriteError",
    "PlanError",
    "Policy",
    "Reconciliation",
    "Rule",
    "Segments",
    "UnknownNameError",
]
