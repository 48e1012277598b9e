"""Writing files: never over an existing one unless told, and whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from history.errors import InputError, OverwriteError


@dataclass(frozen=True)
class LeftOut:
    """A slide or sheet that was not written, and why."""

    part: str
    reason: str

    def __str__(self) -> str:
        return f"{self.part}: {self.reason}"


@dataclass(frozen=True)
class Written:
    """What a report holds: its path, its slides or sheets, and what was left out.

    Attributes
    ----------
    path : Path
    parts : tuple of str
        Slide titles or sheet names, in order.
    left_out : tuple of LeftOut
        Empty when everything is there.
    """

    path: Path
    parts: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.path} ({len(self.parts)} parts)"]
        lines += [f"  left out: {item}" for item in self.left_out]
        return "\n".join(lines)


def free_path(path: str | os.PathLike[str], endings: tuple[str, ...], *, force: bool) -> Path:
    """Check that a file may be written, before the work is done.

    Parameters
    ----------
    path : path
    endings : tuple of str
        The allowed ones, with their dot.
    force : bool
        Allow an existing file to be replaced.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        The ending is not one of these, the folder does not exist, or the path is a folder.
    OverwriteError
        The file exists and `force` is off.
    """
    target = Path(path)
    if target.suffix.lower() not in endings:
        raise InputError(f"cannot write {target.name}: its ending must be {_either(endings)}.")
    if target.is_dir():
        raise InputError(f"cannot write {target}: it is a folder; name a file in it.")
    if not target.parent.is_dir():
        raise InputError(f"cannot write {target}: the folder {target.parent} does not exist.")
    if target.exists() and not force:
        raise OverwriteError(
            f"{target} exists and is left as it is: give force=True (--force) or another name."
        )
    return target


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" or {names[-1]}"


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a temporary path in the target's folder, and rename it over the target at the end.

    A process that stops in between leaves the old file, never half of a new one.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
