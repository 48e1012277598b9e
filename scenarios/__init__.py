"""Decisions: scenarios, their comparison, sealed plans, and what became of them."""

from .changes.any_change import AnyChange
from .changes.change import Change
from .changes.drivers import (
    DRIVERS,
    Acquisition,
    AnnualPlans,
    CurrencyMove,
    Deal,
    Discount,
    InvoluntaryChurn,
    Launch,
    ListPrice,
    Marketing,
    Migration,
    NamedCustomer,
    OnboardingProgramme,
    Override,
    PaymentRecovery,
    Pipeline,
    PriceRise,
    Referral,
    SalesCapacity,
    Seasonality,
    VoluntaryChurn,
)
from .changes.overlaps import Overlap, overlaps
from .comparing.attribution import Attribution
from .comparing.bridge import Bridge, Step
from .comparing.compare import Comparison, compare, year_ends
from .comparing.difference import difference
from .costs import Costs
from .deciding.chances import chances, mixture
from .deciding.derive import derived_scenarios
from .deciding.dial import Dial
from .deciding.driver_dial import DriverDial
from .deciding.sensitivity import Tornado, grid, tornado
from .deciding.solve import Solution, break_even, solve
from .deciding.stress import stress_tests
from .deciding.target import Target
from .economics import unit_economics
from .files.folder import read_scenarios
from .files.schema import scenario_schema
from .mechanics import INPUTS, RATES, Mechanics
from .plans.budget import Budget
from .plans.chain import Chain
from .plans.plan import Plan, verify_plan
from .plans.rerun import Rerun
from .plans.scorecard import Scorecard
from .plans.verification import Verification
from .run import Run, Runs, run
from .scenario import Scenario
from .variance import Variance
from .variance.walk import reforecast_walk

__all__ = [
    "DRIVERS",
    "INPUTS",
    "RATES",
    "Acquisition",
    "AnnualPlans",
    "AnyChange",
    "Attribution",
    "Bridge",
    "Budget",
    "Chain",
    "Change",
    "Comparison",
    "Costs",
    "CurrencyMove",
    "Deal",
    "Dial",
    "Discount",
    "DriverDial",
    "InvoluntaryChurn",
    "Launch",
    "ListPrice",
    "Marketing",
    "Mechanics",
    "Migration",
    "NamedCustomer",
    "OnboardingProgramme",
    "Overlap",
    "Override",
    "PaymentRecovery",
    "Pipeline",
    "Plan",
    "PriceRise",
    "Referral",
    "Rerun",
    "Run",
    "Runs",
    "SalesCapacity",
    "Scenario",
    "Scorecard",
    "Seasonality",
    "Solution",
    "Step",
    "Target",
    "Tornado",
    "Variance",
    "Verification",
    "VoluntaryChurn",
    "break_even",
    "chances",
    "compare",
    "derived_scenarios",
    "difference",
    "grid",
    "mixture",
    "overlaps",
    "read_scenarios",
    "reforecast_walk",
    "run",
    "scenario_schema",
    "solve",
    "stress_tests",
    "tornado",
    "unit_economics",
    "verify_plan",
    "year_ends",
]
