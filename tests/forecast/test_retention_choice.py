"""What is chosen when no model is asked for, how sure it is, and how segments lean on a parent."""

import time

import numpy as np
import pandas as pd
import pytest

from forecast.retention import fit_exposure, fit_retention, pooling_strength
from history.errors import InputError

AGES = np.arange(1.0, 73.0)
SHAPES = {
    "level": np.full(72, 0.03),
    "beta-geometric": 0.8 / (0.8 + 12 + AGES - 1),
    "two kinds": None,
    "cured": None,
    "yearly": np.where(AGES % 12 == 0, 0.15, 0.003),
}
SHAPES["two kinds"] = (
    1 - (s := 0.5 * 0.9 ** np.arange(73) + 0.5 * 0.99 ** np.arange(73))[1:] / s[:-1]
)
SHAPES["cured"] = 1 - (s := 0.35 + 0.65 * 0.93 ** np.arange(73))[1:] / s[:-1]


def triangle(hazards: np.ndarray, cohorts: int, size: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    cells = np.full((cohorts, cohorts), np.nan)
    cells[:, 0] = rng.poisson(size, size=cohorts)
    for row in range(cohorts):
        for age in range(1, cohorts - row):
            cells[row, age] = rng.binomial(int(cells[row, age - 1]), 1 - hazards[age - 1])
    return pd.DataFrame(cells)


def test_choice_extrapolates_better_than_any_fixed_model_on_average() -> None:
    """Error of the survival at twice the oldest age, over shapes, sizes and seeds."""
    errors: dict[str, list[float]] = {m: [] for m in ("None", "geometric", "sbg", "dw", "bdw")}
    for hazards in SHAPES.values():
        for seed, (cohorts, size) in enumerate([(10, 40), (25, 20), (25, 100)]):
            known = triangle(hazards, cohorts, size, seed)
            truth = np.prod(1 - hazards[: 2 * (cohorts - 1)])
            for model, found in errors.items():
                curve = fit_retention(known, None if model == "None" else model)
                found.append(abs(curve.survival(2 * (cohorts - 1)) - truth))
    mean = {model: np.mean(found) for model, found in errors.items()}
    assert min(mean, key=mean.__getitem__) == "None", mean


def test_choice_shows_every_candidate_with_score_weight_and_reason() -> None:
    curve = fit_retention(triangle(SHAPES["beta-geometric"], 20, 100, 1))
    table = curve.choice.set_index("model")
    assert table.columns.tolist() == [
        "parameters", "log_likelihood", "held_out", "score", "weight", "status", "reason",
    ]  # fmt: skip
    assert {"geometric", "sbg", "dw", "bdw", "sbg+anniversary", "kaplan_meier"} <= set(table.index)
    assert table["weight"].sum() == pytest.approx(1.0)
    assert (table.loc[table["status"] == "chosen", "weight"] > 0).all()
    assert (table.loc[table["status"] == "rejected", "reason"] != "").all()
    assert table.loc["kaplan_meier", "status"] == "not a candidate"
    assert table["weight"].idxmax() in {"sbg", "bdw"}


def test_stack_is_named_by_its_parts() -> None:
    curve = fit_retention(triangle(SHAPES["beta-geometric"], 12, 30, 1))
    assert curve.model == "stack"
    weights = {k: v for k, v in curve.parameters.items() if k.endswith("_weight")}
    assert sum(weights.values()) == pytest.approx(1.0)
    again = fit_retention(triangle(SHAPES["beta-geometric"], 12, 30, 1), curve.model)
    assert again.survival(30) == curve.survival(30)


def test_yearly_contracts_are_seen_as_anniversaries() -> None:
    curve = fit_retention(triangle(SHAPES["yearly"], 30, 60, 2))
    assert curve.hazard(36) == pytest.approx(0.15, abs=0.04)
    assert curve.hazard([31, 35, 37]) == pytest.approx([0.003] * 3, abs=0.003)
    assert "anniversary" in curve.choice.loc[0, "model"]


def test_one_age_tells_a_level_hazard_only() -> None:
    curve = fit_retention(pd.DataFrame([[100, 90]]))
    assert curve.model == "geometric"
    assert curve.survival(2) == pytest.approx(0.81)
    assert "one age" in curve.notes[-1]


def test_a_candidate_that_fails_stays_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    from forecast.retention import choice
    from forecast.retention.models import Estimates, estimate

    def broken(form, *rest):
        found = estimate(form, *rest)
        spoilt = found.converged & ("c" not in form.parameters)
        return Estimates(found.form, found.phi, found.log_likelihood, spoilt)

    monkeypatch.setattr(choice, "estimate", broken)
    curve = fit_retention(triangle(SHAPES["level"], 10, 50, 3))
    table = curve.choice.set_index("model")
    assert table.loc["bdw", ["status", "reason"]].tolist() == ["rejected", "did not converge"]
    assert table.loc["dw", "weight"] == 0
    assert table["weight"].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("model", "natural", "hazards"),
    [
        ("geometric", {"theta": 0.05}, np.full(72, 0.05)),
        ("sbg", {"alpha": 0.8, "beta": 12.0}, SHAPES["beta-geometric"]),
        ("dw", {"theta": 0.1, "c": 0.7}, 1 - 0.9 ** (AGES**0.7 - (AGES - 1) ** 0.7)),
    ],
)
def test_known_parameters_are_recovered_within_their_standard_errors(
    model: str, natural: dict[str, float], hazards: np.ndarray
) -> None:
    away = []
    for seed in range(20):
        curve = fit_retention(triangle(hazards, 24, 150, seed), model)
        errors = curve.standard_errors
        away.append([(curve.parameters[k] - v) / errors[k] for k, v in natural.items()])
    scores = np.array(away)
    assert np.abs(scores.mean(axis=0)).max() < 0.8
    assert scores.std(axis=0) == pytest.approx(np.ones(len(natural)), abs=0.45)


def test_bdw_is_recovered_from_many_customers() -> None:
    truth = {"alpha": 0.6, "beta": 8.0, "c": 1.3}
    from forecast.retention.bdw import BetaDiscreteWeibull

    phi = np.log([[0.6 / 8.0, 8.0, 1.3]])
    alive = 1e6 * np.exp(BetaDiscreteWeibull().log_between(phi, np.zeros(25), np.arange(25.0)))
    assert fit_retention(pd.DataFrame(alive), "bdw").parameters == pytest.approx(truth, rel=1e-3)


@pytest.mark.parametrize("model", ["kaplan_meier", "geometric", "sbg", "bdw", None])
def test_draws_scatter_as_the_standard_errors_say(model: str | None) -> None:
    curve = fit_retention(triangle(SHAPES["beta-geometric"], 24, 150, 5), model)
    ages = np.array([1, 6, 12, 24])
    drawn = curve.sample_survival(ages, 4000, np.random.default_rng(2))
    assert drawn.shape == (4000, 4)
    assert drawn.std(axis=0) == pytest.approx(curve.survival_error(ages), rel=0.25)
    assert drawn.mean(axis=0) == pytest.approx(curve.survival(ages), abs=0.01)
    assert (np.diff(drawn, axis=1) <= 1e-12).all()
    again = curve.sample_survival(ages, 4000, np.random.default_rng(2))
    assert np.array_equal(drawn, again)
    assert len(curve.sample(7, np.random.default_rng(1))) == 7


def test_chosen_draws_cover_the_truth() -> None:
    inside = []
    for seed in range(14):
        curve = fit_retention(triangle(SHAPES["beta-geometric"], 16, 40, seed))
        drawn = curve.sample_survival([8, 15], 200, np.random.default_rng(seed))
        low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
        truth = np.cumprod(1 - SHAPES["beta-geometric"])[[7, 14]]
        inside.append((low <= truth) & (truth <= high))
    assert 0.62 <= np.mean(inside) <= 0.95


def test_a_small_segment_leans_on_its_parent_and_a_large_one_does_not() -> None:
    ages = np.arange(1.0, 25.0)
    at_risk = 10_000 * 0.95 ** (ages - 1)
    parent = fit_exposure(at_risk, 0.05 * at_risk, "sbg")
    tiny = fit_exposure([12, 10, 9], [2, 1, 1], "sbg", parent=parent, strength=200)
    assert tiny.survival(24) == pytest.approx(parent.survival(24), rel=0.25)
    alone = fit_exposure([12, 10, 9], [2, 1, 1], "sbg")
    assert abs(alone.survival(24) - parent.survival(24)) > abs(
        tiny.survival(24) - parent.survival(24)
    )
    large = fit_exposure(at_risk, 0.10 * at_risk, "geometric", parent=parent, strength=200)
    assert large.parameters["theta"] == pytest.approx(0.10, rel=0.02)
    nothing = fit_exposure([12, 10, 9], [2, 1, 1], "sbg", parent=parent, strength=0)
    assert nothing.survival(24) == pytest.approx(alone.survival(24))
    unseen = fit_exposure([12, 12, 12], [0, 0, 0], parent=parent, strength=100)
    assert 0 < unseen.hazard(1) < 0.05
    assert "counts as 100 customers" in " ".join(unseen.notes)
    with pytest.raises(InputError, match="number of customers"):
        fit_exposure([12], [2], parent=parent, strength=-1)


def test_pooling_strength_is_large_where_segments_agree_and_small_where_not() -> None:
    rng = np.random.default_rng(3)
    at_risk = np.full(12, 400.0)
    parent = fit_exposure(20 * at_risk, 0.05 * 20 * at_risk, "geometric")

    def segments(spread: float) -> list[tuple[np.ndarray, np.ndarray]]:
        levels = 0.05 * np.exp(spread * rng.standard_normal(15))
        return [(at_risk, rng.binomial(400, level, 12).astype(float)) for level in levels]

    alike, unlike = (pooling_strength(parent, segments(spread)) for spread in (0.0, 0.8))
    assert alike > 10 * unlike
    one = fit_exposure([12, 10, 9], [2, 1, 1], parent=parent)
    assert "parent curve" in one.notes[0]


def test_fast_enough() -> None:
    """Processor time: machines that run the tests are shared."""
    known = triangle(SHAPES["beta-geometric"], 48, 100, 1)
    fit_retention(known)
    begin = time.process_time()
    fit_retention(known)
    assert time.process_time() - begin < 0.6
    begin = time.process_time()
    for model in ("sbg", "dw", "bdw"):
        fit_retention(known, model)
    assert time.process_time() - begin < 0.15
