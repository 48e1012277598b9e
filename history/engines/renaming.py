"""Engines where every table has a name of its own: a ledger leaves nothing and meets nobody."""

from __future__ import annotations

import uuid
import weakref
from collections import deque
from collections.abc import Mapping
from itertools import count
from typing import Protocol

import pandas as pd

from .dialect import said
from .engine import Kind
from .names import quoted_table

__all__ = ["RenamingEngine", "Session"]

_NUMBERS = count(1)
_HERE = uuid.uuid4().hex[:8]


class Session(Protocol):
    """A server's or a cluster's session; statements come in its own words."""

    @property
    def dialect(self) -> str:
        """The words: "postgres" or "spark"."""

    def columns(self, query: str, table: str) -> Mapping[str, Kind]:
        """Say what a query over the user's table gives."""

    def create(self, name: str, query: str, *, numbered: bool) -> None:
        """Make the table, whole or not at all; ``numbered`` adds ``line_id``."""

    def frame(self, query: str) -> pd.DataFrame:
        """Give the rows of a query."""

    def drop(self, name: str) -> None:
        """Drop a table that :meth:`create` made."""


class RenamingEngine:
    """What PostgreSQL and Spark share: texts said in their words, over tables named apart.

    Tables that nobody holds any more are dropped before the next statement, not at once: an
    object may be forgotten in the middle of another statement.

    Parameters
    ----------
    session
        Where the statements run.
    parent
        The engine whose tables are seen, and held, from here; None for none.
    """

    def __init__(self, session: Session, parent: RenamingEngine | None = None) -> None:
        self._session = session
        self._parent = parent
        self._names: dict[str, str] = {}
        self._owned: dict[str, str] = {}
        self._left: deque[str] = deque()
        if parent is not None:
            self._names |= parent._names  # noqa: SLF001 - of the same class
            self._left = parent._left  # noqa: SLF001
        leave = weakref.finalize(self, _leave, self._owned, self._left)
        leave.atexit = False  # the session ends with the process

    def share(self, table: str, text: str, **numbers: int) -> None:
        """Make a table of a query's rows that every later fork sees."""
        self.make(table, text, **numbers)

    def make(self, table: str, text: str, **numbers: int) -> None:
        """Make a table of this fork (replacing one of that name) of a query's rows."""
        self._keep(table, self._said(text, **numbers))

    def see(self, view: str, text: str, **numbers: int) -> None:
        """Let a name of this fork (replacing one of that name) stand for a query."""
        self._names[view] = f"({self._said(text, **numbers)})"

    def frame(self, text: str, **numbers: int) -> pd.DataFrame:
        """Run a query and give its rows."""
        self._sweep()
        return self._session.frame(self._said(text, **numbers))

    def number(self, table: str, name: str) -> None:
        """Let a name stand for a table with its ``row`` as ``line_id``."""
        self.see(name, f'SELECT "row" AS line_id, {table}.* FROM {table}')

    def forget(self, table: str) -> None:
        """Drop a table that was shared and is needed no more."""
        self._left.append(self._owned.pop(table))
        del self._names[table]

    def fork(self) -> RenamingEngine:
        """Give an engine over the same rows with tables of its own."""
        return RenamingEngine(self._session, self)

    def columns(self, table: str) -> Mapping[str, Kind]:
        """Say what the columns of one of the user's own tables hold, in their order."""
        self._sweep()
        query = f"SELECT * FROM {quoted_table(table)}"
        return self._session.columns(self._said(query), table)

    def take(self, text: str, table: str) -> RenamingEngine:
        """Run a query over the user's own tables and keep its rows as ``table``, numbered."""
        taken = RenamingEngine(self._session, self)
        taken._names.clear()
        taken._keep(table, taken._said(text), numbered=True)
        return taken

    def _keep(self, table: str, statement: str, *, numbered: bool = False) -> None:
        self._sweep()
        name = f"arrcast_{_HERE}_{next(_NUMBERS)}_{table}"
        self._session.create(name, statement, numbered=numbered)
        if table in self._owned:
            self._left.append(self._owned[table])
        self._owned[table] = name
        self._names[table] = name

    def _said(self, text: str, **numbers: int) -> str:
        return said(text, self._session.dialect, self._names, **numbers)

    def _sweep(self) -> None:
        while self._left:
            self._session.drop(self._left.popleft())


def _leave(owned: Mapping[str, str], left: deque[str]) -> None:
    left.extend(owned.values())
