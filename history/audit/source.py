"""The source of the audit: every line with what says which lines belong together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..engines import Engine, quoted
from ..exchange import Rates
from ..money import decimals

__all__ = ["guessed_products", "see_source"]

_PRODUCT_WORDS: Final = (
    "plan", "product", "sku", "item", "tier", "package", "edition", "module", "service", "offer",
)  # fmt: skip
_LASTING: Final = 0.9
"""Fewer different names of subscriptions than this share of lines: they outlast a line."""


def guessed_products(dimensions: Sequence[str]) -> tuple[str, ...]:
    """Give the dimensions whose names say that they tell what is sold.

    Examples
    --------
    >>> guessed_products(["region", "plan_tier", "channel"])
    ('plan_tier',)
    """
    return tuple(n for n in dimensions if any(word in n.casefold() for word in _PRODUCT_WORDS))


def see_source(
    engine: Engine, products: tuple[str, ...], currency: str, rates: Rates | None, as_of: int
) -> None:
    """Let ``audit_source`` be the lines as the audit compares them.

    - product: a number for what is sold, in which currency;
    - thread: a number for the subscription, where subscriptions keep their name from line to
      line, else 0;
    - mrr: in minor units of the reporting currency, other currencies all at the rates of ``as_of``,
      so that a rate never looks like a price;
    - price_scale: what turns the line's prices into such minor units, NULL where no rate is known.
    """
    money = f"COALESCE(n.currency, '{currency}')"
    name = " || ' / ' || ".join([money, *(f"COALESCE(n.{quoted(p)}, '')" for p in products)])
    engine.make(
        "audit_products",
        "SELECT name, CAST(ROW_NUMBER() OVER (ORDER BY name) AS INTEGER) AS product"
        f" FROM (SELECT DISTINCT {name} AS name FROM numbered AS n) AS names",
    )
    threads, thread = _threads(engine)
    worth = _worth(engine, currency, rates, as_of)
    mrr = "n.mrr" if rates is None else f"n.mrr * {_case(worth, money)}"
    scales = {code: each * 10 ** decimals(code) for code, each in worth.items()}
    engine.see(
        "audit_source",
        f"SELECT n.line_id, p.product, {thread} AS thread, {money} AS money, {mrr} AS mrr,"
        f" {_case(scales, money)} AS price_scale,"
        " CASE WHEN n.kind = 'one_off' THEN 1 ELSE 0 END AS one_off,"
        " n.status, n.term_end, n.churn_reason, n.quantity, n.unit_price, n.list_price"
        f" FROM numbered AS n INNER JOIN audit_products AS p ON {name} = p.name {threads}",
    )


def _threads(engine: Engine) -> tuple[str, str]:
    """Give the join and the column that number the subscriptions, where they outlast a line."""
    named = engine.frame(
        "SELECT COUNT(subscription) AS named, COUNT(DISTINCT subscription) AS different"
        " FROM numbered"
    ).iloc[0]
    if named["different"] >= _LASTING * named["named"]:
        return "", "0"
    engine.make(
        "audit_threads",
        "SELECT subscription, MIN(line_id) + 1 AS thread FROM numbered"
        " WHERE subscription IS NOT NULL GROUP BY subscription",
    )
    return (
        "LEFT JOIN audit_threads AS t ON n.subscription = t.subscription",
        "COALESCE(t.thread, 0)",
    )


def _worth(engine: Engine, currency: str, rates: Rates | None, as_of: int) -> dict[str, float]:
    """Give what a minor unit of each currency is worth in those of the reporting currency.

    Without rates amounts are in the reporting currency already, at rates that are not known.
    """
    worth = {currency: 1.0}
    if rates is None:
        return worth
    codes = engine.frame("SELECT DISTINCT currency FROM numbered ORDER BY currency")["currency"]
    for code in codes.dropna():
        rate = rates.minor(str(code), as_of)
        if rate is not None:
            worth[str(code)] = float(rate)
    return worth


def _case(values: dict[str, float], money: str) -> str:
    """Write the value of each currency; NULL for others."""
    cases = " ".join(
        f"WHEN {money} = '{code}' THEN CAST({value!r} AS DOUBLE)" for code, value in values.items()
    )
    return f"CASE {cases} END"
