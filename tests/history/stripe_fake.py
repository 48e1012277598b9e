"""A small server that answers like Stripe's API: lists in pages, faults when they are ordered.

It listens on 127.0.0.1 only. Objects are given in the shape of today's API, or, to a request with
a version before 2025-03-31, in the shape before.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "rk_test_onlyForTheFake0123456789"


@dataclass
class Fake:
    """What the server has, what went wrong with it, and what it was asked."""

    objects: dict[str, list[dict[str, Any]]]
    inline: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: deque[str] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    stop_after: int | None = None  # answers, then every request is cut
    address: str = ""
    unseen: frozenset[str] = frozenset()  # paths that the key may not read

    def found(self, name: str) -> list[dict[str, Any]]:
        rows = self.objects.get(name, [])
        return sorted(rows, key=lambda each: (each["created"], each["id"]), reverse=True)


@contextlib.contextmanager
def serving(fake: Fake) -> Iterator[Fake]:
    """Answer requests until the block ends."""

    class Handler(_Handler):
        known = fake

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    known: Fake

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        raise AssertionError("a read-only connector wrote")

    do_DELETE = do_POST  # noqa: N815 - the server looks for this name

    def do_GET(self) -> None:
        fake = self.known
        fake.asked.append(self.path)
        fake.headers.append(dict(self.headers))
        fault = fake.faults.popleft() if fake.faults else ""
        if fake.stop_after is not None:
            fault = "drop" if fake.stop_after <= 0 else fault
            fake.stop_after -= 1
        if fault and not self._faulty(fault):
            return
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            told = self.headers.get("Authorization", "").removeprefix("Bearer ")
            self._refuse(401, "invalid_request_error", f"Invalid API Key provided: {told}")
            return
        address = urlsplit(self.path)
        if address.path in fake.unseen:
            self._refuse(403, "invalid_request_error", f"The provided key '{KEY}' may not do this.")
            return
        query = {key: values[-1] for key, values in parse_qs(address.query).items()}
        expand = {
            v for k, vs in parse_qs(address.query).items() if k.startswith("expand") for v in vs
        }
        old = self.headers.get("Stripe-Version", "")[:10] < "2025-03-31"
        self._answer(address.path.removeprefix("/v1/").split("/"), query, expand, old)

    def _answer(self, parts: list[str], query: dict[str, str], expand: set[str], old: bool) -> None:
        fake = self.known
        if len(parts) == 1:
            rows = fake.found(parts[0])
            if parts[0] == "subscription_items":
                sub = next(s for s in fake.objects["subscriptions"]
                           if s["id"] == query["subscription"])  # fmt: skip
                rows = sub["items"]["data"]
            self._page(_filtered(rows, parts[0], query), query, expand, old)
        elif len(parts) == 3:
            whole = next(each for each in fake.objects[parts[0]] if each["id"] == parts[1])
            self._page(whole["lines"]["data"], query, expand, old)
        else:
            everything = {each["id"]: each for each in fake.objects[parts[0]]} | fake.inline
            each = everything.get(parts[1])
            if each is None:
                self._refuse(404, "invalid_request_error", f"No such price: '{parts[1]}'",
                             code="resource_missing", param="price")  # fmt: skip
            else:
                self._send(200, _Shape(fake, frozenset(f"data.{e}" for e in expand), old).of(each))

    def _page(
        self, rows: list[dict[str, Any]], query: dict[str, str], expand: set[str], old: bool
    ) -> None:
        first = 0
        if "starting_after" in query:
            ids = [each["id"] for each in rows]
            if query["starting_after"] not in ids:
                self._refuse(400, "invalid_request_error",
                             f"No such object: '{query['starting_after']}'",
                             code="resource_missing", param="starting_after")  # fmt: skip
                return
            first = ids.index(query["starting_after"]) + 1
        limit = int(query.get("limit", 10))
        assert 1 <= limit <= 100
        shape = _Shape(self.known, frozenset(expand), old)
        page = [shape.of(each) for each in rows[first : first + limit]]
        self._send(200, {"object": "list", "url": self.path, "data": page,
                         "has_more": first + limit < len(rows)})  # fmt: skip

    def _faulty(self, fault: str) -> bool:
        """Do what was ordered; say whether to answer all the same."""
        if fault == "429":
            self._refuse(429, "invalid_request_error", "Too many requests", code="rate_limit",
                         headers={"Retry-After": "7"})  # fmt: skip
        elif fault.isdigit():
            self._refuse(int(fault), "api_error", "Something went wrong on our side")
        elif fault == "cut":
            self._head(200, {"Content-Length": "1000"})
            self.wfile.write(b'{"object": "list", "data": [{"id"')
            self.close_connection = True
        elif fault == "garbage":
            self._head(200, {"Content-Length": "9"})
            self.wfile.write(b"<html>..>")
        elif fault == "hang":
            time.sleep(0.5)
            self.close_connection = True
        elif fault == "drop":
            self.close_connection = True
        return fault == "slow"

    def _refuse(
        self, status: int, kind: str, message: str, *, code: str | None = None,
        param: str | None = None, headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        error = {"type": kind, "message": message, "code": code, "param": param}
        self._send(status, {"error": error}, headers or {})

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self._head(status, {"Content-Length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Request-Id": "req_fake", **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def _filtered(rows: list[dict[str, Any]], name: str, query: dict[str, str]) -> list[dict[str, Any]]:
    low, high = int(query.get("created[gte]", 0)), int(query.get("created[lte]", 1 << 40))
    kept = [each for each in rows if low <= each["created"] <= high]
    if name == "subscriptions" and query.get("status") != "all":
        kept = [each for each in kept if each["status"] != "canceled"]
    if name == "prices":
        kept = [each for each in kept if str(each["active"]).lower() == query.get("active", "true")]
    if name == "invoiceitems" and query.get("pending") == "true":
        kept = [each for each in kept if each["invoice"] is None]
    return kept


@dataclass(frozen=True)
class _Shape:
    """How a request wants its objects: expanded or not, in which version's shape."""

    fake: Fake
    expand: frozenset[str]
    old: bool

    def of(self, each: dict[str, Any]) -> dict[str, Any]:
        """Give an object so, with ten rows of each list inside."""
        kept = dict(each)
        for name in ("tiers", "currency_options"):
            if f"data.{name}" not in self.expand:
                kept.pop(name, None)
        if kept.get("discounts") and "data.discounts" not in self.expand:
            kept["discounts"] = [discount["id"] for discount in kept["discounts"]]
        for name in ("lines", "items"):
            if isinstance(kept.get(name), dict):
                rows = kept[name]["data"]
                shown = [self.of(row) for row in rows[:10]]
                kept[name] = {"object": "list", "data": shown, "has_more": len(rows) > 10}
        return self._old(kept) if self.old else kept

    def _old(self, kept: dict[str, Any]) -> dict[str, Any]:
        """Give the same object in the shape before 2025-03-31."""
        if kept["object"] == "subscription":
            first = kept["items"]["data"][0] if kept["items"]["data"] else {}
            for key in ("current_period_start", "current_period_end"):
                kept[key] = first.get(key)
            inner = ("current_period_start", "current_period_end", "discounts")
            kept["items"]["data"] = [
                {key: value for key, value in item.items() if key not in inner}
                for item in kept["items"]["data"]
            ]
            kept["discounts"] = [self._old_discount(each) for each in kept["discounts"]]
            kept["discount"] = kept["discounts"][0] if kept["discounts"] else None
        if kept["object"] == "invoice":
            parent = kept.pop("parent") or {}
            kept["subscription"] = (parent.get("subscription_details") or {}).get("subscription")
        if kept["object"] in {"line_item", "invoiceitem"}:
            return self._old_line(kept)
        return kept

    def _old_discount(self, discount: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in discount.items() if key != "source"}
        return kept | {"coupon": self._named("coupons", discount["source"]["coupon"])}

    def _old_line(self, line: dict[str, Any]) -> dict[str, Any]:
        gone = {"parent", "pricing", "taxes"}
        kept = {key: value for key, value in line.items() if key not in gone}
        parent = line.get("parent") or {}
        details = (
            parent.get("subscription_item_details") or parent.get("subscription_details") or {}
        )
        price = ((line.get("pricing") or {}).get("price_details") or {}).get("price")
        proration = bool(details.get("proration") or line.get("proration"))
        return kept | {
            "type": "invoiceitem" if proration or not details else "subscription",
            "proration": proration,
            "subscription": details.get("subscription"),
            "subscription_item": details.get("subscription_item"),
            "price": price and self._named("prices", price),
            "tax_amounts": [
                {"amount": tax["amount"], "inclusive": tax["tax_behavior"] == "inclusive"}
                for tax in line.get("taxes") or ()
            ],
        }

    def _named(self, name: str, wanted: str) -> dict[str, Any]:
        everything = {each["id"]: each for each in self.fake.objects[name]} | self.fake.inline
        return {key: value for key, value in everything[wanted].items() if key != "tiers"}
