"""The lines ahead: what pays now or is signed, with what is known of its future."""

from __future__ import annotations

from itertools import count

from .engines import quoted, sql_text
from .segments import BLANK, Segments
from .tables import Tables

__all__ = ["announced_of", "make_ahead"]


def make_ahead(tables: Tables, by: tuple[str, ...]) -> Segments:
    """Make the table ``ahead``: lines that pay at ``as_of`` or are signed to start later.

    Returns
    -------
    Segments
        What its column ``segment`` points into; a signed line can stand in a segment in which
        nobody pays yet.
    """
    segments, name = tables.once(("ahead", by), lambda: _segmented(tables, by))
    tables.engine.see("ahead", f"SELECT * FROM {name}")
    return segments


def _make_lines(tables: Tables) -> count[int]:
    """Make the table ``ahead_lines``; give numbers for the tables by dimensions over it."""
    engine, policy = tables.engine, tables.policy
    known = {"as_of": tables.as_of, "notices": int(tables.notices)}
    engine.see(
        "countable",
        sql_text("countable"),
        paused=int(policy.paused == "unchanged"),
        past_due=int(policy.past_due == "counts"),
    )
    engine.make("followed", sql_text("followed"), gap_days=policy.gap_days, **known)
    engine.make("ahead_lines", sql_text("ahead_lines"), **known)
    engine.see("ahead_whole", "SELECT a.*, 0 AS segment FROM ahead_lines AS a")
    return count()


def _segmented(tables: Tables, by: tuple[str, ...]) -> tuple[Segments, str]:
    """Give the segments of the lines ahead, and the table in which each line has its own."""
    numbers = tables.once(("ahead_lines",), lambda: _make_lines(tables))
    if not by:
        return Segments(), "ahead_whole"
    engine, name = tables.engine, f"ahead_{next(numbers)}"
    values = [f"COALESCE(NULLIF(n.{quoted(name)}, ''), '{BLANK}')" for name in by]
    named = ", ".join(f"{value} AS value_{i}" for i, value in enumerate(values))
    columns = ", ".join(f"value_{i}" for i in range(len(by)))
    join = "FROM ahead_lines AS a INNER JOIN numbered AS n ON a.line_id = n.line_id"
    matched = " AND ".join(f"{value} = s.value_{i}" for i, value in enumerate(values))
    engine.make(
        "ahead_keys",
        f"SELECT CAST(ROW_NUMBER() OVER (ORDER BY {columns}) - 1 AS INTEGER) AS segment,"
        f" {columns} FROM (SELECT DISTINCT {named} {join}) AS named",
    )
    engine.make(name, f"SELECT a.*, s.segment {join} INNER JOIN ahead_keys AS s ON {matched}")
    keys = engine.frame(f"SELECT {columns} FROM ahead_keys ORDER BY segment")
    return Segments(by, tuple(keys.itertuples(index=False, name=None))), name


def announced_of(tables: Tables, by: tuple[str, ...] = ()) -> dict[tuple[str, ...], int]:
    """CMRR less closing MRR, in minor units by segment key.

    Signed and not started - announced churn - what signed lines replace; 0 at an earlier origin,
    where neither was known.
    """
    segments = make_ahead(tables, by)
    key = ("announced", by)
    frame = tables.once(key, lambda: tables.run("announced", as_of=tables.as_of))
    amounts = dict(zip(frame["segment"].tolist(), frame["mrr"].tolist(), strict=True))
    return {key: int(amounts.get(at, 0)) for at, key in enumerate(segments.keys)}
