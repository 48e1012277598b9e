"""One curve for every cohort by itself, all fitted at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .forms import FloatArray
from .kaplan_meier import KaplanMeier
from .models import KAPLAN_MEIER, estimate, known_form
from .scoring import log_likelihood
from .triangle import Triangle


def fit_cohorts(triangle: pd.DataFrame, model: str) -> pd.DataFrame:
    """Fit a curve to each cohort by itself, by maximum likelihood and in one batch.

    For tables of many cohorts or segments; a single cohort is little to go by, so for a decision
    fit them together (`fit_retention`), or lean them on a parent (`fit_exposure`).

    Parameters
    ----------
    triangle
        As for `fit_retention`; each row is a fit of its own. Survivors that rise count as no loss.
    model
        As in `fit_retention`, by name.

    Returns
    -------
    DataFrame
        Index as given; columns the parameters, log_likelihood (survivors censored) and converged.
        A row with fewer ages than the model has parameters is blank and not converged.

    Raises
    ------
    UnknownNameError
        If there is no such model.
    InputError
        If cells are no counts, or blank between known ones: all are listed.

    Examples
    --------
    Fader and Hardie (2007), both segments:

    >>> import pandas as pd
    >>> from forecast.retention import fit_cohorts
    >>> alive = pd.DataFrame([[1000, 869, 743, 653, 593, 551, 517, 491],
    ...                       [1000, 631, 468, 382, 326, 289, 262, 241]])
    >>> fit_cohorts(alive, "sbg")[["alpha", "beta"]].round(3).to_numpy().tolist()
    [[0.668, 3.806], [0.704, 1.182]]
    """
    read = Triangle.read(triangle)
    exposure = read.exposure()
    known = ~np.isnan(exposure.at_risk)
    at_risk = np.where(known, exposure.at_risk, 0.0)
    churned = np.clip(np.where(known, exposure.churned, 0.0), 0.0, at_risk)
    if model == KAPLAN_MEIER:
        return _observed(read.index, at_risk, churned)
    form = known_form(model)
    enough = (at_risk > 0).sum(axis=1) >= len(form.parameters)
    values = np.full((len(at_risk), len(form.parameters)), np.nan)
    likelihood, converged = np.full(len(at_risk), np.nan), np.zeros(len(at_risk), dtype=bool)
    if enough.any():
        found = estimate(form, at_risk[enough], churned[enough])
        values[enough] = form.natural(found.phi)
        likelihood[enough], converged[enough] = found.log_likelihood, found.converged
    table = pd.DataFrame(values, index=read.index, columns=list(form.parameters))
    return table.assign(log_likelihood=likelihood, converged=converged)


def _observed(index: pd.Index, at_risk: FloatArray, churned: FloatArray) -> pd.DataFrame:
    """Hazards by age as they were; blank where nobody was at risk."""
    names = list(KaplanMeier(at_risk[0], churned[0]).parameters[:-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        hazards = churned / at_risk
        kept = np.log1p(-np.nan_to_num(hazards))
    some = np.asarray((at_risk > 0).any(axis=1))
    likelihood = np.where(some, log_likelihood(kept, at_risk, churned), np.nan)
    table = pd.DataFrame(hazards, index=index, columns=names)
    return table.assign(log_likelihood=likelihood, converged=some)
