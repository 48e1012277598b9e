"""The tables behind a ledger with several currencies: balances are kept in their own, then valued.

Each customer's balance in a currency is rounded once, half-even, in the reporting currency; what a
segment has of it is the difference of two such roundings, so segments add up to the customer.
"""

from __future__ import annotations

import pandas as pd

from .engines import Engine, bound, sql_text
from .exchange import Rates
from .policy import Policy
from .tables import Tables

__all__ = ["ForeignTables", "tables_of"]


def tables_of(
    engine: Engine, policy: Policy, as_of: int, rates: Rates | None, *, notices: bool
) -> tuple[Tables, Tables]:
    """Give the tables at the rates of ``as_of``, and those at the rates of each close.

    They are one and the same where all lines are in the reporting currency.
    """
    if rates is None:
        tables = Tables(engine.fork(), policy, as_of, notices=notices)
        return tables, tables
    constant, moving = (
        ForeignTables(engine.fork(), policy, as_of, rates, notices=notices, constant=constant)
        for constant in (True, False)
    )
    return constant, moving


def converted(amounts: str, text: str) -> str:
    """Let a text read ``converted``: the rows of a query ``amounts`` with their value."""
    values = sql_text("converted")
    return f"WITH amounts AS ({amounts}\n), converted AS ({values}\n) {text}"


class ForeignTables(Tables):
    """As :class:`Tables`, over lines in several currencies.

    Parameters
    ----------
    engine
        Holds ``close_rates`` besides (see :meth:`history.exchange.Rates.share`).
    rates
        What these were made of.
    constant
        True: all months at the rates of ``as_of``, so that no rate moves anything (constant
        currency). False: each change at the rates of its month.
    """

    def __init__(
        self,
        engine: Engine,
        policy: Policy,
        as_of: int,
        rates: Rates,
        *,
        notices: bool,
        constant: bool,
    ) -> None:
        self.rates = rates
        self._constant = constant
        super().__init__(engine, policy, as_of, notices=notices)

    def _report(self) -> None:
        rates = "SELECT * FROM close_rates"
        if self._constant:
            rates = (
                "SELECT c.currency, c.month, n.top, n.bottom FROM close_rates AS c"
                " INNER JOIN close_rates AS n ON c.currency = n.currency"
                f" WHERE n.month = {self.as_of}"
            )
        self.engine.see("rates", rates)
        lines = (
            "SELECT f.*, f.mrr AS own, n.currency, CAST(:as_of AS INTEGER) AS rate_month"
            " FROM facts AS f INNER JOIN numbered AS n ON f.line_id = n.line_id"
        )
        self.engine.make("reported", converted(lines, sql_text("reported")), as_of=self.as_of)

    def _make_balances(self) -> None:
        self._value("_0", "balances")

    def _make_segment_balances(self, suffix: str) -> None:
        self._value(suffix, "segment_balances")

    def _value(self, suffix: str, balances: str) -> None:
        """Make the own balances of the lines in ``labelled`` and what they are worth."""
        engine = self.engine
        engine.see("owned", sql_text("owned"))
        engine.make("own_changes", sql_text("own_changes"), same_month=self.same_month)
        engine.make(f"own_balances{suffix}", sql_text("own_balances"))
        engine.see("own_balances", f"SELECT * FROM own_balances{suffix}")
        engine.make(f"pieces{suffix}", sql_text("pieces"))
        amounts = f"SELECT p.*, p.month AS rate_month FROM pieces{suffix} AS p"
        engine.make(balances, converted(amounts, sql_text("valued_balances")))

    def revaluation(self) -> pd.DataFrame | None:
        """Give FX by month and segment, with the customers who hold such balances then."""
        if self._constant:
            return None
        return self._fx(f"pieces{self._suffix}", f"own_balances{self._suffix}")

    def stage_revaluation(self, stages: int) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Give what enters a stage by age (worth at the close before) and FX, by stage."""
        if self._constant:
            return None
        self._see("own_balances", f"own_balances{self._suffix}")
        tables = ("staged_balances", "aged_balances")
        for name in tables:
            self.engine.make(name, sql_text(name), stages=stages)
        for name in tables:
            self._see("own_balances", name)
            self.engine.make(f"pieces_{name}", sql_text("pieces"))
        aged = self.engine.frame(
            converted(
                "SELECT segment, currency, month + 1 AS month, month AS rate_month, own,"
                " after_times AS times FROM pieces_aged_balances",
                sql_text("revaluation"),
            )
        )
        fx = self._fx(
            "(SELECT * FROM pieces_staged_balances"
            " UNION ALL SELECT * FROM pieces_aged_balances) AS pieces",
            *tables,
        )
        return _unstaged(aged, stages), _unstaged(fx, stages)

    def _fx(self, pieces: str, *balances: str) -> pd.DataFrame:
        """Give FX on pieces by month and segment, with the customers who hold such balances."""
        moved = self._revalued(f"SELECT * FROM {pieces}")
        holders = []
        for name in balances:
            self._see("own_balances", name)
            holders.append(self.run("holders"))
        steps = self.engine.frame("SELECT DISTINCT month FROM rate_steps ORDER BY month")["month"]
        held = _standing(pd.concat(holders, ignore_index=True), steps)
        return held.merge(moved, on=["month", "segment"], how="outer").fillna(0).astype("int64")

    def customer_revaluation(self) -> pd.DataFrame | None:
        """Give FX by customer and month: columns customer, month, mrr (minor units)."""
        self.use(())
        pieces = "customer_id AS segment, currency, month, own, delta_times"
        moved = self._revalued(f"SELECT {pieces} FROM pieces_0")
        names = self.engine.frame("SELECT customer_id AS segment, customer FROM customers")
        return moved[moved["mrr"] != 0].merge(names, on="segment")[["customer", "month", "mrr"]]

    def _revalued(self, pieces: str) -> pd.DataFrame:
        self.engine.see("pieces", pieces)
        self.make("holdings")
        self.engine.make("rate_steps", sql_text("rate_steps"), as_of=self.as_of)
        text = converted(sql_text("restated"), sql_text("revaluation"))
        return self.engine.frame(bound(text))


def _standing(changes: pd.DataFrame, months: pd.Series) -> pd.DataFrame:
    """Add changes up: how many stand at the opening of each month, by segment."""
    if changes.empty or months.empty:
        return pd.DataFrame({"month": [], "segment": [], "customers": []}, dtype="int64")
    wide = changes.pivot_table(index="month", columns="segment", values="customers", aggfunc="sum")
    standing = wide.fillna(0).cumsum()
    at = standing.index.searchsorted(months.to_numpy(), side="left") - 1
    seen = standing.iloc[at[at >= 0]].set_axis(months.to_numpy()[at >= 0], axis=0)
    seen = seen.rename_axis(index="month").reset_index()
    return seen.melt(id_vars="month", var_name="segment", value_name="customers")


def _unstaged(frame: pd.DataFrame, stages: int) -> pd.DataFrame:
    """Take segment and stage out of their one number."""
    one = frame["segment"]
    return frame.assign(segment=one // stages, stage=one % stages)
