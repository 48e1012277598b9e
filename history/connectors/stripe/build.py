"""From what was downloaded to two files: the lines of a ledger, and the lines of all invoices."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from ...findings import Finding, Findings, Severity
from ...money import currency_code
from . import rules, shapes
from .charges import Charge, charges_of_invoice, charges_of_pending
from .invoices import BilledLine, billed_lines, credited_lines, refunded_lines
from .lists import MOVED
from .prices import Price, exponent, price_of
from .rows import Found, Row, View, rows_of
from .store import Store

__all__ = ["Built", "build"]

_BATCH = 20_000
_MEMORY = "512MB"  # what the database may hold before it writes to disk
_CHUNK = 1_000
_TYPES: Mapping[object, str] = {
    int: "BIGINT",
    int | None: "BIGINT",
    bool: "BOOLEAN",
    date: "DATE",
    date | None: "DATE",
}
_SEVERITY: Mapping[str, Severity] = {
    rules.METERED: "note",
    rules.FROM_STATE: "note",
    rules.UNPAID: "note",
    rules.INCOMPLETE: "note",
    rules.SCHEDULED: "note",
    rules.SINCE: "note",
    rules.CHANGED: "note",
    rules.NO_SUBSCRIPTION: "error",
}
_ACTION = {
    rules.METERED: "left out of the lines",
    rules.FROM_STATE: "the present price is taken",
    rules.MISSING: "the present price is taken for this period",
    rules.CHANGED: "counts from the next period on",
    rules.ESTIMATED: "computed back from the amount",
    rules.VOIDED: "a line with status paused",
    rules.UNPAID: "ended with the last issued period",
    rules.INCOMPLETE: "left out",
    rules.NO_PRICE: "taken as invoiced",
    rules.NO_SUBSCRIPTION: "left out of the lines",
    rules.SCHEDULED: "not applied",
    rules.SINCE: "lines are cut there",
}


@dataclass(frozen=True)
class Built:
    """What was made: how many lines of each file, in which currencies, and what was found."""

    lines: int
    invoice_lines: int
    currencies: tuple[str, ...]
    findings: Findings


def build(store: Store, *, zone: ZoneInfo, metadata: Sequence[str]) -> Built:
    """Write ``subscriptions.parquet`` and ``invoices.parquet`` into the folder of a download.

    Memory holds the prices and a thousand subscriptions with their charges at a time; the rest
    waits in a database on disk, with half a gigabyte of memory at most, that is gone afterwards.
    """
    with tempfile.TemporaryDirectory(dir=store.folder) as name:
        connection = duckdb.connect(str(Path(name) / "work.duckdb"))
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        try:
            return _build(store, connection, zone, tuple(metadata))
        finally:
            connection.close()


def _build(
    store: Store, connection: duckdb.DuckDBPyConnection, zone: ZoneInfo, metadata: tuple[str, ...]
) -> Built:
    view = _view(store, zone)
    _put(connection, "charges", get_type_hints(Charge), _charges(store))
    _put(connection, "billed", get_type_hints(BilledLine), _billed(store, view))
    _put(connection, "customers", _customer_columns(metadata), _customers(store, metadata))
    products = ((each["id"], each.get("name")) for each in store.objects("products"))
    _put(connection, "products", {"id": str, "name": str}, products)
    prices = ((p.id, p.product, p.nickname) for p in view.prices.values())
    columns = {"id": str, "product": str, "nickname": str}
    _put(connection, "prices", columns, prices)
    found: list[Found] = []
    rows = _rows(store, connection, view, metadata, found)
    own = {f"own_{number}": str for number in range(len(metadata))}
    _put(connection, "rows", get_type_hints(Row) | own, rows)
    unknown = connection.execute(
        "SELECT DISTINCT subscription FROM charges WHERE subscription NOT IN "
        "(SELECT subscription FROM listed) ORDER BY 1"
    ).fetchall()
    found += [(rules.NO_SUBSCRIPTION, name) for (name,) in unknown]
    found += [(rules.SCHEDULED, name) for name in view.terms]
    if view.since is not None:
        found.append((rules.SINCE, str(view.day(view.since))))
    _write(connection, _lines_query(connection, metadata), store.folder / "subscriptions.parquet")
    _write(connection, _invoices_query(connection), store.folder / "invoices.parquet")
    return Built(
        _count(connection, "rows"),
        _count(connection, "billed"),
        _currencies(connection),
        Findings(_finding(*each) for each in dict.fromkeys(found)),
    )


def _finding(rule: str, value: str) -> Finding:
    return Finding(None, "", rule, value, _ACTION[rule], _SEVERITY.get(rule, "warning"))


def _view(store: Store, zone: ZoneInfo) -> View:
    settings = store.settings
    terms = {}
    for each in store.objects("subscription_schedules"):
        name, phases = shapes.ref(each.get("subscription")), list(each.get("phases") or [])
        running = each.get("status") in {"active", "not_started"}
        coming = any(int(phase["start_date"]) > settings.until for phase in phases)
        if name and running and coming:
            terms[name] = int(phases[-1]["end_date"])
    return View(
        prices=_prices(store),
        coupons={each["id"]: each for each in store.objects("coupons")},
        terms=terms,
        until=settings.until,
        since=settings.since,
        zone=zone,
    )


def _prices(store: Store) -> dict[str, Price]:
    """Give all prices: those of the lists, those read one by one, those inside other objects."""
    prices = {}
    for name in ("prices_inline", "prices_inactive", "prices"):
        for each in store.objects(name):
            if not each.get("deleted"):
                prices[each["id"]] = price_of(each)
    for inner in _inner_prices(store):
        if inner.get("id") and inner["id"] not in prices:
            prices[inner["id"]] = price_of(inner)
    return prices


def _inner_prices(store: Store) -> Iterator[Mapping[str, Any]]:
    for each in store.objects("subscriptions"):
        for item in each["items"]["data"]:
            yield item.get("price") or item.get("plan") or {}
    if store.settings.version >= MOVED:
        return  # lines name their price and no longer hold it
    for each in store.objects("invoices"):
        for line in each["lines"]["data"]:
            yield shapes.line_price(line)[1] or {}


def _charges(store: Store) -> Iterator[Charge]:
    for invoice in store.objects("invoices"):
        yield from charges_of_invoice(invoice, store.settings.until)
    for item in store.objects("pending_items"):
        yield from charges_of_pending(item)


def _billed(store: Store, view: View) -> Iterator[BilledLine]:
    for invoice in store.objects("invoices"):
        yield from billed_lines(invoice, view)
    settled: set[str | None] = set()
    for note in store.objects("credit_notes"):
        yield from credited_lines(note, view)
        settled |= {shapes.ref(note.get("refund"))}
        settled |= {shapes.ref(each.get("refund")) for each in note.get("refunds") or ()}
    refunds = [each for each in store.objects("refunds") if each["id"] not in settled]
    wanted = {shapes.ref(each.get(key)) for each in refunds for key in ("payment_intent", "charge")}
    paid: dict[str, str] = {}
    for each in store.objects("invoice_payments"):
        named = {shapes.ref(each["payment"].get(key)) for key in ("payment_intent", "charge")}
        paid |= {str(name): str(shapes.ref(each["invoice"])) for name in named & wanted if name}
    for refund in refunds:
        yield from refunded_lines(refund, paid, view)


def _customer_columns(metadata: Sequence[str]) -> dict[str, object]:
    return {"id": str, "country": str, **{f"m_{n}": str for n in range(len(metadata))}}


def _customers(store: Store, metadata: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for each in store.objects("customers"):
        said = each.get("metadata") or {}
        country = (each.get("address") or {}).get("country")
        yield (each["id"], country, *(said.get(key) for key in metadata))


def _rows(
    store: Store,
    connection: duckdb.DuckDBPyConnection,
    view: View,
    metadata: Sequence[str],
    found: list[Found],
) -> Iterator[tuple[Any, ...]]:
    """Give the lines of all subscriptions, a chunk at a time."""
    connection.execute("CREATE TABLE listed (subscription VARCHAR)")
    subscriptions = store.objects("subscriptions")
    names = list(get_type_hints(Charge))
    while chunk := list(islice(subscriptions, _CHUNK)):
        ids = pd.DataFrame({"subscription": [each["id"] for each in chunk]})
        connection.register("chunk", ids)
        connection.execute("INSERT INTO listed SELECT subscription FROM chunk")
        columns = ", ".join(f'c."{name}"' for name in names)
        charged: dict[str, list[Charge]] = {}
        query = (
            f"SELECT {columns} FROM charges AS c SEMI JOIN chunk USING (subscription) "
            "ORDER BY c.created, c.position"
        )
        for charge in (Charge(*values) for values in connection.execute(query).fetchall()):
            charged.setdefault(charge.subscription, []).append(charge)
        connection.unregister("chunk")
        for each in chunk:
            rows, told = rows_of(each, charged.get(each["id"], []), view)
            found += told
            said = each.get("metadata") or {}
            own = tuple(said.get(key) for key in metadata)
            yield from ((*row, *own) for row in rows)


def _put(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, object],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Make a table of rows, a batch at a time."""
    typed = ", ".join(f'"{name}" {_TYPES.get(kind, "VARCHAR")}' for name, kind in columns.items())
    connection.execute(f"CREATE TABLE {table} ({typed})")
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        frame = pd.DataFrame(batch, columns=list(columns), dtype=object)
        connection.register("batch", frame)
        connection.execute(f"INSERT INTO {table} SELECT * FROM batch")
        connection.unregister("batch")


def _lines_query(connection: duckdb.DuckDBPyConnection, metadata: Sequence[str]) -> str:
    def each(value: str) -> str:
        divided = f"CASE WHEN r.quantity > 0 THEN {value} / r.quantity END"
        return f"CAST({divided} AS DECIMAL(18, 6))"

    amount, gross = (_major(connection, f"r.{name}") for name in ("amount", "gross"))
    taken = {"customer_id", "subscription_id", "start", "end", "amount", "interval", "status"}
    extra = "".join(
        f', COALESCE(r.own_{n}, c.m_{n}) AS "{key if key not in taken else "metadata_" + key}"'
        for n, key in enumerate(name.replace('"', "") for name in metadata)
    )
    return (
        'SELECT r.customer_id, r.subscription_id, r.start, r."end", '
        f"{amount} AS amount, r.interval, r.interval_count, r.term_end, r.currency, r.quantity, "
        f"{each(amount)} AS unit_price, {each(gross)} AS list_price, 'recurring' AS kind, "
        "r.status, r.churn_reason, COALESCE(d.name, p.product) AS product, "
        "COALESCE(p.nickname, r.price) AS plan, c.country, r.collection AS collection_method, "
        f"r.cancel_requested, r.cancel_effective, r.history_from{extra} FROM rows AS r "
        "LEFT JOIN prices AS p ON r.price = p.id LEFT JOIN products AS d ON p.product = d.id "
        "LEFT JOIN customers AS c ON r.customer_id = c.id "
        "ORDER BY r.start, r.customer_id, r.subscription_id, r.item, r.price"
    )


def _invoices_query(connection: duckdb.DuckDBPyConnection) -> str:
    """Give the query of all billed lines; credits take period and customer from what they credit.

    A credit line names a line of the invoice; a refund, and a free credit, its invoice at most.
    """
    amount = _major(connection, "b.amount")
    return (
        "WITH headed AS (SELECT invoice_id, min(customer_id) AS customer_id, "
        "min(subscription_id) AS subscription_id FROM billed GROUP BY invoice_id) "
        "SELECT b.invoice_id, b.line_id, COALESCE(b.customer_id, h.customer_id) AS customer_id, "
        "COALESCE(b.subscription_id, o.subscription_id, h.subscription_id) AS subscription_id, "
        'b.invoice_date, COALESCE(o.start, b.start) AS start, COALESCE(o."end", b."end") AS "end", '
        f"{amount} AS amount, b.currency, b.kind, b.quantity, "
        f"CAST(CASE WHEN b.quantity > 0 THEN {amount} / b.quantity END AS DECIMAL(18, 6)) "
        "AS unit_price, b.status, b.credit_of, COALESCE(d.name, p.product) AS product, "
        "COALESCE(p.nickname, p.id) AS plan, c.country FROM billed AS b "
        "LEFT JOIN billed AS o ON b.credit_line = o.line_id "
        "LEFT JOIN headed AS h ON b.credit_of = h.invoice_id "
        "LEFT JOIN prices AS p ON COALESCE(b.price, o.price) = p.id "
        "LEFT JOIN products AS d ON p.product = d.id LEFT JOIN customers AS c "
        "ON COALESCE(b.customer_id, h.customer_id) = c.id "
        "ORDER BY b.invoice_date, b.invoice_id, b.line_id"
    )


def _major(connection: duckdb.DuckDBPyConnection, value: str) -> str:
    """Give the SQL that turns Stripe's minor units into exact major ones."""
    places = {code: exponent(code) for code in _currencies(connection)}
    most = max(places.values(), default=2)
    table = value.partition(".")[0]
    cases = "".join(
        f" WHEN '{code}' THEN CAST('{10.0 ** -places[code]:.{most}f}' AS DECIMAL(4, {most}))"
        for code in places
    )
    factor = f"CASE {table}.currency{cases} END" if cases else f"CAST(1 AS DECIMAL(4, {most}))"
    return f"CAST(CAST({value} AS DECIMAL(18, 0)) * ({factor}) AS DECIMAL(18, {most}))"


def _currencies(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    found = connection.execute(
        "SELECT currency FROM rows UNION SELECT currency FROM billed ORDER BY 1"
    ).fetchall()
    return tuple(currency_code(code) for (code,) in found)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    part = path.with_suffix(".part")
    name = str(part).replace("'", "''")
    connection.execute(f"COPY ({query}) TO '{name}' (FORMAT parquet, COMPRESSION zstd)")
    part.replace(path)
