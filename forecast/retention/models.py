"""The models by name, and the fit of one of them to pooled exposures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from history.errors import NotEnoughHistoryError, unknown_name
from history.language import kept

from .anniversary import Anniversary
from .bdw import BetaDiscreteWeibull
from .cured import Cured
from .dw import DiscreteWeibull
from .forms import FloatArray, Form
from .geometric import TOTAL_RATE, Geometric
from .sbg import ShiftedBetaGeometric
from .scoring import Prior, log_likelihood, maximise

KAPLAN_MEIER = "kaplan_meier"
_PLAIN: tuple[Form, ...] = (
    Geometric(),
    ShiftedBetaGeometric(),
    DiscreteWeibull(),
    BetaDiscreteWeibull(),
)
_WITH_ANNIVERSARY: tuple[Form, ...] = tuple(Anniversary(form) for form in _PLAIN)
_WITH_CURED: tuple[Form, ...] = tuple(Cured(form) for form in _PLAIN[:3])
FORMS: Mapping[str, Form] = MappingProxyType(
    {form.name: form for form in (*_PLAIN, *_WITH_ANNIVERSARY, *_WITH_CURED)}
)
MODELS: tuple[str, ...] = (KAPLAN_MEIER, *FORMS)


@dataclass(frozen=True, eq=False)
class Estimates:
    """One form fitted to several rows of exposures.

    Attributes
    ----------
    phi
        (rows, parameters).
    log_likelihood
        (rows,).
    converged
        (rows,).
    """

    form: Form
    phi: FloatArray
    log_likelihood: FloatArray
    converged: npt.NDArray[np.bool_]

    @property
    def at_limit(self) -> str:
        """Why the first row's curve is that of a simpler model, or an empty text."""
        named = dict(zip(self.form.parameters, self.form.natural(self.phi[:1])[0], strict=True))
        if named.get("alpha", 0.0) + named.get("beta", 0.0) > 1e4:
            simpler = "dw" if "c" in named else "geometric"
            return kept(
                "alpha and beta run away, customers look alike: the curve is that of {model}",
                model=simpler,
            )
        if named.get("cured", 1.0) < 1e-4:
            simpler = self.form.name.split("+")[0]
            return kept("nobody is cured: the curve is that of {model}", model=simpler)
        low, high = self.form.bounds[:, 0], self.form.bounds[:, 1]
        held = (self.phi[0] <= low + 1e-6) | (self.phi[0] >= high - 1e-6)
        names = [n for n, h in zip(self.form.parameters, held, strict=True) if h]
        if not names:
            return ""
        return kept("{names} at the edge of what is tried", names=" and ".join(names))


def known_form(name: str) -> Form:
    """Form by name.

    Raises
    ------
    UnknownNameError
        If no model has that name; the nearest are listed.
    """
    if name not in FORMS:
        raise unknown_name("retention model", name, MODELS)
    return FORMS[name]


def weak_prior(form: Form) -> Prior:
    """Say what is believed of `beta` and `c` beforehand, where no model is asked for by name.

    Two or three parameters on few ages run to extremes that no company shows and that ruin the
    extrapolation; these beliefs (c within a factor 1.8 of 1, beta between 0.6 and 230) cost nothing
    where the data speak. Measured: see `forecast.retention.choice`.
    """
    mean, precision = np.zeros(len(form.parameters)), np.zeros(len(form.parameters))
    for place, name in enumerate(form.parameters):
        if name == "c":
            mean[place], precision[place] = (0.0 if "beta" in form.parameters else -0.1), 0.3**-2
        elif name == "beta":
            mean[place], precision[place] = 2.5, 1.5**-2
    return Prior(mean, precision)


def check_ages(form: Form, at_risk: FloatArray) -> None:
    """Refuse a form with more parameters than ages are known, at_risk by age.

    Raises
    ------
    NotEnoughHistoryError
        If so, or if no anniversary is among the ages.
    """
    seen = int((at_risk > 0).sum())
    if isinstance(form, Anniversary) and not at_risk[form.every - 1 :: form.every].sum() > 0:
        raise NotEnoughHistoryError(
            f"{form.name} needs an age divisible by {form.every}; the oldest known is "
            f"{len(at_risk)}. Ask for {form.base.name!r}."
        )
    if seen < len(form.parameters):
        raise NotEnoughHistoryError(
            f"{form.name} has {len(form.parameters)} parameters and needs as many ages after age "
            f"0; {seen} are known. Ask for 'geometric', or leave the model to be chosen."
        )


def estimate(
    form: Form, at_risk: FloatArray, churned: FloatArray, prior: Prior | None = None
) -> Estimates:
    """Most likely curve of a form for each row of exposures, (rows, ages 1..A).

    Rows in which nobody or everybody was lost get the curve that says just that.
    """
    ages = np.arange(1.0, at_risk.shape[1] + 1)
    total, lost = at_risk.sum(axis=1), churned.sum(axis=1)
    phi = np.empty((len(at_risk), len(form.parameters)))
    converged = np.ones(len(at_risk), dtype=bool)
    phi[:] = _nobody_lost(form)
    phi[(lost >= total) & (total > 0)] = _everybody_lost(form)
    inner = (lost > 0) & (lost < total)
    if inner.any():
        maxima = maximise(form, ages, at_risk[inner], churned[inner], prior=prior)
        phi[inner], converged[inner] = maxima.phi, maxima.converged
    kept = form.log_between(phi, ages - 1.0, ages)
    return Estimates(form, phi, log_likelihood(kept, at_risk, churned), converged)


def _nobody_lost(form: Form) -> FloatArray:
    """`phi` at which the survival is 1 at every age: the rate, or alpha, is exactly 0."""
    phi = np.zeros(len(form.parameters))
    phi[0] = -np.inf
    return phi


def _everybody_lost(form: Form) -> FloatArray:
    """`phi` at which the survival is 0 from age 1 on."""
    phi = np.zeros(len(form.parameters))
    if "beta" in form.parameters:
        phi[:2] = form.bounds[0, 1], form.bounds[1, 0]
    else:
        phi[0] = np.log(TOTAL_RATE)
    if isinstance(form, Cured):
        phi[-1] = -np.inf
    return phi
