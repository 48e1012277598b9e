"""The forms themselves: limits of one another, derivatives, extremes."""

import numpy as np
import pytest
from scipy.special import gammaln

from forecast.retention.anniversary import Anniversary
from forecast.retention.bdw import BetaDiscreteWeibull
from forecast.retention.dw import DiscreteWeibull
from forecast.retention.geometric import Geometric
from forecast.retention.models import FORMS, weak_prior
from forecast.retention.sbg import ShiftedBetaGeometric, log_gamma_ratio
from forecast.retention.scoring import log_likelihood, maximise, score

AGES = np.arange(1.0, 31.0)
ORIGIN = np.zeros_like(AGES)


def at(form, *natural):
    """Log survival at ages 1..30 by natural parameters."""
    phi = np.log(np.array(natural))
    if "theta" in form.parameters:
        phi[0] = np.log(-np.log1p(-natural[0]))
    else:
        phi[0] -= phi[1]
    assert form.natural(phi[None])[0] == pytest.approx(natural)
    return form.log_between(phi[None], ORIGIN, AGES)[0]


def test_bdw_with_c_1_is_sbg() -> None:
    assert at(BetaDiscreteWeibull(), 0.7, 4.0, 1.0) == pytest.approx(
        at(ShiftedBetaGeometric(), 0.7, 4.0), rel=1e-12
    )


def test_dw_with_c_1_is_geometric() -> None:
    assert at(DiscreteWeibull(), 0.07, 1.0) == pytest.approx(at(Geometric(), 0.07), rel=1e-12)


def test_sbg_of_customers_nearly_alike_is_geometric() -> None:
    assert at(ShiftedBetaGeometric(), 0.05e6, 0.95e6) == pytest.approx(
        at(Geometric(), 0.05), rel=1e-4
    )


def test_bdw_of_customers_nearly_alike_is_dw() -> None:
    assert at(BetaDiscreteWeibull(), 0.05e6, 0.95e6, 0.7) == pytest.approx(
        at(DiscreteWeibull(), 0.05, 0.7), rel=1e-3
    )


def test_anniversary_of_1_is_its_base_form() -> None:
    assert at(Anniversary(ShiftedBetaGeometric()), 0.7, 4.0, 1.0) == pytest.approx(
        at(ShiftedBetaGeometric(), 0.7, 4.0), rel=1e-12
    )


def test_anniversary_falls_on_every_twelfth_age() -> None:
    kept = at(Anniversary(Geometric()), 0.01, 10.0)
    steps = np.diff(np.append(0.0, kept)) / np.log1p(-0.01)
    assert steps[[11, 23]] == pytest.approx([10, 10])
    assert np.delete(steps, [11, 23]) == pytest.approx(1.0)


@pytest.mark.parametrize("name", FORMS)
def test_steps_are_differences_of_log_survival(name: str) -> None:
    form = FORMS[name]
    phi = np.random.default_rng(1).uniform(-1.5, 0.4, size=(5, len(form.parameters)))
    phi[:, -1] = np.abs(phi[:, -1])
    kept, _ = form.steps(phi, AGES)
    survival = np.concatenate([np.zeros((5, 1)), form.log_between(phi, ORIGIN, AGES)], axis=1)
    np.testing.assert_allclose(kept, np.diff(survival, axis=1), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", FORMS)
def test_jacobian_against_finite_differences(name: str) -> None:
    form = FORMS[name]
    phi = np.linspace(-1.0, 0.6, len(form.parameters))
    step = 1e-6 * np.eye(len(phi))
    numeric = (form.natural(phi + step) - form.natural(phi - step)).T / 2e-6
    np.testing.assert_allclose(form.jacobian(phi), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("prior", [False, True])
@pytest.mark.parametrize("name", FORMS)
def test_gradient_against_finite_differences(name: str, prior: bool) -> None:
    form = FORMS[name]
    rng = np.random.default_rng(7)
    at_risk = np.linspace(900, 60, len(AGES))
    churned = rng.uniform(0.01, 0.1, len(AGES)) * at_risk
    belief = weak_prior(form) if prior else None
    phi = rng.uniform(-1.0, 0.5, len(form.parameters))
    if "theta" in form.parameters:
        phi[0] = -3.0
    size = len(phi)
    around = np.concatenate([phi + 1e-5 * np.eye(size), phi - 1e-5 * np.eye(size), phi[None]])
    rows = (len(around), 1)
    value, gradient, information = score(
        form, around, AGES, np.tile(at_risk, rows), np.tile(churned, rows), belief
    )
    numeric = (value[:size] - value[size:-1]) / 2e-5
    np.testing.assert_allclose(gradient[-1], numeric, rtol=2e-5, atol=1e-3)
    assert np.linalg.eigvalsh(information[-1])[0] > 0


def test_gradient_has_mean_zero_and_variance_information_at_the_truth() -> None:
    form, phi = ShiftedBetaGeometric(), np.log([[0.8 / 9.0, 9.0]])
    kept, _ = form.steps(phi, AGES)
    rng = np.random.default_rng(5)
    at_risk = np.full((4000, len(AGES)), 200.0)
    churned = rng.binomial(200, -np.expm1(kept), size=at_risk.shape).astype(float)
    _, gradient, information = score(form, np.tile(phi, (4000, 1)), AGES, at_risk, churned)
    spread = np.cov(gradient.T)
    np.testing.assert_allclose(spread, information[0], rtol=0.1)
    assert np.abs(gradient.mean(axis=0)) == pytest.approx(
        [0, 0], abs=4 * np.sqrt(spread.max() / 4000)
    )


def test_log_gamma_ratio_is_exact_on_both_sides_of_the_series() -> None:
    z = np.array([0.01, 1.0, 15.99, 16.01, 300.0])
    a = np.array([0.3, 20.0, 2.5, 2.5, 40.0])
    np.testing.assert_allclose(log_gamma_ratio(z, a), gammaln(z) - gammaln(z + a), rtol=1e-11)
    # gamma(z) / gamma(z + 1) is 1 / z, also where both logarithms are of the order of 1e13.
    assert log_gamma_ratio(np.array([1e12]), np.array([1.0])) == pytest.approx(-np.log(1e12))


@pytest.mark.parametrize("name", ["sbg", "dw", "bdw", "bdw+anniversary"])
def test_fit_finds_the_same_maximum_in_a_batch_as_alone(name: str) -> None:
    form, rng = FORMS[name], np.random.default_rng(2)
    at_risk = np.tile(np.linspace(400, 30, len(AGES)).round(), (12, 1))
    hazard = 0.15 / (1 + 0.3 * AGES) + 0.1 * (AGES % 12 == 0)
    churned = rng.binomial(at_risk.astype(int), hazard).astype(float)
    together = maximise(form, AGES, at_risk, churned)
    assert together.converged.all()
    for row in range(12):
        alone = maximise(form, AGES, at_risk[[row]], churned[[row]])
        assert together.log_likelihood[row] == pytest.approx(alone.log_likelihood[0], abs=1e-6)


def test_hundreds_of_odd_data_sets_converge_and_nest() -> None:
    rng = np.random.default_rng(11)
    at_risk = np.sort(rng.integers(1, 300, size=(300, 14)), axis=1)[:, ::-1].astype(float)
    hazard = rng.uniform(0.005, 0.4, size=(300, 1)) * np.exp(
        rng.uniform(-0.3, 0.1, size=(300, 1)) * np.arange(14)
    )
    churned = rng.binomial(at_risk.astype(int), np.minimum(hazard, 0.9)).astype(float)
    inner = (churned.sum(axis=1) > 0) & (churned.sum(axis=1) < at_risk.sum(axis=1))
    at_risk, churned = at_risk[inner], churned[inner]
    ages = np.arange(1.0, 15.0)
    best = {
        n: maximise(FORMS[n], ages, at_risk, churned) for n in ("geometric", "sbg", "dw", "bdw")
    }
    for name, found in best.items():
        assert found.converged.mean() > 0.99, name
    for simple, rich in (("geometric", "sbg"), ("geometric", "dw"), ("sbg", "bdw"), ("dw", "bdw")):
        gain = best[rich].log_likelihood - best[simple].log_likelihood
        assert (gain > -0.02).mean() > 0.99, (simple, rich, np.sort(gain)[:5])


def test_weight_nought_counts_nothing() -> None:
    kept = np.array([[-np.inf, -0.0, -0.1]])
    value = log_likelihood(kept, np.array([[3.0, 5.0, 0.0]]), np.array([[3.0, 0.0, 0.0]]))
    assert value[0] == 0.0
