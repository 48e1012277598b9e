"""The errors of all floors: what went wrong, where, and what to do about it.

ArrcastError
├── InputError                 the ledger, a file or the call is wrong
│   ├── UnknownNameError       a column, segment, lever or scenario that does not exist
│   ├── NotEnoughHistoryError  fewer months than the question needs
│   ├── CurrencyError          an unknown currency, or two without rates between them
│   └── OverwriteError         a file stands where one would be written
└── PlanError                  a plan's seal is broken
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

__all__ = [
    "ArrcastError",
    "CurrencyError",
    "InputError",
    "NotEnoughHistoryError",
    "OverwriteError",
    "PlanError",
    "UnknownNameError",
    "unknown_name",
]


class ArrcastError(Exception):
    """Anything this program refuses, with a message meant for the person who called it."""


class InputError(ArrcastError):
    """The ledger, a file or the call is wrong; the message says what to do.

    Attributes
    ----------
    at
        Keys and positions in what was given, from the top, such as ``("where", "size", 0)``; empty
        where the error concerns the whole.

    Examples
    --------
    >>> InputError("no share", at=("share",)).at
    ('share',)
    """

    def __init__(self, *words: object, at: Sequence[str | int] = ()) -> None:
        super().__init__(*words)
        self.at = tuple(at)


class UnknownNameError(InputError):
    """A name that does not exist; the message lists the nearest that do."""


class NotEnoughHistoryError(InputError):
    """The ledger has fewer months than the question needs."""


class CurrencyError(InputError):
    """An unknown currency code, or several currencies without rates between them."""


class OverwriteError(InputError):
    """A file stands where one would be written, and nobody said that it may go."""


class PlanError(ArrcastError):
    """A plan's file was changed after it was sealed, or cannot be read as one."""


def unknown_name(
    kind: str, name: object, known: Iterable[object], *, at: Sequence[str | int] = ()
) -> UnknownNameError:
    """Build the error for a name that does not exist.

    Parameters
    ----------
    kind
        What was named, in the singular: "column", "lever", "scenario".
    name
        The name as given.
    known
        The names that exist.
    at
        Where it stands in what was given, as in `InputError`.

    Returns
    -------
    UnknownNameError
        To be raised by the caller.

    Examples
    --------
    >>> str(unknown_name("lever", "chrun", ["churn", "new_arpa"]))
    "unknown lever 'chrun'. Did you mean 'churn'? Known: churn, new_arpa."
    """
    names = [str(item) for item in known]
    folded = {item.casefold(): item for item in names}
    near = get_close_matches(str(name).casefold(), list(folded), n=3, cutoff=0.6)
    hint = " or ".join(repr(folded[item]) for item in near)
    said = f"unknown {kind} {str(name)!r}."
    if hint:
        said += f" Did you mean {hint}?"
    return UnknownNameError(f"{said} Known: {_listing(names)}.", at=at)


def _listing(names: list[str], most: int = 30) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
