"""Retention curves: what share of a cohort is left at each age, observed and beyond."""

from .chain_ladder import ChainLadder, chain_ladder
from .curve import RetentionCurve
from .effects import CohortEffects, Trend, fit_effects
from .fitting import fit_exposure, fit_retention
from .models import MODELS
from .pooling import pooling_strength

__all__ = [
    "MODELS",
    "ChainLadder",
    "CohortEffects",
    "RetentionCurve",
    "Trend",
    "chain_ladder",
    "fit_effects",
    "fit_exposure",
    "fit_retention",
    "pooling_strength",
]
