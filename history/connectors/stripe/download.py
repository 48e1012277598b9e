"""The download: every list page by page, each page kept before the next is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...errors import InputError
from .access import Account, GoneError
from .lists import INLINE_PRICES, Listing, listings, trimmed
from .prices import price_of, seconds_before
from .shapes import line_price
from .store import Store

__all__ = ["download"]

PAGE = 100
"""Objects a page: the most that Stripe gives."""


def download(account: Account, store: Store, say: Callable[[str], None]) -> None:
    """Read all lists to their ends, from where the store stands.

    Raises
    ------
    InputError
        A page could not be had; all pages before it are kept.
    """
    for listing in listings(store.settings.version):
        while not store.place(listing.name).done:
            _read_page(account, store, listing)
            place = store.place(listing.name)
            say(f"{listing.name}: {place.objects:,} read{'' if place.done else ' ...'}")
    _read_inline_prices(account, store, say)
    store.finish()


def _read_page(account: Account, store: Store, listing: Listing) -> None:
    page, more, known = _page_after(account, store, listing)
    fresh = [each for each in page if each["id"] not in known]
    rows = [trimmed(_whole(account, each), listing) for each in fresh]
    store.add(listing.name, rows, done=not more)


def _page_after(
    account: Account, store: Store, listing: Listing
) -> tuple[list[dict[str, Any]], bool, frozenset[str]]:
    """Read the page behind what is known; if the last object was deleted, behind the one before."""
    tail = store.place(listing.name).tail
    for last in tuple(reversed(tail)) or (None,):
        params: dict[str, Any] = {"limit": PAGE, "created": _created(store, listing)}
        if last is not None:
            params["starting_after"] = last
        try:
            answer = account.get(listing.path, {**params, **listing.params})
        except GoneError:
            continue
        return answer["data"], bool(answer["has_more"]), frozenset(tail)
    raise InputError(
        f"none of the last {len(tail)} {listing.name} read is there any more: this folder is of "
        "another account. Use that account's key, or fetch into another folder."
    )


def _created(store: Store, listing: Listing) -> dict[str, int]:
    settings = store.settings
    created = {"lte": settings.until}
    if listing.since and settings.since is not None:
        created["gte"] = settings.since - _reach(store)
    return created


def _reach(store: Store) -> int:
    """Give the seconds for which an invoice may pay: those of the longest interval sold."""
    lengths = [31 * 86_400]
    for each in (*store.objects("prices"), *store.objects("prices_inactive")):
        price = price_of(each)
        if price.recurring and price.interval is not None:
            lengths.append(
                seconds_before(store.settings.until, price.interval, price.interval_count)
            )
    return max(lengths) + 5 * 86_400


def _whole(account: Account, each: dict[str, Any]) -> dict[str, Any]:
    """Read the lines that an object's own page does not hold."""
    whole = each
    for name, path in _INNER.get(str(each.get("object")), ()):
        inner = whole.get(name)
        if not isinstance(inner, Mapping) or not inner.get("has_more"):
            continue
        rows = list(inner["data"])
        more = True
        while more:
            at = {"limit": PAGE, "starting_after": rows[-1]["id"]}
            at |= {"subscription": each["id"]} if name == "items" else {}
            answer = account.get(path.format(each["id"]), at)
            rows += answer["data"]
            more = bool(answer["has_more"])
        whole = {**whole, name: {**inner, "data": rows, "has_more": False}}
    return whole


_INNER = {
    "invoice": (("lines", "/v1/invoices/{}/lines"),),
    "credit_note": (("lines", "/v1/credit_notes/{}/lines"),),
    "subscription": (("items", "/v1/subscription_items"),),
}
"""Lists inside objects, of which a list of objects shows the first ten."""


def _read_inline_prices(account: Account, store: Store, say: Callable[[str], None]) -> None:
    """Read the prices that are on invoices but in no list, by their ids."""
    name = INLINE_PRICES.name
    if store.place(name).done:
        return
    wanted = sorted(_prices_named(store) - _prices_known(store))
    last = max(store.place(name).tail, default="")
    wanted = [each for each in wanted if each > last]
    while not store.place(name).done:
        ids, wanted = wanted[:PAGE], wanted[PAGE:]
        rows = [trimmed(_price(account, each), INLINE_PRICES) for each in ids]
        store.add(name, rows, done=not wanted)
        if ids:
            say(f"prices made for one customer: {store.place(name).objects:,} read")


def _price(account: Account, name: str) -> dict[str, Any]:
    try:
        return account.get(f"/v1/prices/{name}", INLINE_PRICES.params)
    except GoneError:
        return {"id": name, "object": "price", "deleted": True}


def _prices_known(store: Store) -> set[str]:
    known = {each["id"] for name in ("prices", "prices_inactive") for each in store.objects(name)}
    for each in store.objects("subscriptions"):
        known |= {item["price"]["id"] for item in each["items"]["data"] if item.get("price")}
    return known


def _prices_named(store: Store) -> set[str]:
    return {
        price
        for line in _lines(store)
        for price, whole in (line_price(line),)
        if price is not None and whole is None
    }


def _lines(store: Store) -> Iterator[Mapping[str, Any]]:
    for invoice in store.objects("invoices"):
        yield from invoice["lines"]["data"]
    yield from store.objects("pending_items")
