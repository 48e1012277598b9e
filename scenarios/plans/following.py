"""Following: how a plan names the one before it, and how it is written without a rival."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from history.errors import InputError, PlanError
from history.months import index_of

from .manifest import Manifest, Predecessor
from .sealing import unseal, write_new

if TYPE_CHECKING:
    from .plan import Plan

_SPLIT = re.compile(r"(\d{1,2})\+(\d{1,2})")
_WORDS = ("budget", "reforecast")


def checked_kind(kind: str | None, months: int) -> str | None:
    """Give the kind of a plan as it is sealed.

    Parameters
    ----------
    kind
        ``budget``, ``reforecast``, months known + months forecast such as ``3+9``, or None.
    months
        How many months are planned.

    Raises
    ------
    InputError
        None of these, or more months are named than are planned.

    Examples
    --------
    >>> checked_kind("3 + 9", 12)
    '3+9'
    """
    if kind is None:
        return None
    plain = "".join(kind.split()).casefold()
    split = _SPLIT.fullmatch(plain)
    if plain not in _WORDS and (split is None or int(split[2]) < 1):
        raise InputError(
            f"the kind of a plan is budget, reforecast, or months known + months forecast such as "
            f"3+9, not {kind!r:.60}"
        )
    if split is not None and int(split[2]) > months:
        raise InputError(
            f"a plan of the kind {plain} forecasts {split[2]} months; this one has {months}: plan "
            "more months, or name it otherwise"
        )
    return plain


def predecessor_of(before: Plan, after: Manifest) -> Predecessor:
    """Name the plan before another, having looked whether it can be.

    Raises
    ------
    InputError
        The plan before knows more than the one that follows, is in another currency, or the two
        kinds do not go together.
    """
    known, later = before.manifest.known.as_of, after.known.as_of
    if later < known:
        raise InputError(
            f"{after.name!r} knows the months to {later} and cannot follow {before.name!r}, which "
            f"knows those to {known}"
        )
    if before.currency != after.currency:
        raise InputError(
            f"{after.name!r} is in {after.currency} and cannot follow {before.name!r} in "
            f"{before.currency}"
        )
    earlier, own = (_SPLIT.fullmatch(m.kind or "") for m in (before.manifest, after))
    if earlier and own:
        apart = index_of(later) - index_of(known)
        wanted = int(own[1]) - int(earlier[1])
        if (apart - wanted) % 12:
            raise InputError(
                f"{after.name!r} is {own[0]} and follows {before.name!r}, which is {earlier[0]}: "
                f"{wanted % 12} months should lie between them, not {apart}"
            )
    return before.itself


def write_following(path: Path, content: bytes, before: Predecessor | None) -> None:
    """Write a plan; of two that follow the same plan in one folder only the first is written.

    The folder is locked while its plans are looked through and the new one gets its name, so two
    processes cannot both find that nobody follows. A process that ends, also when it is killed,
    lets go of the lock.

    Raises
    ------
    OverwriteError
        There is a file of that name.
    InputError
        Another plan of the folder follows the same one, or the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot be made: {error.strerror}") from None
    if before is None:
        write_new(path, content)
        return
    with _locked(path.parent):
        refuse_rival(path.parent, before)
        write_new(path, content)


def refuse_rival(folder: Path, before: Predecessor) -> None:
    """Refuse a second plan after one of a folder.

    Raises
    ------
    InputError
        A plan of the folder follows it already.
    """
    for place, other in manifests(folder):
        if other.predecessor is not None and other.predecessor.seal == before.seal:
            raise InputError(
                f"{place.name} ({other.name!r}) follows {before.name!r} already, and a plan has "
                f"one successor: follow {other.name!r}, or begin a chain of its own (--alone; "
                "follows=None)"
            )


def manifests(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """Give the unbroken plans of a folder, by name of their files."""
    for place in sorted(folder.glob("*.plan")):
        with contextlib.suppress(PlanError, ValidationError, ValueError, KeyError, OSError):
            members = unseal(place.read_bytes(), place.name)
            yield place, Manifest.model_validate(json.loads(members["manifest.json"]))


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder against other writers of plans; nothing where the system cannot."""
    if os.name == "nt":  # pragma: no cover - a folder cannot be locked there
        yield
        return
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # file systems without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
