"""Variance: actuals beside a plan, driver by driver, to the minor unit."""

from .lines import ACTUAL_MOVEMENTS, VARIANCE_LINES
from .variance import Variance

__all__ = ["ACTUAL_MOVEMENTS", "VARIANCE_LINES", "Variance"]
