"""What a forecaster believes and why, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from .hazards import KINDS, kind_of
from .tilt import TILTED, Tilt
from .views import VIEWS, Look

if TYPE_CHECKING:
    from .calibration import Calibration
    from .model import Model
    from .rates import Rates
    from .retention import CohortEffects

Row = dict[str, object]

_BEYOND_DOUBT: Final = 3.0


@dataclass(frozen=True)
class Explanation:
    """Models, levels and fallbacks of a forecaster.

    Attributes
    ----------
    table : DataFrame
        Columns `part`, `segment`, `model`, `value` (in the part's unit), `unit`, `error`
        (relative standard error of the value), `rests_on` and `notes`.
    summary : str
        The calibration and the fallbacks, a sentence each.
    """

    table: pd.DataFrame
    summary: str

    def __str__(self) -> str:
        shown = self.table.copy()
        shown["value"] = [_figure(value) for value in shown["value"]]
        shown["error"] = ["" if np.isnan(e) else f"{e:.0%}" for e in shown["error"]]
        return f"{shown.to_string(index=False, justify='left')}\n\n{self.summary}"


def explain(model: Model, calibration: Calibration) -> Explanation:
    """Lay open what was fitted."""
    rows = [*_hazards(model), *_new_business(model), *_rates(model), *_views(model, calibration)]
    said = [calibration.reason, *_notes(model)]
    if model.effects is not None:
        rows += _effects(model.effects)
        said += _remarkable(model.effects, bool(model.churn.jumps))
    columns = ["part", "segment", "model", "value", "unit", "error", "rests_on", "notes"]
    return Explanation(pd.DataFrame(rows, columns=columns), "\n".join(said))


def _effects(effects: CohortEffects) -> Iterator[Row]:
    """Show a trend from cohort to cohort and months that stood out, evidence beside the model."""
    trend = effects.trend
    yield {
        "part": "newer cohorts",
        "segment": "all",
        "model": "not in the forecast",
        "value": float(np.exp(trend.per_cohort)),
        "unit": "times the hazards of the cohort before",
        "error": trend.standard_error,
        "rests_on": f"{len(effects.cohorts)} cohorts",
        "notes": f"{trend.z:+.1f} standard errors",
    }
    lost = effects.calendar["lost"].to_dict()
    for month, row in effects.shocks.iterrows():
        yield {
            "part": "month that stood out",
            "segment": "all",
            "model": "",
            "value": float(row["hazard_ratio"]),
            "unit": "times as many lost as at other times",
            "error": float(row["log_error"]),
            "rests_on": f"{lost[month]:.0f} lost",
            "notes": f"{month}: {row['extra_lost']:+.0f} customers",
        }


def _remarkable(effects: CohortEffects, left_out: bool) -> Iterator[str]:
    """Say what a reader of churn should know of the past: shocks, and a trend beyond doubt."""
    found = effects.shocks
    if len(found):
        pairs = zip(found.index, found["hazard_ratio"], strict=True)
        listed = ", ".join(f"{month} ({ratio:.1f} times the usual)" for month, ratio in pairs)
        done = "left out of its level" if left_out else "not left out, for it may be going on"
        yield f"churn stood out in {listed}: {done}"
    if abs(effects.trend.z) > _BEYOND_DOUBT:
        better = "longer" if effects.trend.per_cohort < 0 else "less long"
        yield (
            f"newer cohorts stay {better}: hazards change by "
            f"{np.expm1(effects.trend.per_cohort):+.1%} from one to the next "
            f"({effects.trend.z:+.1f} standard errors); the forecast's curves are those of all"
        )


def _hazards(model: Model) -> Iterator[Row]:
    hazards = model.hazards
    kinds = kind_of(model.standing["term"].to_numpy(dtype=np.int64))
    segment = model.standing["segment"].to_numpy(dtype=np.int64)
    for (kind, s), curve in sorted(hazards.curves.items()):
        here = (kinds == kind) & (segment == s)
        customers = model.standing.loc[here, "customers"].sum()
        if hazards.events[kind, s] == 0 and customers == 0:
            continue
        unit = "share lost in the first month" if kind == 0 else "share lost at the first renewal"
        yield {
            "part": f"retention, {KINDS[kind]}",
            "segment": model.labels[s],
            "model": curve.model,
            "value": float(hazards.by_age[kind, s, 0]),
            "unit": unit,
            "error": float(hazards.error[kind, s]),
            "rests_on": f"{hazards.events[kind, s]:.0f} lost, {customers:.0f} there today",
            "notes": "; ".join(curve.notes),
        }


def _new_business(model: Model) -> Iterator[Row]:
    business = model.business
    ahead = (model.as_of.month + np.arange(12)) % 12
    expected = business.expected(12, ahead).mean(axis=1)
    for s, label in enumerate(model.labels):
        fit = business.series[s]
        yield {
            "part": "new customers",
            "segment": label,
            "model": "average" if fit is None else _blend(fit.model, float(business.weight[s])),
            "value": float(expected[s]),
            "unit": "customers a month, next twelve",
            "error": float(business.level.level_sd[s]),
            "rests_on": f"{business.level.used[s]} months",
            "notes": business.reasons[s],
        }
    yield from _rate(model, "new MRR", "MRR per new customer", business.arpa)


def _blend(name: str, weight: float) -> str:
    """Words for the two views on new customers."""
    return name if weight >= 1 else f"average and growth, {weight:.0%} {name}"


def _rates(model: Model) -> Iterator[Row]:
    yield from _rate(model, "churn now", "times the curves", model.churn)
    yield from _rate(model, "expansion", "share of opening MRR a month", model.expansion)
    yield from _rate(model, "contraction", "share of opening MRR a month", model.contraction)
    yield from _rate(model, "reactivation", "share of lapsed customers", model.reactivation)


def _views(model: Model, calibration: Calibration) -> Iterator[Row]:
    """Show what each view expects in a year, and how much it counts: where they disagree."""
    paths = Look.of(replace(model, tilt=Tilt())).paths[:, -1]
    spans = f"{len(calibration.origins)} earlier months" if calibration.errors else ""
    errors = calibration.errors or (np.nan,) * len(VIEWS)
    for name, mrr, weight, error in zip(VIEWS, paths, calibration.weights, errors, strict=True):
        notes = "" if np.isnan(error) else f"error {error:.2f} of that of all views together"
        yield {
            "part": "view of the total",
            "segment": "all",
            "model": f"{name}, counts {weight:.0%}",
            "value": float(mrr),
            "unit": "MRR in twelve months",
            "error": np.nan,
            "rests_on": spans,
            "notes": notes,
        }


def _rate(model: Model, part: str, unit: str, rates: Rates) -> Iterator[Row]:
    for s, label in enumerate(model.labels):
        said = []
        for found, told in (
            (rates.jumps, "one-off jump left out"),
            (rates.outliers, "far above the usual, pulled in"),
        ):
            months = [str(model.record.months[row]) for row, where in found if where == s]
            if months:
                said.append(f"{told}: {', '.join(months)}")
        if rates.seasonal:
            said.append("seasonal")
        yield {
            "part": part,
            "segment": label,
            "model": "drifting level" if rates.drift[s] >= 0.005 else "level",
            "value": float(rates.level[s]),
            "unit": unit,
            "error": float(rates.level_sd[s]),
            "rests_on": f"{rates.used[s]} months",
            "notes": "; ".join(said),
        }


def _notes(model: Model) -> Iterator[str]:
    months = len(model.record.months)
    if months < 12:
        yield (
            f"{months} months of movements: no season can be seen, and noise and drift rest on "
            "what is usual rather than on this company"
        )
    if model.tilt.factors:
        moved = ", ".join(f"{flow} {model.tilt.factors[flow] - 1:+.1%}" for flow in TILTED)
        yield f"to meet the views' mean in a year, what the cohorts expect is moved: {moved}"
    yield from model.hazards.notes
    for s, reason in enumerate(model.business.reasons):
        if reason:
            yield f"new customers, {model.labels[s]}: {reason}"
    for name, rates in (("expansion", model.expansion), ("contraction", model.contraction)):
        months_out = sorted({row for row, _ in rates.jumps})
        if months_out:
            listed = ", ".join(str(model.record.months[row]) for row in months_out)
            yield f"{name}: one-off jumps (price steps) left out of the level: {listed}"


def _figure(value: object) -> str:
    number = float(str(value))
    if np.isnan(number):
        return ""
    return f"{number:.4f}" if abs(number) < 10 else f"{number:,.1f}"
