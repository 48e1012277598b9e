"""Segments side by side: how much more or less each loses, drawn towards all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from history.errors import InputError, NotEnoughHistoryError, unknown_name

from .curve import RetentionCurve
from .exposure import Exposure
from .fitting import fitted
from .forms import FloatArray
from .pooling import SPREADS, USUAL_SPREAD
from .regression import Cells, Regression, regress, without_effects
from .triangle import Triangle


@dataclass(frozen=True, eq=False)
class SegmentCurves:
    """One shape of curve for all segments, and a factor for each.

    Attributes
    ----------
    ratios
        Index the segments; columns lost, hazard_ratio (its rate over the mean segment's, at equal
        age) and log_error (standard error of its log), pooled_ratio and pooled_error (the same
        drawn towards 1, by empirical Bayes).
    spread
        Standard deviation of the segments' true log ratios, as far as the data tell.
    dispersion
        Scatter of the cells over that of independent customers, at least 1; errors include it.
    """

    ratios: pd.DataFrame
    spread: float
    dispersion: float
    _average: RetentionCurve = field(repr=False)

    def curve(self, segment: str) -> RetentionCurve:
        """Curve of a segment: the average one to the power of its pooled ratio.

        Raises
        ------
        UnknownNameError
            If there is no such segment.
        """
        if segment not in self.ratios.index:
            raise unknown_name("segment", segment, list(map(str, self.ratios.index)))
        place = list(self.ratios.index).index(segment)
        ratio, error = self.ratios[["pooled_ratio", "pooled_error"]].to_numpy()[place]
        return self._average.times(float(ratio), log_error=float(error))

    def average(self) -> RetentionCurve:
        """Curve of the mean segment (of the log rates, weighted by what each tells)."""
        return self._average


def fit_segments(triangles: Mapping[str, pd.DataFrame], model: str | None = None) -> SegmentCurves:
    """Fit one curve to several segments, and how much more or less each of them loses.

    Where shapes differ (contracts here, customers at will there) fit them apart, and lean small
    ones on a parent with `fit_exposure`.

    Parameters
    ----------
    triangles
        By segment, each as for `fit_retention`; at least two.
    model
        Form of the curve, as in `fit_retention`; None weighs them.

    Returns
    -------
    SegmentCurves
        Ratios are of a hazard regression with every age free. They are drawn towards 1 by normal
        beliefs whose spread is estimated from all of them, under a half-normal belief with scale
        0.3 as in `pooling_strength`.

    Raises
    ------
    InputError
        If there are fewer than two segments, or cells are no counts.
    NotEnoughHistoryError
        If a segment has no losses at ages at which others are known.

    Examples
    --------
    >>> import pandas as pd
    >>> from forecast.retention import fit_segments
    >>> found = fit_segments({
    ...     "small": pd.DataFrame([[10_000 * 0.9**age for age in range(9)]]),
    ...     "large": pd.DataFrame([[10_000 * 0.9**(age / 2) for age in range(9)]])})
    >>> ratios = found.ratios["hazard_ratio"]
    >>> print(round(ratios["small"] / ratios["large"], 3))
    2.0
    """
    if len(triangles) < 2:
        raise InputError(f"segments are compared from two on, not {len(triangles)}.")
    names = list(triangles)
    parts = [Triangle.read(frame).exposure() for frame in triangles.values()]
    widest = max(part.at_risk.shape[1] for part in parts)
    at_risk, churned = (
        np.vstack([_padded(getattr(part, side), widest) for part in parts])
        for side in ("at_risk", "churned")
    )
    segment = np.repeat(np.arange(len(parts)), [len(part.at_risk) for part in parts])
    exposure = Exposure(at_risk, churned, tuple(n for part in parts for n in part.notes))
    cells = Cells.of(at_risk, churned)
    member = (segment[cells.cohort][:, None] == np.arange(len(parts))).astype(float)
    lost = cells.churned @ member
    found = regress(cells, member[:, 1:]) if (lost > 0).all() else None
    if found is None:
        without = [name for name, count in zip(names, lost, strict=True) if count <= 0]
        raise NotEnoughHistoryError(
            "segments cannot be compared at equal ages: "
            + (f"no losses in {', '.join(without)}." if without else "their ages do not overlap.")
        )
    middle, effects, variances = _around_mean(found, member)
    pooled, errors, spread = _pooled(effects, variances)
    ratios = pd.DataFrame(
        {
            "lost": lost,
            "hazard_ratio": np.exp(effects),
            "log_error": np.sqrt(variances),
            "pooled_ratio": np.exp(pooled),
            "pooled_error": errors,
        },
        index=pd.Index(names, name="segment"),
    )
    average = fitted(without_effects(exposure, found, middle), model, dispersion=found.dispersion)
    return SegmentCurves(ratios, spread, found.dispersion, average)


def _padded(cells: FloatArray, widest: int) -> FloatArray:
    return np.pad(cells, ((0, 0), (0, widest - cells.shape[1])), constant_values=np.nan)


def _around_mean(found: Regression, member: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Mean effect (over the first segment), the segments' effects less it, and their variances."""
    share = found.weight @ member / found.weight.sum()
    raw = np.append(0.0, found.effects)
    covariance = np.zeros((len(raw), len(raw)))
    covariance[1:, 1:] = found.covariance
    centred = np.eye(len(raw)) - share
    return float(share @ raw), centred @ raw, np.diag(centred @ covariance @ centred.T)


def _pooled(effects: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Effects drawn towards 0, their standard errors, and the spread they are believed to have."""
    between = SPREADS[:, None] ** 2
    total = between + variances
    belief = -0.5 * (np.log(total) + effects**2 / total).sum(axis=1)
    belief += -0.5 * (SPREADS / USUAL_SPREAD) ** 2 + np.log(SPREADS)
    weight = np.exp(belief - belief.max())
    weight /= weight.sum()
    means = effects * between / total
    mean = weight @ means
    spread = weight @ (between * variances / total + (means - mean) ** 2)
    return mean, np.sqrt(spread), float(np.sqrt(weight @ SPREADS**2))
