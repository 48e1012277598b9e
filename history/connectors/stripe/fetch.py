"""``fetch_stripe``: one Stripe account, read only, into a folder that a ledger can be read from."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ...errors import InputError
from ...findings import Findings
from .access import API_VERSION, Account
from .build import build
from .download import download
from .store import Settings, Store

__all__ = ["StripeFetch", "fetch_stripe"]

_BACK = 60  # seconds: nothing is created any more below a bound that lies a minute back


@dataclass(frozen=True)
class StripeFetch:
    """What a download left in its folder.

    Attributes
    ----------
    folder
        The folder.
    subscriptions, invoices
        Lines of a ledger (see `Ledger.read`), and lines of all invoices.
    until
        The moment of the account that they show.
    lines, invoice_lines
        How many.
    currencies
        ISO codes, sorted.
    findings
        What is left out, estimated or worth a look.
    """

    folder: Path
    subscriptions: Path
    invoices: Path
    until: datetime
    lines: int
    invoice_lines: int
    currencies: tuple[str, ...]
    findings: Findings


def _quietly(text: str) -> None:
    """Say nothing."""


def fetch_stripe(
    folder: str | Path,
    *,
    since: str | date | None = None,
    timezone: str = "UTC",
    metadata: Sequence[str] = (),
    api_version: str = API_VERSION,
    say: Callable[[str], None] = _quietly,
) -> StripeFetch:
    """Download a Stripe account's billing and make a ledger's lines of it, read only.

    The key comes from the environment (``STRIPE_API_KEY``) and goes nowhere else. A download that
    was stopped goes on where it stopped when it is called again; one that is complete is not
    repeated, only its two files are made anew. The files show the account at one moment, fixed
    when the download begins: what is created later is not in them.

    Parameters
    ----------
    folder
        A folder of its own; it is made.
    since
        First day of the history; None for all of it. Lines are cut there.
    timezone
        Where the days begin, such as "Europe/Paris": the account's own.
    metadata
        Keys of the metadata of subscriptions (else customers) that become columns.
    api_version
        The API's version to ask for; those before 2025 have some fields elsewhere.
    say
        Told how far it is.

    Raises
    ------
    InputError
        No key, a key that may not read, no answer, or a folder of something else.
    """
    zone = _zone(timezone)
    store = _store(Path(folder), since, zone, api_version)
    with store.locked():
        if store.complete:
            say("everything was downloaded before; fetch into another folder for a newer state")
        else:
            download(Account(store.settings.version, say=say), store, say)
        built = build(store, zone=zone, metadata=metadata)
    return StripeFetch(
        folder=store.folder,
        subscriptions=store.folder / "subscriptions.parquet",
        invoices=store.folder / "invoices.parquet",
        until=datetime.fromtimestamp(store.settings.until, zone),
        lines=built.lines,
        invoice_lines=built.invoice_lines,
        currencies=built.currencies,
        findings=built.findings,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise InputError(f"unknown time zone {name!r}; write one such as Europe/Paris") from None


def _store(folder: Path, since: str | date | None, zone: ZoneInfo, version: str) -> Store:
    begin = None if since is None else _moment(since, zone)
    store = Store.found(folder)
    if store is None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"{folder} is not empty: name a new folder for the download.")
        # Only an account that can be opened is worth a folder.
        Account(version, say=_quietly)
        return Store.begin(folder, Settings(version, begin, int(time.time()) - _BACK))
    if (store.settings.version, store.settings.since) != (version, begin):
        raise InputError(
            f"{folder} holds a download with another --since or API version: "
            "name it as it was, or fetch into another folder."
        )
    return store


def _moment(since: str | date, zone: ZoneInfo) -> int:
    try:
        day = since if isinstance(since, date) else date.fromisoformat(f"{since}-01"[:10])
    except ValueError:
        raise InputError(f"since is {since!r}; write YYYY-MM-DD or YYYY-MM") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())
