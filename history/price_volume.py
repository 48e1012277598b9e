"""Price, volume and mix: what expansion and contraction are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .engines import quoted, sql_text
from .errors import unknown_name
from .memo import Memo, Parts, laid, months_of
from .segments import Segments
from .tables import Tables

__all__ = ["EFFECTS", "price_volume_of"]

EFFECTS: dict[str, str] = {
    "price": "change of the price of a unit x the quantity before",
    "volume": "change of the quantity x the price of a unit before",
    "mix": "the rest: items that came or went, and both changes at once",
    "not_split": "changes of items in which a line has no quantity",
}
"""The parts of an expansion or contraction, item by item of each customer."""

_ROWS = tuple((move, effect) for move in ("expansion", "contraction") for effect in EFFECTS)


def price_volume_of(
    tables: Tables,
    by: tuple[str, ...],
    currency: str,
    *,
    item: str | None,
    dimensions: tuple[str, ...],
) -> Memo:
    """Compute price, volume and mix by month and segment; they add up to the movement exactly.

    Parameters
    ----------
    item
        The dimension whose values are one customer's items; None: its subscriptions, and all
        lines without one together.

    Raises
    ------
    UnknownNameError
        The item is no dimension of the ledger.
    """
    if item is not None and item not in dimensions:
        raise unknown_name("item column", item, dimensions)
    column = "subscription" if item is None else quoted(item)
    whole = None
    if by:
        whole = tables.answer(price_volume_of, (), currency, item=item, dimensions=dimensions)
    segments = tables.use(by)
    tables.engine.see(
        "items", f"SELECT line_id, COALESCE(n.{column}, '') AS item FROM numbered AS n"
    )
    cells = _parts(tables, segments)
    return Memo(
        title="effect",
        rows=_ROWS,
        segments=segments,
        currency=currency,
        months=months_of(tables),
        cells=cells,
        total=whole.cells if whole else cells,
    )


def _parts(tables: Tables, segments: Segments) -> Parts:
    """Round price and volume once a month, segment and movement; mix takes what is left."""
    tables.engine.see("measured_lines", sql_text("measured_lines"))
    found = tables.run("price_volume", first=tables.first_month)
    keys = found[["month", "segment", "movement"]]
    mrr, unsplit = (found[name].to_numpy(dtype=np.int64) for name in ("mrr", "unsplit"))
    price, volume = (
        np.rint(found[name].to_numpy(dtype=np.float64)).astype(np.int64)
        for name in ("price", "volume")
    )
    amounts = {
        "price": price,
        "volume": volume,
        "mix": mrr - unsplit - price - volume,
        "not_split": unsplit,
    }
    frame = pd.concat([keys.assign(part=name, mrr=cells) for name, cells in amounts.items()])
    return laid(tables, segments, _ROWS, frame, counted=False)
