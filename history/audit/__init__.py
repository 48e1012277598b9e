"""The data audit: probable billing omissions and errors, with the money at stake."""

from .audit import Audit, audit_of
from .source import guessed_products

__all__ = ["Audit", "audit_of", "guessed_products"]
