"""Hazards on hand-made lives: contracts at their anniversaries, unknown ages, little to go by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from forecast.ageing import fit_ageing
from forecast.hazards import (
    USUAL_RENEWAL_LOSS,
    expected_churn,
    exposure_of,
    fit_hazards,
    kind_of,
)

AS_OF = pd.Period("2026-06", "M")


@dataclass(frozen=True)
class FakeLives:
    exposure: pd.DataFrame
    standing: pd.DataFrame


def exposure(hazard, *, term=1, segment=0, cohort=200.0, cohorts=36, truncated=False):
    """Cohorts of equal size; `hazard` gives the share lost at an age."""
    rows = []
    for back in range(1, cohorts + 1):
        alive = cohort
        for age in range(1, back + 1):
            lost = alive * hazard(age)
            rows.append((segment, term, AS_OF - back, truncated, age, alive, lost))
            alive -= lost
    columns = ["segment", "term", "start", "left_truncated", "age", "at_risk", "churned"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(open_mrr=100 * frame["at_risk"], churn_mrr=-100 * frame["churned"])


def standing(*cells):
    frame = pd.DataFrame(cells, columns=["segment", "term", "start", "renewal", "customers"])
    for name in ("start", "renewal"):
        frame[name] = pd.PeriodIndex(frame[name], freq="M")
    return frame.assign(mrr=100.0 * frame["customers"], left_truncated=False)


def fitted(*exposures, cells=((0, 1, "2026-01", None, 10),), segments=1):
    lives = FakeLives(pd.concat(exposures, ignore_index=True), standing(*cells))
    return fit_hazards(lives, segments), lives


def test_kinds_of_contract():
    assert kind_of(np.array([1, 2, 3, 6, 7, 12, 36])).tolist() == [0, 1, 1, 1, 2, 2, 2]


def test_a_falling_hazard_is_recovered_and_read_at_the_customers_age():
    hazards, lives = fitted(exposure(lambda age: 1.2 / (1.2 + 15 + age - 1)))
    age = np.arange(1, 25)
    assert hazards.by_age[0, 0, :24] == pytest.approx(1.2 / (15.2 + age), rel=0.05)
    ahead = hazards.ahead(lives.standing, AS_OF, 6)
    assert ahead[0] == pytest.approx(hazards.by_age[0, 0, 5:11])
    assert hazards.entrants(0, 1, 6) == pytest.approx(hazards.by_age[0, 0, :6])


def test_contracts_are_certain_to_their_renewal_and_then_counted_in_renewals():
    def hazard(age):
        return {12: 0.3, 24: 0.15, 36: 0.1}.get(age, 0.001)

    hazards, lives = fitted(
        exposure(hazard, term=12, cohorts=40),
        cells=((0, 12, "2025-10", "2026-10", 5), (0, 12, "2024-10", "2026-10", 5)),
    )
    ahead = hazards.ahead(lives.standing, AS_OF, 18)
    assert (ahead[:, :3] == 0).all()
    assert ahead[:, 3] == pytest.approx([0.3, 0.15], rel=0.1)
    assert ahead[:, 4:15] == pytest.approx(0.001, rel=0.2)
    assert ahead[0, 15] == pytest.approx(0.15, rel=0.1)
    new = hazards.entrants(0, 12, 24)
    assert new[11] == pytest.approx(0.3, rel=0.1)
    assert new[23] == pytest.approx(0.15, rel=0.1)
    assert new[:11] == pytest.approx(0.001, rel=0.2)


def test_expected_churn_sums_to_the_seen():
    hazards, lives = fitted(
        exposure(lambda age: 0.05 / age**0.3), exposure(lambda age: 0.2 * (age == 12), term=12)
    )
    cells = exposure_of(lives)
    expected = expected_churn(hazards, cells)
    for kind in (0, 2):
        mine = (cells["kind"] == kind).to_numpy()
        assert expected[mine].sum() == pytest.approx(cells.loc[mine, "churned"].sum(), rel=0.03)


def test_lives_of_unknown_age_get_a_factor_of_their_own():
    hazards, lives = fitted(
        exposure(lambda age: 0.08),
        exposure(lambda age: 0.02, cohort=2000.0, cohorts=1, truncated=True),
        exposure(lambda age: 0.02, cohort=2000.0, cohorts=20, truncated=True),
    )
    assert hazards.by_age[0, 0, 0] == pytest.approx(0.08, rel=0.05)
    assert hazards.unknown_age[0] == pytest.approx(0.25, rel=0.05)
    old = lives.standing.assign(left_truncated=True)
    assert hazards.ahead(old, AS_OF, 1)[0, 0] == pytest.approx(0.02, rel=0.1)


def test_a_thin_segment_leans_on_the_company():
    hazards, _ = fitted(
        exposure(lambda age: 0.05), exposure(lambda age: 0.0, segment=1, cohort=1.0), segments=2
    )
    assert 0.001 < hazards.by_age[0, 1, 5] < 0.05
    assert hazards.error[0, 1] > hazards.error[0, 0]


def test_no_renewal_yet_is_an_assumption_that_is_named():
    hazards, _ = fitted(
        exposure(lambda age: 0.0, term=12, cohorts=9), cells=((0, 12, "2026-01", "2027-01", 9),)
    )
    assert hazards.entrants(0, 12, 12)[11] == USUAL_RENEWAL_LOSS
    assert "none came up for renewal yet" in hazards.notes[0]
    assert hazards.error[2, 0] > 0.5


def test_nobody_lost_is_not_nobody_ever():
    hazards, _ = fitted(exposure(lambda age: 0.0, cohort=10.0, cohorts=5))
    at_risk = sum(10 * back for back in range(1, 6))
    assert hazards.by_age[0, 0, 0] == pytest.approx(0.5 / (at_risk + 1))
    assert "nobody lost" in hazards.notes[0]


def test_ageing_is_found_within_months():
    cells = exposure(lambda age: 0.03)
    rows = (cells["start"].map(lambda m: m.ordinal) + cells["age"]).to_numpy()
    rows = rows - rows.min()
    slow = np.where(rows % 5 == 0, 3.0, 1.0)  # good and bad months are no matter of age
    rate = 0.02 * np.where(cells["age"] <= 12, 1.0, 0.5) * slow
    cells["expansion_mrr"] = rate * cells["open_mrr"]
    ageing = fit_ageing(cells, "expansion", rows, (int(rows.max()) + 1, 1))
    young, old = ageing.at(np.array([2, 30]))
    assert old / young == pytest.approx(0.5, abs=0.12)
    assert ageing.mix[-1, 0] < ageing.mix[0, 0]


def test_no_expansion_has_no_age():
    cells = exposure(lambda age: 0.03).assign(expansion_mrr=0.0)
    ageing = fit_ageing(cells, "expansion", np.zeros(len(cells), dtype=int), (1, 1))
    assert (ageing.factor == 1).all()
