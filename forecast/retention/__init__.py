"""Retention curves: what share of a cohort is left at each age, observed and beyond."""

from .chain_ladder import ChainLadder, chain_ladder
from .cured_fraction import CuredFraction, cured_fraction
from .curve import RetentionCurve
from .each import fit_cohorts
from .effects import CohortEffects, Trend, fit_effects
from .fitting import fit_exposure, fit_retention
from .models import MODELS
from .pooling import pooling_strength
from .tail import Lifetime, interval, lifetime

__all__ = [
    "MODELS",
    "ChainLadder",
    "CohortEffects",
    "CuredFraction",
    "Lifetime",
    "RetentionCurve",
    "Trend",
    "chain_ladder",
    "cured_fraction",
    "fit_cohorts",
    "fit_effects",
    "fit_exposure",
    "fit_retention",
    "interval",
    "lifetime",
    "pooling_strength",
]
