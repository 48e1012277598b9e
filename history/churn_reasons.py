"""Voluntary and involuntary churn: the movement by the reason that the lines name."""

from __future__ import annotations

from .memo import Memo, Parts, laid, months_of
from .segments import Segments
from .tables import Tables

__all__ = ["REASONS", "churn_reasons_of"]

REASONS = ("voluntary", "involuntary", "unknown")
"""The parts of churn: the customer cancelled, a payment failed, no line says why."""

_ROWS = tuple(("churn", reason) for reason in REASONS)


def churn_reasons_of(tables: Tables, by: tuple[str, ...], currency: str) -> Memo:
    """Compute the churn by reason, month and segment; the parts add up to the churn exactly."""
    total = tables.answer(churn_reasons_of, (), currency).cells if by else None
    segments = tables.use(by)
    cells = _parts(tables, segments)
    return Memo(
        title="reason",
        rows=_ROWS,
        segments=segments,
        currency=currency,
        months=months_of(tables),
        cells=cells,
        total=cells if total is None else total,
    )


def _parts(tables: Tables, segments: Segments) -> Parts:
    frame = tables.run("churn_reasons", first=tables.first_month).assign(movement="churn")
    return laid(tables, segments, _ROWS, frame, counted=True)
