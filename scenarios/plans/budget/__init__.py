"""Budgets as finance has them in a spreadsheet, read as plans."""

from .budget import Budget

__all__ = ["Budget"]
