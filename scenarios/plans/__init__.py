"""Sealed plans: frozen, chained, verified, run again, and scored."""
