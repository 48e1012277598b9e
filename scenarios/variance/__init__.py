"""Variance: actuals beside a plan, driver by driver, to the minor unit."""

from .lines import ACTUAL_MOVEMENTS, VARIANCE_LINES
from .timing import Timing
from .variance import Variance
from .words import Sentence

__all__ = ["ACTUAL_MOVEMENTS", "VARIANCE_LINES", "Sentence", "Timing", "Variance"]
