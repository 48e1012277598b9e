"""What a forecaster believes and why, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from history.language import figure, month_told, retold, say, share

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
    said = [retold(calibration.reason), *_notes(model)]
    if model.effects is not None:
        rows += _effects(model.effects)
        said += _remarkable(model.effects, bool(model.churn.jumps))
    columns = ["part", "segment", "model", "value", "unit", "error", "rests_on", "notes"]
    return Explanation(pd.DataFrame(rows, columns=columns), "\n".join(said))


def _effects(effects: CohortEffects) -> Iterator[Row]:
    """Show a trend from cohort to cohort and months that stood out, evidence beside the model."""
    trend = effects.trend
    yield {
        "part": say("newer cohorts"),
        "segment": say("all segments"),
        "model": say("not in the forecast"),
        "value": float(np.exp(trend.per_cohort)),
        "unit": say("times the hazards of the cohort before"),
        "error": trend.standard_error,
        "rests_on": say("{n} cohorts", n=len(effects.cohorts)),
        "notes": say("{z} standard errors", z=figure(trend.z, 1, signed=True)),
    }
    lost = effects.calendar["lost"].to_dict()
    shocks = effects.shocks
    for month, row in zip(shocks.index, shocks.to_dict("records"), strict=True):
        yield {
            "part": say("month that stood out"),
            "segment": say("all segments"),
            "model": "",
            "value": float(row["hazard_ratio"]),
            "unit": say("times as many lost as at other times"),
            "error": float(row["log_error"]),
            "rests_on": say("{lost} lost", lost=f"{lost[month]:.0f}"),
            "notes": say(
                "{month}: {more} customers",
                month=month_told(month),
                more=figure(row["extra_lost"], signed=True),
            ),
        }


def _remarkable(effects: CohortEffects, left_out: bool) -> Iterator[str]:
    """Say what a reader of churn should know of the past: shocks, and a trend beyond doubt."""
    found = effects.shocks
    if len(found):
        listed = ", ".join(
            say(
                "{month} ({ratio} times the usual)", month=month_told(month), ratio=figure(ratio, 1)
            )
            for month, ratio in zip(found.index, found["hazard_ratio"], strict=True)
        )
        if left_out:
            yield say("churn stood out in {months}: left out of its level", months=listed)
        else:
            yield say(
                "churn stood out in {months}: not left out, for it may be going on", months=listed
            )
    trend = effects.trend
    if abs(trend.z) > _BEYOND_DOUBT:
        change = share(float(np.expm1(trend.per_cohort)), 1, signed=True)
        z = figure(trend.z, 1, signed=True)
        if trend.per_cohort < 0:
            yield say(
                "newer cohorts stay longer: hazards change by {change} from one to the next "
                "({z} standard errors); the forecast's curves are those of all",
                change=change,
                z=z,
            )
        else:
            yield say(
                "newer cohorts stay less long: hazards change by {change} from one to the next "
                "({z} standard errors); the forecast's curves are those of all",
                change=change,
                z=z,
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
        unit = say("share lost at the first renewal")
        if kind == 0:
            unit = say("share lost in the first month")
        yield {
            "part": say("retention, {kind}", kind=say(KINDS[kind])),
            "segment": model.labels[s],
            "model": say(curve.model),
            "value": float(hazards.by_age[kind, s, 0]),
            "unit": unit,
            "error": float(hazards.error[kind, s]),
            "rests_on": say(
                "{lost} lost, {there} there today",
                lost=f"{hazards.events[kind, s]:.0f}",
                there=f"{customers:.0f}",
            ),
            "notes": "; ".join(map(retold, curve.notes)),
        }


def _new_business(model: Model) -> Iterator[Row]:
    business = model.business
    ahead = (model.as_of.month + np.arange(12)) % 12
    expected = business.expected(12, ahead).mean(axis=1)
    for s, label in enumerate(model.labels):
        fit = business.series[s]
        yield {
            "part": say("new customers"),
            "segment": label,
            "model": say("average")
            if fit is None
            else _blend(fit.model, float(business.weight[s])),
            "value": float(expected[s]),
            "unit": say("customers a month, next twelve"),
            "error": float(business.level.level_sd[s]),
            "rests_on": say("{n} months", n=business.level.used[s]),
            "notes": retold(business.reasons[s]),
        }
    yield from _rate(model, say("new MRR"), say("MRR per new customer"), business.arpa)


def _blend(name: str, weight: float) -> str:
    """Words for the two views on new customers."""
    if weight >= 1:
        return say(name)
    return say("average and growth, {weight} {model}", weight=share(weight, 0), model=say(name))


def _rates(model: Model) -> Iterator[Row]:
    of_opening = say("share of opening MRR a month")
    yield from _rate(model, say("churn now"), say("times the curves"), model.churn)
    yield from _rate(model, say("expansion"), of_opening, model.expansion)
    yield from _rate(model, say("contraction"), of_opening, model.contraction)
    lapsed = say("share of lapsed customers")
    yield from _rate(model, say("reactivation"), lapsed, model.reactivation)


def _views(model: Model, calibration: Calibration) -> Iterator[Row]:
    """Show what each view expects in a year, and how much it counts: where they disagree."""
    paths = Look.of(replace(model, tilt=Tilt())).paths[:, -1]
    spans = ""
    if calibration.errors:
        spans = say("{n} earlier months", n=len(calibration.origins))
    errors = calibration.errors or (np.nan,) * len(VIEWS)
    for name, mrr, weight, error in zip(VIEWS, paths, calibration.weights, errors, strict=True):
        notes = ""
        if not np.isnan(error):
            notes = say("error {error} of that of all views together", error=figure(error, 2))
        yield {
            "part": say("view of the total"),
            "segment": say("all segments"),
            "model": say("{view}, counts {weight}", view=say(name), weight=share(weight, 0)),
            "value": float(mrr),
            "unit": say("MRR in twelve months"),
            "error": np.nan,
            "rests_on": spans,
            "notes": notes,
        }


def _rate(model: Model, part: str, unit: str, rates: Rates) -> Iterator[Row]:
    for s, label in enumerate(model.labels):
        said = []
        if months := _listed(model, rates.jumps, s):
            said.append(say("one-off jump left out: {months}", months=months))
        if months := _listed(model, rates.outliers, s):
            said.append(say("far above the usual, pulled in: {months}", months=months))
        if rates.seasonal:
            said.append(say("seasonal"))
        yield {
            "part": part,
            "segment": label,
            "model": say("drifting level") if rates.drift[s] >= 0.005 else say("level"),
            "value": float(rates.level[s]),
            "unit": unit,
            "error": float(rates.level_sd[s]),
            "rests_on": say("{n} months", n=rates.used[s]),
            "notes": "; ".join(said),
        }


def _listed(model: Model, found: Iterable[tuple[int, int]], segment: int) -> str:
    """List the months of a segment among (month, segment)."""
    return _months(model, [row for row, where in found if where == segment])


def _months(model: Model, rows: Iterable[int]) -> str:
    return ", ".join(month_told(model.record.months[row]) for row in rows)


def _notes(model: Model) -> Iterator[str]:
    months = len(model.record.months)
    if months < 12:
        yield say(
            "{n} months of movements: no season can be seen, and noise and drift rest on what is "
            "usual rather than on this company",
            n=months,
        )
    factors = model.tilt.factors
    if factors:
        new, expansion, churn = (share(factors[flow] - 1, 1, signed=True) for flow in TILTED)
        yield say(
            "to meet the views' mean in a year, what the cohorts expect is moved: new {new}, "
            "expansion {expansion}, churn {churn}",
            new=new,
            expansion=expansion,
            churn=churn,
        )
    yield from map(retold, model.hazards.notes)
    for s, reason in enumerate(model.business.reasons):
        if reason:
            label = model.labels[s]
            yield say("new customers, {segment}: {why}", segment=label, why=retold(reason))
    if out := _months(model, sorted({row for row, _ in model.expansion.jumps})):
        yield say(
            "expansion: one-off jumps (price steps) left out of the level: {months}", months=out
        )
    if out := _months(model, sorted({row for row, _ in model.contraction.jumps})):
        yield say(
            "contraction: one-off jumps (price steps) left out of the level: {months}", months=out
        )


def _figure(value: object) -> str:
    number = float(str(value))
    if np.isnan(number):
        return ""
    return f"{number:.4f}" if abs(number) < 10 else f"{number:,.1f}"
