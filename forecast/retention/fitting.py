"""The two ways in: a triangle of survivors, or customers at risk and lost by age."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from history.errors import InputError
from history.language import kept, significant

from .choice import Chosen, choose
from .curve import RetentionCurve
from .exposure import Exposure
from .fit import Fit, ParametricFit, ProductLimitFit
from .forms import FloatArray
from .kaplan_meier import KaplanMeier
from .models import KAPLAN_MEIER, check_ages, estimate, known_form
from .pooling import pooling_strength, pseudo_customers
from .scoring import log_likelihood
from .triangle import Triangle

_STACK = "stack"  # what None gives, by its name


def fit_retention(triangle: pd.DataFrame, model: str | None = None) -> RetentionCurve:
    """Fit a retention curve to a triangle of survivors.

    Parameters
    ----------
    triangle
        One row a cohort; in columns the survivors at age 0 (the whole cohort), 1, 2, ..., blank
        after the newest diagonal. Customers, or MRR in any unit. One cohort of four ages is
        enough; with a single age after age 0 only the geometric can be told. A row may begin
        with blanks. Where survivors rise (customers who came back) they are set against the lost
        of the same age in the other cohorts, and `notes` says so.
    model
        `kaplan_meier` (volume-weighted chain ladder), `geometric`, `sbg` (shifted
        beta-geometric), `dw` (discrete Weibull) or `bdw` (beta-discrete-Weibull) by maximum
        likelihood; each but the first also with `+anniversary`, for contracts of twelve periods,
        and all but `bdw` with `+cured`, for a share that never leaves.
        None weighs the parametric ones by what they say about held-out newest diagonals.

    Returns
    -------
    RetentionCurve
        Frozen; answers every age.

    Raises
    ------
    UnknownNameError
        If there is no such model.
    InputError
        If cells are no counts, or blank between known ones: all are listed.
    NotEnoughHistoryError
        If no cohort is known at two ages, or the model has more parameters than ages are known.

    Examples
    --------
    Fader and Hardie (2007), High End customers:

    >>> import pandas as pd
    >>> alive = [[1000, 869, 743, 653, 593, 551, 517, 491]]
    >>> curve = fit_retention(pd.DataFrame(alive), "sbg")
    >>> {name: round(value, 3) for name, value in curve.parameters.items()}
    {'alpha': 0.668, 'beta': 3.806}
    >>> round(curve.log_likelihood, 3), curve.survival([8, 12]).round(3).tolist()
    (-1611.158, [0.46, 0.378])
    """
    read = Triangle.read(triangle)
    return fitted(read.exposure(), model, triangle=read)


def fit_exposure(
    at_risk: npt.ArrayLike,
    churned: npt.ArrayLike,
    model: str | None = None,
    *,
    period: int = 1,
    parent: RetentionCurve | None = None,
    strength: float | None = None,
    dispersion: float | None = None,
) -> RetentionCurve:
    """Fit a retention curve to customers at risk and lost by age.

    Parameters
    ----------
    at_risk, churned
        By age 1, 2, ... (one row), or by cohort and age with NaN after the newest diagonal; the
        second lets the choice hold out diagonals rather than the oldest ages, and lets the scatter
        between cohorts be measured. Lives that begin before the records simply enter at the age at
        which they are first seen.
    model
        As in `fit_retention`.
    period
        Months an age of the arrays is long: with 12 the ages are yearly renewals, and the curve
        answers in months, level between renewals.
    parent
        Curve of the company that a small segment is drawn towards, in the same ages.
    strength
        As how many customers the parent counts; None estimates it from this segment's total
        losses (better: `pooling_strength` over all segments, then given here).
    dispersion
        Scatter of the cells over that of independent customers; None measures it.

    Returns
    -------
    RetentionCurve
        Without `project`; `log_likelihood` is on the segment's own counts.

    Raises
    ------
    InputError
        If the arrays disagree or an entry is impossible.
    """
    exposure = Exposure.of(at_risk, churned)
    if period < 1 or int(period) != period:
        raise InputError(f"period is a whole number of months from 1 up, not {period}.")
    return fitted(
        exposure, model, period=int(period), parent=parent, strength=strength, dispersion=dispersion
    )


def fitted(
    exposure: Exposure,
    model: str | None,
    *,
    triangle: Triangle | None = None,
    period: int = 1,
    parent: RetentionCurve | None = None,
    strength: float | None = None,
    dispersion: float | None = None,
) -> RetentionCurve:
    """Fit a curve to exposures that were checked; arguments as of `fit_exposure`."""
    oldest = exposure.oldest_age
    exposure = Exposure(exposure.at_risk[:, :oldest], exposure.churned[:, :oldest], exposure.notes)
    at_risk, churned = exposure.pooled()
    if dispersion is None:
        with np.errstate(invalid="ignore"):
            dispersion = exposure.dispersion(churned / at_risk)
    notes = list(exposure.notes)
    if dispersion > 1.0:
        notes.append(
            kept(
                "customers leave together: the numbers scatter {scatter} times as much as if each "
                "left by itself, and all errors are widened accordingly",
                scatter=partial(significant, dispersion, 3),
            )
        )
    pseudo = None
    if parent is not None:
        if strength is None:
            strength = pooling_strength(parent, [(at_risk, churned)])
        pseudo = pseudo_customers(parent, strength)
        notes.append(
            kept(
                "drawn towards the parent curve, which counts as {n} customers",
                n=partial(significant, strength, 3),
            )
        )
    if model is None or model == _STACK:
        chosen = choose(exposure, dispersion, pseudo)
    else:
        chosen = _named(model, at_risk / dispersion, churned / dispersion, dispersion, pseudo)
    notes += chosen.remarks
    ages = np.arange(1.0, oldest + 1)
    left = chosen.fit.log_between(ages - 1.0, ages)
    return RetentionCurve(
        log_likelihood=float(log_likelihood(left, at_risk, churned)),
        oldest_age=oldest * period,
        _fit=chosen.fit,
        _table=chosen.table,
        period=period,
        notes=tuple(notes),
        _triangle=triangle,
    )


def _named(
    model: str,
    at_risk: FloatArray,
    churned: FloatArray,
    dispersion: float,
    pseudo: tuple[FloatArray, FloatArray] | None,
) -> Chosen:
    """Fit the model that was asked for."""
    if pseudo is not None:
        size = max(len(at_risk), len(pseudo[0]))
        at_risk, churned = (
            np.pad(own, (0, size - len(own))) + np.pad(added, (0, size - len(added)))
            for own, added in zip((at_risk, churned), pseudo, strict=True)
        )
    if model == KAPLAN_MEIER:
        limit = KaplanMeier(at_risk, churned)
        fit: Fit = ProductLimitFit(limit, limit.estimate(), dispersion)
        return Chosen.of(fit, [_asked(model, len(limit.parameters), float("nan"), "")])
    form = known_form(model)
    check_ages(form, at_risk)
    found = estimate(form, at_risk[None], churned[None])
    fit = ParametricFit(form, found.phi[0], at_risk, churned, dispersion)
    reason = found.at_limit if found.converged[0] else kept("the search did not converge")
    value = float(found.log_likelihood[0]) * dispersion
    return Chosen.of(fit, [_asked(model, len(form.parameters), value, reason)])


def _asked(model: str, parameters: int, value: float, reason: str) -> dict[str, object]:
    return {
        "model": model,
        "parameters": parameters,
        "log_likelihood": value,
        "held_out": float("nan"),
        "score": float("nan"),
        "weight": 1.0,
        "status": "asked for",
        "reason": reason,
    }
