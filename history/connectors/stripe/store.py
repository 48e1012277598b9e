"""The folder of a download: what was read so far, and where to go on."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError

__all__ = ["Place", "Settings", "Store"]

_SCHEMA = "arrcast.stripe/1"


@dataclass(frozen=True)
class Settings:
    """What a download is of; it does not change while it goes on.

    Parameters
    ----------
    version
        Version of the API.
    since, until
        Seconds since 1970 (UTC): invoices made from `since` on (None: all of them), nothing made
        after `until`.
    """

    version: str
    since: int | None
    until: int


@dataclass(frozen=True)
class Place:
    """How far one list was read.

    Parameters
    ----------
    objects, pages
        How many.
    size
        Bytes of its file that count; what stands behind them was not finished.
    tail
        The ids of the last page, oldest object last: where the next page begins.
    done
        Whether the list has been read to its end.
    """

    objects: int = 0
    pages: int = 0
    size: int = 0
    tail: tuple[str, ...] = ()
    done: bool = False


class Store:
    """The folder of one download.

    Each list is a file ``raw/<name>.jsonl.gz``, one object a line, one gzip member a page. After
    a page is written, ``cursor.json`` is replaced in one step. Whatever is killed in between
    leaves bytes that the cursor does not count; the next page overwrites them.

    Parameters
    ----------
    folder
        The folder of the download.
    settings
        What it is of.
    places
        List -> how far it was read.
    livemode
        Whether the objects are real (None: none was read yet).
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        places: dict[str, Place],
        livemode: bool | None = None,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self._places = places
        self._livemode = livemode

    @classmethod
    def begin(cls, folder: Path, settings: Settings) -> Store:
        """Make the folder of a new download."""
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        store = cls(folder, settings, {})
        store._note()
        return store

    @classmethod
    def found(cls, folder: Path) -> Store | None:
        """Give the download in a folder, None if there is none.

        Raises
        ------
        InputError
            The cursor cannot be read.
        """
        path = folder / "cursor.json"
        if not path.exists():
            return None
        try:
            said = json.loads(path.read_text(encoding="utf-8"))
            if said["schema"] != _SCHEMA:
                raise InputError(f"{path} was written by another version of arrcast.")
            places = {
                name: Place(**{**place, "tail": tuple(place["tail"])})
                for name, place in said["lists"].items()
            }
            return cls(folder, Settings(**said["settings"]), places, said["livemode"])
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{path} is damaged: fetch into another folder.") from None

    def place(self, name: str) -> Place:
        """Say how far a list was read."""
        return self._places.get(name, Place())

    @property
    def complete(self) -> bool:
        """Whether every list has been read and nothing is left to do."""
        return self.place("all").done

    def finish(self) -> None:
        """Note that everything has been read."""
        self._places["all"] = Place(done=True)
        self._note()

    def add(self, name: str, page: Sequence[Mapping[str, Any]], *, done: bool) -> None:
        """Keep a page, wholly or not at all.

        Raises
        ------
        InputError
            Objects of test mode and of live mode come together.
        """
        self._check_mode(page)
        place, path = self.place(name), self._path(name)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(place.size)
            file.seek(place.size)
            if page:
                lines = "".join(json.dumps(each, separators=(",", ":")) + "\n" for each in page)
                file.write(gzip.compress(lines.encode(), mtime=0))
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        self._places[name] = Place(
            place.objects + len(page),
            place.pages + 1,
            size,
            tuple(str(each["id"]) for each in page) or place.tail,
            done,
        )
        self._note()

    def objects(self, name: str) -> Iterator[dict[str, Any]]:
        """Give the objects of a list as they were read, newest first."""
        if self.place(name).size:
            with gzip.open(self._path(name), "rt", encoding="utf-8") as file:
                for line in file:
                    yield json.loads(line)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out of the folder; a process that dies lets go of it.

        Raises
        ------
        InputError
            Another process is at work there.
        """
        try:
            import fcntl
        except ImportError:  # pragma: no cover - where there is no such lock
            yield
            return
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise InputError(f"{self.folder} is being fetched by another process.") from None
            yield

    def _path(self, name: str) -> Path:
        return self.folder / "raw" / f"{name}.jsonl.gz"

    def _check_mode(self, page: Sequence[Mapping[str, Any]]) -> None:
        modes = {each["livemode"] for each in page if "livemode" in each}
        if self._livemode is not None:
            modes.add(self._livemode)
        if len(modes) > 1:
            raise InputError("objects of test mode and of live mode: this is another key's folder.")
        self._livemode = next(iter(modes), None)

    def _note(self) -> None:
        path = self.folder / "cursor.json"
        said = {
            "schema": _SCHEMA,
            "settings": asdict(self.settings),
            "livemode": self._livemode,
            "lists": {name: asdict(place) for name, place in self._places.items()},
        }
        temporary = path.with_suffix(".part")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
