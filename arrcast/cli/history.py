"""``arrcast history``: the movements, or one of them taken apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from history import InputError

from .output import emit, header
from .session import open_session
from .views import by_movement, by_part_of

if TYPE_CHECKING:
    from .options import Output, Source


def run(
    source: Source, output: Output, *, churn_reasons: bool, price_volume: bool, item: str | None
) -> None:
    """Print or write the movements, churn by reason, or expansion by price and volume."""
    if churn_reasons and price_volume:
        raise InputError("--churn-reasons and --price-volume are two tables: one at a time.")
    if item is not None and not price_volume:
        raise InputError("--item belongs to --price-volume.")
    session = open_session(source)
    ledger, by = session.ledger, session.by
    about = header(ledger)
    if churn_reasons:
        memo, schema = ledger.churn_reasons(by=by), "arrcast.churn-reasons/1"
    elif price_volume:
        memo, schema = ledger.price_volume(by=by, item=item), "arrcast.price-volume/1"
    else:
        frame = ledger.movements(by=by).to_frame()
        emit(output, "arrcast.history/1", frame, about=about, view=by_movement(frame))
        return
    frame = memo.to_frame()
    emit(output, schema, frame, about=about, view=by_part_of(frame, memo.title))
