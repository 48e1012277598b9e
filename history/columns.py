"""The columns of clean lines, however they were read."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["COLUMNS"]

COLUMNS: Mapping[str, str] = {
    "row": "BIGINT",
    "customer": "VARCHAR",
    "subscription": "VARCHAR",
    "start_date": "DATE",
    "end_date": "DATE",
    "term_end": "DATE",
    "mrr": "BIGINT",
    "interval_months": "INTEGER",
    "kind": "VARCHAR",
    "status": "VARCHAR",
    "churn_reason": "VARCHAR",
    "quantity": "DOUBLE",
    "unit_price": "DOUBLE",
    "list_price": "DOUBLE",
    "currency": "VARCHAR",
    "requested": "DATE",
    "effective": "DATE",
    "discount_kind": "VARCHAR",
    "list_mrr": "BIGINT",
}
"""The columns of the lines and their SQL types; dimensions follow as VARCHAR."""
