"""What is typical of a ledger, learnt from its own lines: how long discounts and pauses last."""

from __future__ import annotations

from typing import Final

import pandas as pd

__all__ = ["longest_usual", "overdue_discounts"]

_USUAL: Final = 0.95
_ENOUGH: Final = 5
_DEPTH: Final = 0.025
"""Discounts whose depth differs by less than this count as one kind."""

_MOST_KEEP: Final = 0.4
_FEW_KEEP: Final = 0.2


def longest_usual(spans: pd.DataFrame, *, default: int) -> tuple[int, int]:
    """Give the months that 95 % of the ended spans do not exceed, and how many spans that says.

    Parameters
    ----------
    spans
        Columns months and lines: so many lines lasted so many months.
    default
        The answer where fewer than five have ended.

    Examples
    --------
    >>> longest_usual(pd.DataFrame({"months": [1, 2, 9], "lines": [30, 69, 1]}), default=6)
    (2, 100)
    >>> longest_usual(pd.DataFrame({"months": [1], "lines": [2]}), default=6)
    (6, 2)
    """
    known = int(spans["lines"].sum())
    if known < _ENOUGH:
        return default, known
    ordered = spans.sort_values("months")
    reached = ordered["lines"].cumsum() >= _USUAL * known
    return int(ordered.loc[reached, "months"].iloc[0]), known


def overdue_discounts(spells: pd.DataFrame, as_of: int) -> pd.DataFrame:
    """Give the discounts that run on where most of their kind have ended.

    A kind is all discounts of about one depth. What is usual is the median length of those that
    were followed by the full price; a third of it later (two months at least) a discount is
    overdue, unless more than 40 % of the kind are (up to 20 %: a strong finding).

    Parameters
    ----------
    spells
        Rows of ``audit/discounts.sql``.
    as_of
        Month index.

    Returns
    -------
    DataFrame
        The overdue rows, with ``strength`` (1 or 2) and ``expected`` (the full price).
    """
    ended = _whole_spells(spells)
    ended["kind"] = (ended["off"] / (2 * _DEPTH)).round().astype(int)
    until = ended["until"].fillna(as_of + 1).clip(upper=as_of + 1)
    ended["months"] = until - ended["since"]
    ended["full"] = (ended["followed"] == 1) & (ended["next_off"] < ended["off"] - _DEPTH)
    groups = [_overdue(kind) for _, kind in ended.groupby("kind", sort=True)]
    found = pd.concat(groups) if groups else ended.iloc[:0].assign(strength=0)
    return found.assign(billed=found["mrr"], expected=found["mrr"] / (1 - found["off"]))


def _whole_spells(spells: pd.DataFrame) -> pd.DataFrame:
    """Join lines of one unbroken discount: the last line stands for them, with the first start."""
    spells = spells.sort_values(["customer_id", "product", "thread", "since", "line_id"])
    same = (spells["continues"] == 1) & ((spells["last_off"] - spells["off"]).abs() < _DEPTH)
    goes_on = (spells["followed"] == 1) & ((spells["next_off"] - spells["off"]).abs() < _DEPTH)
    ordered = spells.assign(spell=(~same).cumsum(), goes_on=goes_on)
    first = ordered.groupby("spell")["since"].transform("min")
    return ordered.assign(since=first)[~goes_on].drop(columns=["spell", "goes_on"])


def _overdue(kind: pd.DataFrame) -> pd.DataFrame:
    full = kind.loc[kind["full"], "months"]
    if len(full) < _ENOUGH:
        return kind.iloc[:0].assign(strength=0)
    usual = int(full.median())
    late = kind["months"] > usual + max(2, usual // 3)
    share = late.sum() / (late.sum() + len(full))
    if share > _MOST_KEEP:
        return kind.iloc[:0].assign(strength=0)
    overdue = kind[late]
    return overdue.assign(since=overdue["since"] + usual, strength=1 + int(share <= _FEW_KEEP))
