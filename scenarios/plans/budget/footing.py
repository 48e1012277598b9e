"""Footing: whether a budget's own sums are right, every wrong one named by its cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from history.months import text

from .amounts import FLOWS, Amounts, Key, called
from .words import NET

_WINDOWS: Final = (3, 6, 12)


def wrong_sums(found: Amounts, segments: Sequence[tuple[tuple[str, str], ...]]) -> list[str]:
    """Give every sum of a budget that is wrong.

    Checked are segments against the company, opening and movements against the closing and net
    new, an opening against the closing before, and columns of quarters, years and totals. A sum
    may be off by half of the last digit written for each of its terms.

    Parameters
    ----------
    found
        The amounts.
    segments
        The segments, without the company.

    Returns
    -------
    list of str
        In words, with the cells and both amounts.
    """
    checks = (_over_segments, _balances, _openings)
    problems = [each for check in checks for each in check(found, segments)]
    return [*problems, *_beside(found)]


def _said(value: Fraction) -> str:
    return f"{float(value):,.2f}"


def _apart(found: Amounts, one: Fraction, other: Fraction, terms: int, heads: bool) -> bool:
    unit = Fraction(1, 2 * 10**6) if heads else found.unit
    apart = abs(one - other)
    if apart > unit * (terms + 1):
        return True
    found.off = max(found.off, apart)
    return False


def _over_segments(
    found: Amounts, segments: Sequence[tuple[tuple[str, str], ...]]
) -> Iterator[str]:
    for key in list(found.rows):
        line, heads, segment = key
        if segment or not segments:
            continue
        parts = [found.rows[part] for s in segments if (part := (line, heads, s)) in found.rows]
        if not parts:
            continue
        for month, total in found.rows[key].items():
            summed = sum((part.get(month, Fraction(0)) for part in parts), Fraction(0))
            if _apart(found, total, summed, len(parts), heads):
                yield (
                    f"{found.cells[key][month]}: {called(key)} of {text(month)} is {_said(total)}, "
                    f"the segments sum to {_said(summed)}"
                )


def _balances(found: Amounts, segments: Sequence[tuple[tuple[str, str], ...]]) -> Iterator[str]:
    for segment in [(), *segments]:
        flows = [found.rows[k] for k in _keys(found, FLOWS, segment)]
        opening = found.rows.get(("opening", False, segment), {})
        closing = found.rows.get(("closing", False, segment), {})
        net = found.rows.get((NET, False, segment), {})
        for month in sorted({*closing, *net}):
            summed = sum((flow.get(month, Fraction(0)) for flow in flows), Fraction(0))
            if flows and month in net and _apart(found, net[month], summed, len(flows), False):
                cell = found.cells[NET, False, segment][month]
                yield (
                    f"{cell}: {called((NET, False, segment))} of {text(month)} is "
                    f"{_said(net[month])}, the movements sum to {_said(summed)}"
                )
            start = opening.get(month, closing.get(month - 1))
            moved = summed if flows else net.get(month)
            if start is None or moved is None or month not in closing:
                continue
            if _apart(found, closing[month], start + moved, len(flows) + 1, False):
                cell = found.cells["closing", False, segment][month]
                yield (
                    f"{cell}: {called(('closing', False, segment))} of {text(month)} is "
                    f"{_said(closing[month])}, opening {_said(start)} and movements "
                    f"{_said(moved)} make {_said(start + moved)}"
                )


def _openings(found: Amounts, segments: Sequence[tuple[tuple[str, str], ...]]) -> Iterator[str]:
    for heads in (False, True):
        for segment in [(), *segments]:
            closing = found.rows.get(("closing", heads, segment), {})
            key = ("opening", heads, segment)
            for month, value in found.rows.get(key, {}).items():
                before = closing.get(month - 1)
                if before is not None and _apart(found, value, before, 1, heads):
                    yield (
                        f"{found.cells[key][month]}: {called(key)} of {text(month)} is "
                        f"{_said(value)}, {text(month - 1)} closed at {_said(before)}"
                    )


def _beside(found: Amounts) -> Iterator[str]:
    """Check columns of totals: sums of flows, and levels at the end of what they cover."""
    for key, place, cell, value, _ in found.beside:
        months = found.rows.get(key)
        if not months:
            continue
        left = sorted(month for at, month in found.places.items() if at < place)
        right = sorted(month for at, month in found.places.items() if at > place)
        runs = [run for side in (left[::-1], right) for run in _runs(side)]
        runs += [sorted(found.places.values())]
        wanted = [_over(key, months, sorted(run)) for run in runs if run]
        if wanted and _apart(found, value, min(wanted, key=lambda w: abs(w - value)), 12, key[1]):
            whole = _over(key, months, sorted(months))
            yield (
                f"{cell}: {_said(value)} is no total of {called(key)}: {text(min(months))} to "
                f"{text(max(months))} make {_said(whole)}"
            )


def _runs(months: Sequence[int]) -> Iterator[Sequence[int]]:
    yield months
    for width in _WINDOWS:
        if len(months) >= width:
            yield months[:width]
    years = {month // 12 for month in months}
    for year in years:
        yield [month for month in months if month // 12 == year]


def _over(key: Key, months: dict[int, Fraction], run: Sequence[int]) -> Fraction:
    if key[0] in {*FLOWS, NET}:
        return sum((months.get(month, Fraction(0)) for month in run), Fraction(0))
    at = run[0] if key[0] == "opening" else run[-1]
    return months.get(at, Fraction(0))


def _keys(found: Amounts, lines: Sequence[str], segment: tuple[tuple[str, str], ...]) -> list[Key]:
    return [key for line in lines if (key := (line, False, segment)) in found.rows]
