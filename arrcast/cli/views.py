"""Tidy frames turned into what a person reads on a screen: pivots, no arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from history.segments import BLANK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from history import Metric


def without_empty_blank(frame: pd.DataFrame, by: Sequence[str], value: str) -> pd.DataFrame:
    """Return the rows but those of a segment (blank) in which every value is 0 or blank.

    Lines that count at no close have no band of first MRR, and nothing to be shown.
    """
    if not by:
        return frame
    alive = frame[value].fillna(0).ne(0).groupby([frame[name] for name in by]).transform("any")
    return frame[alive | ~(frame[list(by)] == BLANK).any(axis=1)]


def by_movement(frame: pd.DataFrame) -> pd.DataFrame:
    """Return movements with one row a month (and segment) and one column a movement."""
    keys = [name for name in frame.columns if name not in ("movement", "customers", "mrr")]
    order = list(dict.fromkeys(frame["movement"]))
    mrr = frame.pivot_table(
        index=keys, columns="movement", values="mrr", sort=False, dropna=False, aggfunc="first"
    )[order]
    customers = frame[frame["movement"] == "closing"].set_index(keys)["customers"]
    wide = mrr.assign(customers=customers)
    if "fx" in wide and wide["fx"].fillna(0).eq(0).all():
        wide = wide.drop(columns="fx")
    return wide.reset_index()


def by_part(frame: pd.DataFrame) -> pd.DataFrame:
    """Return future MRR with one row a month (and segment) and one column a part."""
    keys = [name for name in frame.columns if name not in ("part", "mrr")]
    order = list(dict.fromkeys(frame["part"]))
    wide = frame.pivot_table(
        index=keys, columns="part", values="mrr", sort=False, dropna=False, aggfunc="first"
    )[order]
    empty = [name for name in ("starting", "leaving", "replaced") if wide[name].eq(0).all()]
    return wide.drop(columns=empty).reset_index()


def by_part_of(frame: pd.DataFrame, title: str) -> pd.DataFrame:
    """Return a movement taken apart: one row a month (and segment), one column a part."""
    keys = [name for name in frame.columns if name not in (title, "customers", "mrr")]
    order = list(dict.fromkeys(frame[title]))
    wide = frame.pivot_table(index=keys, columns=title, values="mrr", sort=False, aggfunc="first")
    wide = wide[order] if len(frame) else wide
    return wide.assign(all=wide.sum(axis=1)).reset_index()


def by_age(frame: pd.DataFrame, value: str = "customers") -> pd.DataFrame:
    """Return cohorts with one row a cohort (and segment) and one column an age."""
    keys = [name for name in frame.columns if name not in ("age", "customers", "mrr")]
    wide = frame.pivot_table(
        index=keys, columns="age", values=value, sort=False, dropna=False, aggfunc="first"
    )
    wide = wide.dropna(how="all").astype("Int64")
    wide.columns = pd.Index([str(age) for age in wide.columns])
    return wide.reset_index()


def metrics_frame(metrics: Sequence[Metric], by: Sequence[str]) -> pd.DataFrame:
    """Return one row a metric (and segment): name, segments, period, value, definition."""
    frame = pd.DataFrame(
        [
            {
                "name": each.name,
                **{name: (each.segment or {}).get(name, "total") for name in by},
                "period": each.period,
                "value": each.value,
                "definition": each.definition,
            }
            for each in metrics
        ]
    )
    return frame.astype({"period": "Int64"})


def by_layer(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the expected layers with one row a month (and segment) and one column a layer."""
    keys = list(frame.columns[: list(frame.columns).index("layer")])
    order = list(dict.fromkeys(frame["layer"]))
    wide = frame.pivot_table(
        index=keys, columns="layer", values="mean", sort=False, dropna=False, aggfunc="first"
    )[order]
    return wide.assign(mrr=wide.sum(axis=1)).reset_index()


def by_month(frame: pd.DataFrame, measures: Sequence[str] = ("arr",)) -> pd.DataFrame:
    """Return a forecast's named measures: mean and P10, P50, P90 by month."""
    chosen = frame[frame["measure"].isin(list(measures))]
    return chosen.drop(columns=["p2_5", "p25", "p75", "p97_5"]).rename(
        columns={"p10": "P10", "p50": "P50", "p90": "P90"}
    )
