"""The tables of a closed ledger: those of the earlier one, but for the customers it touched."""

from __future__ import annotations

from .engines import DuckEngine, sql_text
from .policy import Policy
from .tables import Tables

__all__ = ["CarriedTables"]


class CarriedTables(Tables):
    """As :class:`Tables`; what the earlier ones have computed of others is not computed again.

    A customer's change points come of its own lines that count. Of a customer about whom nothing
    was told, and of whom no line begins or ends between the two closes, they stay as they are.

    Parameters
    ----------
    engine, policy, as_of, notices
        As of :class:`Tables`; the engine's tables lie apart from those of ``earlier``.
    earlier
        Tables of the earlier ledger, under the same policy.
    """

    def __init__(
        self, engine: DuckEngine, policy: Policy, as_of: int, *, notices: bool, earlier: Tables
    ) -> None:
        super().__init__(engine, policy, as_of, notices=notices)
        self._duck = engine
        engine.share("touched", sql_text("close_touched"), last=earlier.as_of, as_of=as_of)
        self._carried = self._carry("levels", earlier, "levels") if earlier.has(()) else ""

    def place(self, table: str) -> str:
        """Give the name by which the earlier tables' engine knows a table shared here."""
        return self._duck.place(table)

    def _carry(self, table: str, earlier: Tables, source: str) -> str:
        """Copy the rows of the untouched customers to a shared table and give its name."""
        name = f"carried_{table}"
        earlier.engine.share(
            self.place(name),
            f"SELECT * FROM {source} AS c WHERE NOT EXISTS (SELECT 1"
            f" FROM {self.place('touched')} AS t WHERE t.customer_id = c.customer_id)",
        )
        return name

    def _make_levels(self, name: str) -> None:
        if not self._carried:
            super()._make_levels(name)
            return
        touched = "SELECT * FROM labelled_0 WHERE customer_id IN (SELECT customer_id FROM touched)"
        self.engine.see("labelled", touched)
        super()._make_levels(f"touched_{name}")
        self._see("labelled", "labelled_0")
        both = f"SELECT * FROM touched_{name} UNION ALL SELECT * FROM {self._carried}"
        self.engine.see(name, both)
