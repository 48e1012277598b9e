"""Movements by the stage of the customers' lives: months since their first paying close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from .engines import sql_text
from .errors import InputError
from .memo import Memo, Parts, months_of
from .movements import FLOWS
from .segments import Segments
from .tables import Tables

__all__ = ["STAGE_MOVEMENTS", "Stages", "stage_bounds", "stages_of"]

STAGE_MOVEMENTS = ("opening", "aged_in", "aged_out", *FLOWS, "closing")
"""The movements of a stage: those of the company, and what the customers' ages move."""

_OPENING, _CLOSING = 0, len(STAGE_MOVEMENTS) - 1
_KEYS = ["month", "segment", "stage"]
_OLDEST = 1200


@dataclass(frozen=True)
class Stages(Memo):
    """The movements taken apart by stage; amounts signed, so that they add up to the closing.

    A customer's age is the months since its first close with MRR > 0 (age 0, as in the cohorts),
    also after it left and came back. In the month in which its age reaches the next stage, its
    MRR at the close before leaves one stage (``aged_out``, negative) and enters the other
    (``aged_in``), and what it does in that month belongs to the stage that it is in at the close.
    Ageing adds up to 0 over the stages, every other row to the movement of that name.

    Examples
    --------
    >>> import pandas as pd
    >>> from history import Ledger
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "A", "B"], "start_date": ["2025-01-01", "2025-03-01", "2025-02-10"],
    ...     "end_date": ["2025-03-01", None, None], "mrr": [10000, 15000, 4000]})
    >>> ledger = Ledger.from_lines(lines, as_of="2025-03", currency="EUR")
    >>> stages = ledger.stages(boundaries=(2,))
    >>> stages.matrix("aged_out", "0-1")["total"].tolist()
    [0.0, -100.0]
    >>> stages.matrix("closing", "2+")["total"].tolist()
    [0.0, 150.0]
    """

    boundaries: tuple[int, ...]

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages by age in months: "0-11", "12-23", "24+"."""
        return _names(self.boundaries)

    def retention(self, months: int = 12) -> pd.DataFrame:
        """Give the gross and net retention of a month by stage, as shares 0-1.

        The MRR of a stage that could be lost in a month is its opening and what its age moved.
        Gross: what churn and contraction left of it; net: with expansion. Reactivation, new
        customers and fx are in neither.

        Parameters
        ----------
        months
            The rates of so many months are put together by their MRR.

        Returns
        -------
        DataFrame
            Columns month (the last of the months), the dimensions, stage, gross, net (float64,
            NaN where a stage had no MRR above 0).

        Raises
        ------
        InputError
            ``months`` is below 1.
        """
        if months < 1:
            raise InputError(f"retention looks back 1 month or more, not {months}")
        kept = STAGE_MOVEMENTS[:3]
        base = self._added(kept, months)
        lost = self._added(("contraction", "churn"), months)
        grown = self._added(("expansion",), months)
        above = np.where(base > 0, base, np.nan)
        ends = self.months[months - 1 :]
        count = len(self.stages)
        frame = pd.DataFrame({"month": ends.repeat(len(self.segments) * count)})
        for at, name in enumerate(self.by):
            values = np.repeat(np.array([key[at] for key in self.segments.keys], object), count)
            frame[name] = np.tile(values, len(ends))
        frame["stage"] = np.tile(np.array(self.stages, object), len(ends) * len(self.segments))
        frame["gross"] = (1 + lost / above).transpose(0, 2, 1).reshape(-1)
        frame["net"] = (1 + (lost + grown) / above).transpose(0, 2, 1).reshape(-1)
        return frame

    def _added(self, names: Sequence[str], months: int) -> npt.NDArray[np.int64]:
        """Add some movements up over windows of months: windows x stages x segments."""
        at = [[self.rows.index((name, stage)) for stage in self.stages] for name in names]
        running = self.cells.mrr[:, at].sum(axis=1).cumsum(axis=0)
        running = np.concatenate([np.zeros_like(running[:1]), running])
        added: npt.NDArray[np.int64] = running[months:] - running[:-months]
        return added


def stage_bounds(boundaries: Sequence[int]) -> tuple[int, ...]:
    """Check the ages at which one stage ends and the next begins.

    Raises
    ------
    InputError
        They are not whole months that rise from 1 to 1200.
    """
    bounds = tuple(boundaries)
    whole = all(type(age) is int and 1 <= age <= _OLDEST for age in bounds)
    if not bounds or not whole or list(bounds) != sorted(set(bounds)):
        raise InputError(
            "stages end at ages in whole months that rise from above 0, as in 12, 24, 36; not "
            + (", ".join(str(age) for age in bounds) or "none")
        )
    return bounds


def stages_of(
    tables: Tables, by: tuple[str, ...], currency: str, boundaries: tuple[int, ...]
) -> Stages:
    """Compute the movements by month, segment and stage."""
    names = _names(boundaries)
    total = tables.answer(stages_of, (), currency, boundaries).cells if by else None
    segments = tables.use(by)
    cells = _parts(tables, segments, boundaries)
    return Stages(
        title="stage",
        rows=tuple((movement, stage) for stage in names for movement in STAGE_MOVEMENTS),
        segments=segments,
        currency=currency,
        months=months_of(tables),
        cells=cells,
        total=cells if total is None else total,
        boundaries=boundaries,
    )


def _parts(tables: Tables, segments: Segments, boundaries: tuple[int, ...]) -> Parts:
    """Lay the flows out, add them up to the levels, and leave the first month out."""
    _make_spans(tables, boundaries)
    stages = len(boundaries) + 1
    flows = _flows(tables, stages)
    shape = (tables.as_of - tables.first_month + 1, stages, len(STAGE_MOVEMENTS), len(segments))
    at = (
        # Changes before the first month (credits without a paying line) belong to its closing.
        np.maximum(flows["month"].to_numpy(dtype=np.int64) - tables.first_month, 0),
        flows["stage"].to_numpy(dtype=np.int64),
        flows["movement"].map({name: i for i, name in enumerate(STAGE_MOVEMENTS)}).to_numpy(int),
        flows["segment"].to_numpy(dtype=np.int64),
    )
    mrr, customers, paying = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for cells, name in ((mrr, "mrr"), (customers, "customers"), (paying, "paying")):
        np.add.at(cells, at, flows[name].to_numpy(dtype=np.int64))
    for cells, changes in ((mrr, mrr.copy()), (customers, paying)):
        cells[:, :, _CLOSING] = changes.sum(axis=2).cumsum(axis=0)
        cells[1:, :, _OPENING] = cells[:-1, :, _CLOSING]
    rows = (shape[0] - 1, stages * len(STAGE_MOVEMENTS), len(segments))
    return Parts(mrr[1:].reshape(rows), customers[1:].reshape(rows))


def _flows(tables: Tables, stages: int) -> pd.DataFrame:
    """Give what moves the stages: columns month, segment, stage, movement, customers, mrr, paying.

    paying is by how many the paying customers change.
    """
    parts = [tables.run("staged", first=tables.first_month)]
    aged = tables.run("aged")
    if (revalued := tables.stage_revaluation(stages)) is not None:
        aged_mrr, fx = revalued
        aged = aged.drop(columns="mrr").merge(aged_mrr, on=_KEYS, how="outer")
        aged = aged.fillna(0).astype("int64")
        parts.append(fx.assign(movement="fx", paying=0))
    parts.append(aged.assign(movement="aged_in", paying=aged["customers"]))
    left = {"stage": aged["stage"] - 1, "mrr": -aged["mrr"], "paying": -aged["customers"]}
    parts.append(aged.assign(movement="aged_out", **left))
    return pd.concat(parts, ignore_index=True)


def _make_spans(tables: Tables, boundaries: tuple[int, ...]) -> None:
    """Make the table ``stage_spans``: since when and until when a customer is in a stage."""
    ends = [*(str(age) for age in boundaries), "NULL"]
    rows = [
        f"({stage}, {since}, {until})"
        for stage, (since, until) in enumerate(zip((0, *boundaries), ends, strict=True))
    ]
    columns = ", ".join(
        f"CAST({name} AS INTEGER) AS {name}" for name in ("stage", "from_age", "until_age")
    )
    tables.engine.see(
        "stage_bounds",
        f"SELECT {columns} FROM (VALUES {', '.join(rows)}) AS known(stage, from_age, until_age)",
    )
    tables.engine.make("stage_spans", sql_text("stage_spans"), as_of=tables.as_of)


def _names(boundaries: tuple[int, ...]) -> tuple[str, ...]:
    """Name the stages by the ages of their first and last month.

    Examples
    --------
    >>> _names((1, 12, 24))
    ('0', '1-11', '12-23', '24+')
    """
    closed = [
        str(since) if until == since + 1 else f"{since}-{until - 1}"
        for since, until in pairwise((0, *boundaries))
    ]
    return (*closed, f"{boundaries[-1]}+")
