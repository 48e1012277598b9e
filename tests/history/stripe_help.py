"""What the tests of the Stripe connector share: a server, a fixed day, no way out."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from stripe_fake import KEY, Fake, serving
from stripe_shop import Shop, at

from history import Ledger
from history.connectors import StripeFetch, fetch_stripe

TODAY = "2026-03-31T23:00:00"
OLD = "2024-12-18.acacia"
Serve = Callable[[Shop], Fake]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nothing leaves the machine, nobody waits, and it is the 31st of March 2026."""
    connect = socket.socket.connect
    slept: list[float] = []

    def guarded(self: socket.socket, address: Any) -> None:
        assert address[0] in {"127.0.0.1", "::1"}, f"a request to {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "time", lambda: float(at(TODAY)))
    monkeypatch.setenv("STRIPE_API_KEY", KEY)
    return slept


@pytest.fixture
def serve(alone: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serve a shop's objects; the connector finds the server."""
    del alone
    running = []

    def begin(shop: Shop) -> Fake:
        server = serving(Fake(shop.objects, shop.inline))
        running.append(server)
        fake = server.__enter__()
        monkeypatch.setenv("ARRCAST_STRIPE_BASE", fake.address)
        return fake

    yield begin
    for server in running:
        server.__exit__(None, None, None)


def frame(path: Path) -> pd.DataFrame:
    return duckdb.sql(f"SELECT * FROM read_parquet('{path}')").df()


def assert_same_history(shop: Shop, fetched: StripeFetch, currency: str = "EUR") -> None:
    """Every movement of every customer, to the minor unit."""
    pd.testing.assert_frame_equal(*histories(shop, fetched, currency))


def histories(
    shop: Shop, fetched: StripeFetch, currency: str = "EUR"
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All movements as read from what was fetched, and as they truly were."""
    read = Ledger.read(fetched.subscriptions, as_of="2026-02", currency=currency)
    true = Ledger.from_lines(shop.lines(), as_of="2026-02", currency=currency)
    return read.customer_movements(), true.customer_movements()


def fetch(folder: Path, **options: Any) -> StripeFetch:
    return fetch_stripe(folder / "stripe", **options)
