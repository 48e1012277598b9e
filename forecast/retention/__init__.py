"""Retention curves: what share of a cohort is left at each age, observed and beyond."""

from .chain_ladder import ChainLadder, chain_ladder
from .cured_fraction import CuredFraction, cured_fraction
from .curve import RetentionCurve
from .each import fit_cohorts
from .early import EarlyChurn, early_churn
from .effects import CohortEffects, Trend, fit_effects
from .fitting import fit_exposure, fit_retention
from .models import MODELS
from .pooling import pooling_strength
from .revenue import RevenueByAge, revenue_by_age
from .segments import SegmentCurves, fit_segments
from .study import RetentionStudy, study_retention
from .tail import Lifetime, interval, lifetime

__all__ = [
    "MODELS",
    "ChainLadder",
    "CohortEffects",
    "CuredFraction",
    "EarlyChurn",
    "Lifetime",
    "RetentionCurve",
    "RetentionStudy",
    "RevenueByAge",
    "SegmentCurves",
    "Trend",
    "chain_ladder",
    "cured_fraction",
    "early_churn",
    "fit_cohorts",
    "fit_effects",
    "fit_exposure",
    "fit_retention",
    "fit_segments",
    "interval",
    "lifetime",
    "pooling_strength",
    "revenue_by_age",
    "study_retention",
]
