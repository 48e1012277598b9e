"""Words of messages: numbers with what they count, and rows of figures in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["aligned", "chance", "counted"]


def aligned(rows: Iterable[Sequence[str]]) -> list[str]:
    r"""Write rows of texts as lines, the first column to the left and the others to the right.

    Examples
    --------
    >>> print(*aligned([("month", "ARR"), ("2026-07", "1,200", "+3"), ("sum",)]), sep="\n")
    month      ARR
    2026-07  1,200  +3
    sum
    """
    kept = [tuple(row) for row in rows]
    most = max((len(row) for row in kept), default=0)
    widths = [max(len(row[i]) for row in kept if i < len(row)) for i in range(most)]
    lines = []
    for first, *others in kept:
        right = (f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=False))
        lines.append("  ".join([f"{first:<{widths[0]}}", *right]).rstrip())
    return lines


def chance(share: float) -> str:
    """Write a chance in whole percent; what is not certain is not written so.

    Examples
    --------
    >>> [chance(share) for share in (0.0, 0.004, 0.357, 0.998, 1.0)]
    ['0%', '<1%', '36%', '>99%', '100%']
    """
    if 0.0 < share < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1.0 else f"{share:.0%}"


def counted(number: int, noun: str) -> str:
    """Write a number with what it counts, in the plural unless it is one.

    Examples
    --------
    >>> counted(1, "line"), counted(0, "line"), counted(12, "customer")
    ('1 line', '0 lines', '12 customers')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"
