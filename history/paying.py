"""Paying: who pays today, in which segment and currency."""

from __future__ import annotations

import pandas as pd

from .tables import Tables

__all__ = ["paying_of"]


def paying_of(tables: Tables, by: tuple[str, ...]) -> pd.DataFrame:
    """Give the MRR at ``as_of`` by customer, segment (position) and currency, minor units."""
    tables.use(by)
    return tables.run("paying").astype({"segment": "int64", "mrr": "int64"})
