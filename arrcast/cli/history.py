"""``arrcast history``: the movements, or one of them taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from history import InputError

from .output import emit, header
from .session import open_session
from .views import by_movement, by_part_of, without_empty_blank

if TYPE_CHECKING:
    from .options import Output, Source


def run(
    source: Source,
    output: Output,
    *,
    churn_reasons: bool,
    price_volume: bool,
    item: str | None,
    stages: str | None,
) -> None:
    """Print or write the movements, churn by reason, expansion by price and volume, or stages."""
    if churn_reasons + price_volume + (stages is not None) > 1:
        raise InputError(
            "--churn-reasons, --price-volume and --stages are tables of their own: one at a time."
        )
    if item is not None and not price_volume:
        raise InputError("--item belongs to --price-volume.")
    boundaries = None if stages is None else _ages(stages)
    session = open_session(source)
    ledger, by = session.ledger, session.by
    about = header(ledger)
    if churn_reasons:
        memo, schema = ledger.churn_reasons(by=by), "arrcast.churn-reasons/1"
    elif price_volume:
        memo, schema = ledger.price_volume(by=by, item=item), "arrcast.price-volume/1"
    elif boundaries is not None:
        frame = ledger.stages(by=by, boundaries=boundaries).to_frame()
        emit(output, "arrcast.stages/1", frame, about=about, view=by_movement(frame))
        return
    else:
        frame = ledger.movements(by=by).to_frame()
        view = by_movement(without_empty_blank(frame, by, "mrr"))
        emit(output, "arrcast.history/1", frame, about=about, view=view)
        return
    frame = memo.to_frame()
    emit(output, schema, frame, about=about, view=by_part_of(frame, memo.title))


def _ages(text: str) -> tuple[int, ...]:
    """Read ages in months; the ledger refuses those that do not rise."""
    words = [word.strip() for word in text.split(",")]
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        raise InputError(f"--stages takes ages in whole months, as in 12,24,36; not {text!r}")
    return tuple(int(word) for word in words)
