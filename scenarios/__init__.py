"""Decisions: scenarios, their comparison, sealed plans, and what became of them."""

from .any_change import AnyChange
from .attribution import Attribution
from .bridge import Bridge, Step
from .change import Change
from .compare import Comparison, compare, year_ends
from .derive import derived_scenarios
from .difference import difference
from .drivers import DRIVERS, PriceRise
from .files import scenario_schema
from .folder import read_scenarios
from .overlaps import Overlap, overlaps
from .plan import Plan, Verification, verify_plan
from .run import Run, Runs, run
from .scenario import Scenario
from .variance import Variance

__all__ = [
    "DRIVERS",
    "AnyChange",
    "Attribution",
    "Bridge",
    "Change",
    "Comparison",
    "Overlap",
    "Plan",
    "PriceRise",
    "Run",
    "Runs",
    "Scenario",
    "Step",
    "Variance",
    "Verification",
    "compare",
    "derived_scenarios",
    "difference",
    "overlaps",
    "read_scenarios",
    "run",
    "scenario_schema",
    "verify_plan",
    "year_ends",
]
