"""Stripe: subscriptions and invoices of an account, read through its official SDK, never written.

``access`` talks to Stripe, ``download`` and ``store`` keep what it says, ``shapes`` knows where
fields stand, ``charges`` and ``timeline`` read the past of an item from invoices, ``rows`` and
``invoices`` make lines of it, ``build`` writes them.
"""

from .fetch import StripeFetch, fetch_stripe

__all__ = ["StripeFetch", "fetch_stripe"]
