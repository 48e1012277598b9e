"""The tables behind one ledger as known at one month: made when first needed, then kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

import pandas as pd

from .engines import Engine, bound, quoted, sql_text
from .policed import apply_policy
from .policy import Policy
from .segments import BLANK, Segments

__all__ = ["Tables", "load"]

Made = TypeVar("Made")
P = ParamSpec("P")


def load(engine: Engine, *, known: bool = False, lines: str = "") -> None:
    """Make the tables that all ledgers over the same lines share.

    Parameters
    ----------
    engine
        Holds the lines as ``numbered``, each with a ``line_id``.
    known
        Whether the table ``customers`` is there.
    lines
        A query that stands for ``numbered`` while the facts are made; "" for itself.
    """
    if not known:
        engine.share("customers", sql_text("customers"))
    facts = sql_text("facts")
    engine.share("facts", f"WITH numbered AS ({lines}) {facts}" if lines else facts)


class Tables:
    """The lines that count, their change points and the customers' moves at one ``as_of``.

    Parameters
    ----------
    engine
        An engine of its own (a fork), on which :func:`load` was run.
    policy
        The switches in force.
    as_of
        Month index; nothing later is known.
    notices
        Whether notices given (status cancelled, end after ``as_of``) are known.
    """

    def __init__(self, engine: Engine, policy: Policy, as_of: int, *, notices: bool) -> None:
        self.engine = engine
        self.policy = policy
        self.as_of = as_of
        self._notices = int(notices)
        self._paused = int(policy.paused == "unchanged")
        self._past_due = int(policy.past_due == "counts")
        self._made: dict[tuple[str, ...], tuple[Segments, str]] = {}
        self._known: dict[tuple[object, ...], object] = {}
        self._suffix = ""
        self._count_lines()
        self.first = self._first_month()

    def _count_lines(self) -> None:
        policy = self.policy
        apply_policy(self.engine, policy)
        self._report()
        counted = bound(
            sql_text("counted"),
            as_of=self.as_of,
            notices=self._notices,
            paused=self._paused,
            past_due=self._past_due,
        )
        self.engine.see("counted", counted)
        if policy.gap_days:
            self.engine.make("gaps", sql_text("gaps"), gap_days=policy.gap_days)
            self.engine.make("bridged", sql_text("bridged"))
            self._see("counted", "bridged")

    def _report(self) -> None:
        """Let ``reported`` be the facts with their amounts in the reporting currency."""
        self.engine.see("reported", "SELECT * FROM facts")

    def _first_month(self) -> int | None:
        """Give the month of the earliest line that pays at its close, None if none does."""
        frame = self.engine.frame(
            "SELECT first_month FROM counted WHERE mrr > 0"
            " AND (stop_month IS NULL OR stop_month > first_month) ORDER BY first_month LIMIT 1"
        )
        return None if frame.empty else int(frame["first_month"].iloc[0])

    @property
    def first_month(self) -> int:
        """Month index of the first month of history."""
        if self.first is None:  # a Ledger refuses such tables when it is made
            raise ValueError("no line pays at any close")
        return self.first

    @property
    def notices(self) -> bool:
        """Whether notices given and lines signed ahead are known."""
        return bool(self._notices)

    @property
    def same_month(self) -> int:
        """1 where customers who came and left between two closes are counted."""
        return int(self.policy.same_month == "count")

    def has(self, by: tuple[str, ...]) -> bool:
        """Say whether the moves by these dimensions are made."""
        return by in self._made

    def use(self, by: tuple[str, ...]) -> Segments:
        """Let ``labelled`` and ``measured`` be the lines and moves by these dimensions."""
        if not self._made:
            self._make_moves()
        if by not in self._made:
            self._suffix = ""
            self._made[by] = self._make_segments(by, f"_{len(self._made)}")
        segments, suffix = self._made[by]
        if suffix != self._suffix:
            self._see("labelled", f"labelled{suffix}")
            self._see("measured", f"segment_moves{suffix}" if by else "moves")
            self._suffix = suffix
        return segments

    def _see(self, view: str, table: str) -> None:
        self.engine.see(view, f"SELECT * FROM {table}")

    def _make_moves(self) -> None:
        """Make the table ``moves``: each change of a customer's MRR, classified."""
        self.engine.see("labelled_0", "SELECT counted.*, 0 AS segment FROM counted")
        self._see("labelled", "labelled_0")
        self._make_levels("levels")
        self.engine.see("moves", sql_text("moves"))
        self._see("measured", "moves")
        self._suffix = "_0"
        self._made[()] = (Segments(), self._suffix)

    def _make_levels(self, name: str) -> None:
        """Make a table like ``levels`` of the customers in ``labelled``."""
        self._make_balances()
        window = self.policy.reactivation_window or 0
        self.make("firsts")
        self.engine.see("exits", sql_text("exits"), reactivation_window=window)
        self.engine.make(name, sql_text("levels"))
        self.engine.forget("balances")

    def _make_balances(self) -> None:
        """Make the table ``balances``: the customers' MRR after each change point."""
        self.engine.see("changes", _whole(sql_text("changes")), same_month=self.same_month)
        self.make("balances")

    def _make_segment_balances(self, suffix: str) -> None:
        """Let ``segment_balances`` be the customers' MRR in each segment of ``labelled``."""
        del suffix
        self.engine.see("segment_changes", sql_text("changes"), same_month=self.same_month)
        self.engine.see("segment_balances", sql_text("segment_balances"))

    def revaluation(self) -> pd.DataFrame | None:
        """Give what rates did to standing balances, by month and segment; None where nothing.

        Returns
        -------
        DataFrame
            Columns month (index), segment, mrr (minor units), customers.
        """
        return None

    def stage_revaluation(self, stages: int) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Give what enters each of ``stages`` by age, and FX, where rates move; else None.

        Two frames with columns month (index), segment, stage, mrr (minor units); FX also customers.
        """
        del stages
        return None

    def customer_revaluation(self) -> pd.DataFrame | None:
        """Give the same by customer: columns customer, month, mrr; None where nothing."""
        return None

    def _make_segments(self, by: tuple[str, ...], suffix: str) -> tuple[Segments, str]:
        """Give every line that counts the position of its segment, and split the moves."""
        values = [f"COALESCE(NULLIF(n.{quoted(name)}, ''), '{BLANK}')" for name in by]
        named = ", ".join(f"{value} AS value_{i}" for i, value in enumerate(values))
        columns = ", ".join(f"value_{i}" for i in range(len(by)))
        join = "FROM counted AS c INNER JOIN numbered AS n ON c.line_id = n.line_id"
        self.engine.make(
            "segment_keys",
            f"SELECT CAST(ROW_NUMBER() OVER (ORDER BY {columns}) - 1 AS INTEGER) AS segment,"
            f" {columns} FROM (SELECT DISTINCT {named} {join}) AS named",
        )
        matched = " AND ".join(f"{value} = s.value_{i}" for i, value in enumerate(values))
        self.engine.make(
            f"labelled{suffix}",
            f"SELECT c.*, s.segment {join} INNER JOIN segment_keys AS s ON {matched}",
        )
        self._see("labelled", f"labelled{suffix}")
        self._make_segment_balances(suffix)
        self.engine.make(f"segment_moves{suffix}", sql_text("segment_moves"))
        keys = self.engine.frame(f"SELECT {columns} FROM segment_keys ORDER BY segment")
        return Segments(by, tuple(keys.itertuples(index=False, name=None))), suffix

    def once(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Give what is known under a key, or make it now: the lines never change."""
        if key not in self._known:
            self._known[key] = make()
        return cast("Made", self._known[key])

    def answer(
        self,
        make: Callable[Concatenate[Tables, tuple[str, ...], str, P], Made],
        by: tuple[str, ...],
        currency: str,
        *more: P.args,
        **named: P.kwargs,
    ) -> Made:
        """Give what a function makes of these tables by dimensions; it is asked once."""
        key = (make, by, currency, more, *named.items())
        return self.once(key, lambda: make(self, by, currency, *more, **named))

    def run(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run one of the SQL texts by name and give its rows."""
        return self.engine.frame(sql_text(text), **numbers)

    def run_whole(self, text: str) -> pd.DataFrame:
        """Run one of the SQL texts that group by segment for the total alone."""
        return self.engine.frame(_whole(sql_text(text)))

    def make(self, text: str) -> None:
        """Make the table of one of the SQL texts, under its name."""
        self.engine.make(text, sql_text(text))

    def homes(self) -> None:
        """Let ``homed`` be the levels with the segment in which each customer began."""
        if self._suffix == "_0":
            self.engine.see("homed", "SELECT levels.*, 0 AS segment FROM levels")
            return
        self.engine.see("homes", sql_text("homes"))
        homed = "SELECT m.*, h.segment FROM levels AS m INNER JOIN homes AS h"
        self.engine.see("homed", f"{homed} ON m.customer_id = h.customer_id")

    def largest(self, points: str) -> None:
        """Make the table ``largest``: the largest line at each point of (customer, month)."""
        self.engine.make("points", points)
        self.engine.make("largest", sql_text("largest"))


def _whole(text: str) -> str:
    """Write a text that groups by segment for the total alone: fewer keys are faster."""
    head, grouped, keys = text.rpartition("GROUP BY")
    return (
        head.replace("    segment,\n", "    0 AS segment,\n", 1)
        + grouped
        + keys.replace(" segment,", "")
    )
