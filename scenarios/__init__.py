"""Decisions: scenarios, their comparison, sealed plans, and what became of them."""

from .any_change import AnyChange
from .attribution import Attribution
from .bridge import Bridge, Step
from .budget import Budget
from .chain import Chain
from .chances import chances, mixture
from .change import Change
from .compare import Comparison, compare, year_ends
from .costs import Costs
from .derive import derived_scenarios
from .dial import Dial
from .difference import difference
from .driver_dial import DriverDial
from .drivers import (
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
from .economics import unit_economics
from .folder import read_scenarios
from .mechanics import INPUTS, RATES, Mechanics
from .overlaps import Overlap, overlaps
from .plan import Plan, verify_plan
from .rerun import Rerun
from .run import Run, Runs, run
from .scenario import Scenario
from .schema import scenario_schema
from .scorecard import Scorecard
from .sensitivity import Tornado, grid, tornado
from .solve import Solution, break_even, solve
from .stress import stress_tests
from .target import Target
from .variance import Variance
from .variance.walk import reforecast_walk
from .verification import Verification

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
