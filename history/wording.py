"""Words of messages: numbers with what they count."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """Write a number with what it counts, in the plural unless it is one.

    Examples
    --------
    >>> counted(1, "line"), counted(0, "line"), counted(12, "customer")
    ('1 line', '0 lines', '12 customers')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"
