"""In what two scenarios differ: the changes that only one of them has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from ..changes.any_change import AnyChange
from ..changes.change import Change
from ..scenario import Scenario, Stated

COLUMNS: Final = (
    "side", "stated_in", "lever", "way", "number", "unit", "months", "ramp", "where", "because",
)  # fmt: skip


@dataclass(frozen=True)
class Aligned:
    """A change of one of two scenarios, or of both.

    Attributes
    ----------
    stated
        The change and where it is stated; of the second scenario if both have it.
    before, after
        Whether the first, and the second, scenario has it.
    """

    stated: Stated
    before: bool
    after: bool

    @property
    def side(self) -> str:
        """``common``, ``left out`` or ``added``, seen from the first scenario."""
        if self.before and self.after:
            return "common"
        return "added" if self.after else "left out"


def align(first: Scenario, second: Scenario) -> tuple[Aligned, ...]:
    """Lay the changes of two scenarios side by side, in an order that is right for both.

    As many changes as possible are common (a longest common subsequence): the common ones and
    those of the first are the first scenario, the common ones and those of the second the second.
    Reasons are no inputs: changes that differ in nothing else are common.
    """
    mine, theirs = first.stated, second.stated
    keys = [[_key(one.change) for one in side] for side in (mine, theirs)]
    length = _lengths(*keys)
    rows: list[Aligned] = []
    i = j = 0
    while i < len(mine) or j < len(theirs):
        if i < len(mine) and j < len(theirs) and keys[0][i] == keys[1][j]:
            rows.append(Aligned(theirs[j], before=True, after=True))
            i, j = i + 1, j + 1
        elif j == len(theirs) or (i < len(mine) and length[i + 1][j] >= length[i][j + 1]):
            rows.append(Aligned(mine[i], before=True, after=False))
            i += 1
        else:
            rows.append(Aligned(theirs[j], before=False, after=True))
            j += 1
    return tuple(rows)


def difference(first: Scenario, second: Scenario) -> pd.DataFrame:
    """Give the inputs in which two scenarios differ.

    Parameters
    ----------
    first, second
        Any two, whether one is based on the other or not.

    Returns
    -------
    DataFrame
        One row a change that only one of the two has, in the order in which they are applied.
        ``side`` ("added" or "left out", seen from the first); ``stated_in`` (the scenario of the
        chain that says it); ``lever``; ``way``; ``number`` in ``unit`` (NaN of a driver, whose
        ``way`` is its whole effect in words); ``months``, ``ramp``, ``where`` and ``because`` as
        text or None.

    Examples
    --------
    >>> mild = Scenario("Mild").change("churn", times=1.1).change("price", times=1.02)
    >>> hard = Scenario("Hard").change("churn", times=1.4).change("price", times=1.02)
    >>> difference(mild, hard)[["side", "lever", "way", "number"]].values.tolist()
    [['left out', 'churn', 'times', 1.1], ['added', 'churn', 'times', 1.4]]
    """
    return table(rows_of(first, second), COLUMNS)


def rows_of(first: Scenario, second: Scenario) -> list[dict[str, Any]]:
    """Rows of `difference`, as plain values."""
    return [_row(one) for one in align(first, second) if one.side != "common"]


def table(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows of inputs as a frame in which what is not given is None."""
    found = pd.DataFrame(rows, columns=list(columns))
    for column in ("unit", "months", "where", "because"):
        # As objects, so that what is not given stays None instead of NaN.
        found[column] = pd.Series([row[column] for row in rows], dtype=object)
    return found.astype({"ramp": "Int64"})


def _row(one: Aligned) -> dict[str, Any]:
    change = one.stated.change
    where = change.as_dict().get("where")
    return {
        "side": one.side,
        "stated_in": one.stated.by,
        "lever": change.lever,
        **change.told(),
        "months": change.months,
        # A driver's own ramp, as of new sales people, is none of months of phase-in.
        "ramp": change.ramp if isinstance(change, Change) else None,
        "where": None if where is None else _where_words(where),
        "because": change.because,
    }


def _key(change: AnyChange) -> str:
    return repr({name: value for name, value in change.as_dict().items() if name != "because"})


def _lengths(mine: Sequence[str], theirs: Sequence[str]) -> list[list[int]]:
    """Lengths of the longest common subsequences of what is left from each pair of places on."""
    length = [[0] * (len(theirs) + 1) for _ in range(len(mine) + 1)]
    for i in reversed(range(len(mine))):
        for j in reversed(range(len(theirs))):
            same = mine[i] == theirs[j]
            longest = max(length[i + 1][j], length[i][j + 1])
            length[i][j] = 1 + length[i + 1][j + 1] if same else longest
    return length


def _where_words(where: dict[str, Any]) -> str:
    parts = (f"{k}: {v if isinstance(v, str) else ', '.join(v)}" for k, v in where.items())
    return "; ".join(parts)
