"""Facts: the billing history, its movements, cohorts, lives and metrics, exact to the cent."""

from .audit import Audit
from .close_reconciliation import CloseReconciliation
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
from .future import FUTURE_PARTS, FutureMrr
from .ledger import Ledger
from .lives import Lives
from .memo import Memo
from .metrics import Metric
from .movements import FLOWS, MOVEMENTS, Movements
from .policy import Policy
from .preset_spread import PresetFigures
from .presets import PRESETS, Preset
from .reconcile import Reconciliation
from .renewals import OUTCOMES, Renewals
from .restatement import Restatement
from .revenue import RevenueSchedule
from .revenue_bridge import RevenueBridge
from .segments import Segments
from .stages import STAGE_MOVEMENTS, Stages

__all__ = [
    "FLOWS",
    "FUTURE_PARTS",
    "MOVEMENTS",
    "OUTCOMES",
    "PRESETS",
    "RULES",
    "STAGE_MOVEMENTS",
    "ArrcastError",
    "Audit",
    "CloseReconciliation",
    "Cohorts",
    "CurrencyError",
    "Finding",
    "Findings",
    "Fingerprint",
    "FutureMrr",
    "InputError",
    "Ledger",
    "Lives",
    "Memo",
    "Metric",
    "Movements",
    "NotEnoughHistoryError",
    "OverwriteError",
    "PlanError",
    "Policy",
    "Preset",
    "PresetFigures",
    "Reconciliation",
    "Renewals",
    "Restatement",
    "RevenueBridge",
    "RevenueSchedule",
    "Rule",
    "Segments",
    "Stages",
    "UnknownNameError",
]
