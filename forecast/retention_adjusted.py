"""Retention-adjusted ARR: what today's customers are expected to pay over the next year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from history.errors import InputError
from history.metrics import Metric
from history.segments import Segments

from .layers import Layers
from .quantiles import QUANTILES, TOTAL, quantile

Floats = NDArray[np.float64]

DEFINITION: Final = (
    "revenue that the customers of as_of are expected to pay over the next {months} months, until "
    "they leave for the first time: the sum of their MRR at the {months} closes, from the "
    "retention curves and what they expand and contract; nobody won or won back is in it"
)


@dataclass(frozen=True, eq=False)
class RetentionAdjusted:
    """Revenue of today's customers over the months ahead, as draws.

    With nobody leaving, growing or shrinking it is `months` x MRR (over twelve months: ARR); a
    hazard h a month alone gives MRR x ((1 - h) + (1 - h)^2 + ...).

    Attributes
    ----------
    segments : Segments
        What the last axis stands for.
    months : int
        Months added up; 12 makes it comparable with ARR.
    opening : array (segments,)
        MRR at the close of `as_of`.
    draws : array (paths, segments)
        Revenue on every path, in major units.
    """

    segments: Segments
    months: int
    opening: Floats
    draws: Floats

    @classmethod
    def of(cls, layers: Layers, opening: Floats, months: int) -> RetentionAdjusted:
        """Add up the layers of today's customers over the first months.

        Raises
        ------
        InputError
            The projection covers fewer months.
        """
        if not 1 <= months <= len(layers.months):
            raise InputError(
                f"months={months}: the projection covers {len(layers.months)} months. "
                f"Project {max(months, 1)} months or more."
            )
        return cls(layers.segments, months, opening, layers.today[:, :months].sum(axis=1))

    @property
    def definition(self) -> str:
        """What the figure means, in one sentence."""
        return DEFINITION.format(months=self.months)

    @property
    def mean(self) -> float:
        """Expected revenue of the company."""
        return float(self.draws.sum(axis=1).mean())

    @property
    def interval(self) -> Mapping[str, float]:
        """Quantiles of the company's revenue by name, `p2_5` to `p97_5`."""
        ordered = np.sort(self.draws.sum(axis=1))
        return {name: float(quantile(ordered, share)) for name, share in QUANTILES.items()}

    def metrics(self) -> list[Metric]:
        """Give mean, P10, P50 and P90 as metrics, the company first, then each segment."""
        frame, by = self.to_frame(), self.segments.by
        names = {"mean": "expected", "p10": "P10", "p50": "P50", "p90": "P90"}
        return [
            Metric(
                name="retention_adjusted_arr" + ("" if column == "mean" else f"_{column}"),
                period=self.months,
                value=float(frame[column].iloc[at]),
                definition=f"{word}: {self.definition}",
                segment={name: str(frame[name].iloc[at]) for name in by},
            )
            for at in [len(frame) - 1, *range(len(frame) - 1)]
            for column, word in names.items()
        ]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a segment, the company last.

        Returns
        -------
        DataFrame
            The segment columns, `mrr` (at `as_of`), `run_rate` (`months` x MRR), `mean`, the
            quantiles, and `adjustment` (mean / run rate - 1, a share).
        """
        whole = self.draws.sum(axis=1, keepdims=True)
        draws = np.concatenate([self.draws, whole], axis=1) if self.segments.by else whole
        opening = np.append(self.opening, self.opening.sum())[-draws.shape[1] :]
        keys = [*self.segments.keys, (TOTAL,) * len(self.segments.by)][-draws.shape[1] :]
        ordered = np.sort(draws.T, axis=1)
        frame = pd.DataFrame(
            {name: [key[at] for key in keys] for at, name in enumerate(self.segments.by)}
        )
        frame["mrr"], frame["run_rate"] = opening, self.months * opening
        frame["mean"] = draws.mean(axis=0)
        for name, share in QUANTILES.items():
            frame[name] = quantile(ordered, share)
        run_rate = frame["run_rate"].where(frame["run_rate"] > 0)
        return frame.assign(adjustment=frame["mean"] / run_rate - 1.0)
