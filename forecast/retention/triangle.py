"""A triangle of survivors as finance keeps it: one row a cohort, one column an age."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from history.errors import InputError, NotEnoughHistoryError
from history.language import kept, say_many, significant

from .exposure import Exposure
from .forms import FloatArray


@dataclass(frozen=True, eq=False)
class Triangle:
    """Survivors by cohort and age, checked.

    Attributes
    ----------
    index
        The cohorts as given.
    survivors
        (cohorts, ages 0..A), NaN where blank.
    """

    index: pd.Index[Any]
    survivors: FloatArray

    @classmethod
    def read(cls, frame: pd.DataFrame) -> Triangle:
        """Check a frame with one row a cohort and the survivors at age 0, 1, 2, ... in columns.

        Columns count by position; where their labels are whole numbers these must be 0, 1, 2, ...
        Blank is NaN, None or an empty text. A row may begin with blanks (a cohort known only
        from a later age on) but has none between known cells.

        Raises
        ------
        InputError
            With all cells that cannot be read, are negative or infinite, or stand after a gap.
        NotEnoughHistoryError
            If there is no cohort, or only age 0.
        """
        if not isinstance(frame, pd.DataFrame):
            raise InputError(
                f"a triangle is a pandas DataFrame (one row a cohort, one column an age), not "
                f"{type(frame).__name__}. One cohort: pd.DataFrame([[1000, 869, 743]])."
            )
        if frame.shape[0] == 0 or frame.shape[1] < 2:
            raise NotEnoughHistoryError(
                f"the triangle has {frame.shape[0]} cohorts and {frame.shape[1]} ages: a retention "
                "curve needs at least one cohort with its survivors at age 0 and age 1."
            )
        _check_labels(frame)
        survivors = _numbers(frame)
        _check_gaps(frame, survivors)
        return cls(frame.index, survivors)

    def exposure(self) -> Exposure:
        """At risk and lost between each two adjacent known cells."""
        at_risk = self.survivors[:, :-1].copy()
        churned = at_risk - self.survivors[:, 1:]
        at_risk[np.isnan(churned)] = np.nan
        return Exposure(at_risk, churned, _remarks(self.index, at_risk, churned))

    def newest(self) -> tuple[FloatArray, FloatArray]:
        """Age and count of each cohort's last known cell, (cohorts,); NaN where a row is blank."""
        known = ~np.isnan(self.survivors)
        last = known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
        counts = self.survivors[np.arange(len(last)), last]
        return last.astype(float), counts


def _check_labels(frame: pd.DataFrame) -> None:
    labels: list[object] = list(frame.columns)
    if pd.api.types.is_integer_dtype(frame.columns) and labels != [*range(len(labels))]:
        raise InputError(
            f"the triangle's columns are the ages {labels}: they must be 0, 1, 2, ... in this "
            "order without a gap, and age 0 is the whole cohort."
        )


def _numbers(frame: pd.DataFrame) -> FloatArray:
    """Cells as floats; all cells that are not a count at once in the error."""
    if all(pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes):
        values = frame.to_numpy(dtype=float, na_value=np.nan)
        blank = np.isnan(values)
    else:
        cells = frame.astype(object)
        empty = cells.isna() | cells.map(lambda x: isinstance(x, str) and not x.strip())
        numbers = cells.mask(empty, np.nan).apply(pd.to_numeric, errors="coerce")
        values, blank = numbers.to_numpy(dtype=float), empty.to_numpy(dtype=bool)
    bad = ~blank & ~(np.isfinite(values) & (values >= 0))
    if bad.any():
        given = frame.astype(object).to_numpy().tolist()
        listed = ", ".join(
            f"{frame.index[r]} / {frame.columns[c]}: {given[r][c]!r}" for r, c in np.argwhere(bad)
        )
        raise InputError(
            f"survivors must be numbers from 0 up, or blank; they are not at cohort / age {listed}."
        )
    return np.asarray(values, dtype=float)


def _check_gaps(frame: pd.DataFrame, survivors: FloatArray) -> None:
    known = ~np.isnan(survivors)
    started = np.cumsum(known, axis=1) > 0
    ended = np.cumsum(known[:, ::-1], axis=1)[:, ::-1] == 0
    gaps = started & ~known & ~ended
    if gaps.any():
        rows = list(map(str, frame.index[gaps.any(axis=1)]))
        raise InputError(
            f"blank cells between known ones in cohorts {', '.join(rows)}: fill them, or cut the "
            "row before the gap."
        )


def _remarks(index: pd.Index[Any], at_risk: FloatArray, churned: FloatArray) -> tuple[str, ...]:
    notes = []
    blank = np.asarray(np.isnan(at_risk).all(axis=1))
    if blank.any():
        names = ", ".join(map(str, index[blank]))
        notes.append(kept("too new to tell how long customers stay: those of {names}", names=names))
    rises = churned < 0
    if rises.any():
        gained = -churned[rises].sum()
        net = np.nansum(churned, axis=0)
        forgone = -net[net < 0].sum()
        told = {
            "n": partial(significant, float(gained), 6),
            "months": partial(_months, int(rises.sum())),
        }
        text = kept(
            "{n} came back after they had left, in {months} of cohorts: set against the lost of "
            "the same age in the other cohorts",
            **told,
        )
        if forgone > 0:
            text = kept(
                "{n} came back after they had left, in {months} of cohorts: set against the lost "
                "of the same age in the other cohorts; more came back than left at age {ages}: no "
                "loss there, {forgone} forgone",
                ages=", ".join(str(a + 1) for a in np.flatnonzero(net < 0)),
                forgone=partial(significant, float(forgone), 6),
                **told,
            )
        notes.append(text)
    return tuple(notes)


def _months(n: int) -> str:
    return say_many("{n} month", "{n} months", n)
