"""Sealed files: one line that vouches for every byte after it, written whole or not at all."""

import contextlib
import hashlib
import io
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from history.errors import InputError, OverwriteError, PlanError

FORMAT = 1
"""Version of the file format."""

_KEY = "arrcast_plan"
# The zip format cannot hold a time before 1980; a fixed one keeps the bytes equal.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
MOST_BYTES = 1 << 30


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: equal values give equal bytes.

    Examples
    --------
    >>> canonical({"b": 1, "a": [0.5, None]})
    b'{"a":[0.5,null],"b":1}'
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False
    )
    return text.encode("utf-8")


def sha256(content: bytes) -> str:
    """SHA-256 as hexadecimal text in small letters."""
    return hashlib.sha256(content).hexdigest()


def seal(members: Mapping[str, bytes]) -> bytes:
    """Pack files and seal them.

    Parameters
    ----------
    members
        Name to content; stored sorted by name, with fixed times.

    Returns
    -------
    bytes
        A header line with the SHA-256 of all that follows, then a zip archive.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    body = packed.getvalue()
    return _header(body) + body


def unseal(content: bytes, name: str) -> dict[str, bytes]:
    """Unpack a sealed file; every byte of it has been checked then.

    Parameters
    ----------
    content
        The whole file.
    name
        How it is called in messages.

    Returns
    -------
    dict
        Name to content of each member.

    Raises
    ------
    PlanError
        Not a plan, or changed after it was sealed; the message says what is broken.
    """
    if broken := broken_seal(content):
        raise PlanError(f"{name}: {broken}")
    body = content[content.index(b"\n") + 1 :]
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise PlanError(f"{name}: unpacks to more than {MOST_BYTES >> 20} MB")
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise PlanError(f"{name}: sealed, but not a readable archive: {error}") from None


def broken_seal(content: bytes) -> str | None:
    """Say what is wrong with the seal of a file, or None when it holds.

    Parameters
    ----------
    content
        The whole file.
    """
    line, newline, body = content.partition(b"\n")
    if not newline or not line.startswith(b"{"):
        return "not a plan: it does not begin with the line of a seal"
    if line + newline == _header(body):
        return None
    try:
        header = json.loads(line)
        version, sealed = header[_KEY], header["seal"]
    except (ValueError, KeyError, TypeError):
        return "the line of the seal is damaged: the file was changed after it was sealed"
    if version != FORMAT:
        return f"format {version!r} is not known here (known: {FORMAT}), or the header was changed"
    if sealed == f"sha256:{sha256(body)}":
        return "the line of the seal was rewritten after it was sealed"
    return f"the seal is broken: {_damage(body)}"


def seal_of(content: bytes) -> str:
    """SHA-256 of all that stands after the header line of a sealed file.

    Examples
    --------
    >>> content = seal({"a": b"1"})
    >>> seal_of(content) in content.decode("latin-1")
    True
    """
    return sha256(content.partition(b"\n")[2])


def write_new(path: Path, content: bytes, *, force: bool = False) -> Path:
    """Write a file whole or not at all.

    The bytes go to a temporary file beside it, reach the disk, and get their name in one step: a
    process killed at any moment leaves the old file or the new one. Of two writers of one new
    name one succeeds and the other is refused.

    Parameters
    ----------
    path
        Where to.
    content
        All of the file.
    force
        Replace a file that is there.

    Returns
    -------
    Path
        The path written.

    Raises
    ------
    OverwriteError
        There is a file, and `force` is not given.
    InputError
        The folder is not there or cannot be written to.
    """
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if force:
            temporary.replace(path)
        else:
            _name_once(temporary, path)
        _sync_folder(path.parent)
    except FileExistsError:
        raise OverwriteError(
            f"{path} is there already and stays as it is: give another name"
        ) from (None)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return path


def _name_once(temporary: Path, path: Path) -> None:
    """Give the file its name unless the name is taken, in one step."""
    if os.name == "nt":  # pragma: no cover - there a rename refuses to replace
        temporary.rename(path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # pragma: no cover - file systems without links
        # The name is claimed first; killed between the two lines it is left empty, never half.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _header(body: bytes) -> bytes:
    return canonical({_KEY: FORMAT, "seal": f"sha256:{sha256(body)}"}) + b"\n"


def _damage(body: bytes) -> str:
    """Name the members that no longer read as they were packed."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            bad = [entry.filename for entry in archive.infolist() if not _reads(archive, entry)]
            rows = {entry.filename for entry in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError):
        return "the file is cut short or its directory is damaged"
    except Exception as error:  # noqa: BLE001 - any damage may raise anything in the reader
        return f"its directory is damaged ({type(error).__name__})"
    if bad:
        return f"changed after it was sealed: {', '.join(sorted(bad))}"
    return (
        f"changed after it was sealed; {', '.join(sorted(rows))} still read, so one was replaced "
        "whole or the archive's directory was changed"
    )


def _reads(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    try:
        archive.read(entry)
    except Exception:  # noqa: BLE001 - any damage may raise anything in the reader
        return False
    return True
