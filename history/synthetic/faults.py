"""Billing faults of known truth, put into the ledger of a made-up company."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

__all__ = ["FAULTS", "Fault", "with_faults"]

_LATER: Final = pd.Timedelta(days=180)
_ROWS_BEFORE_DATA: Final = 2  # the header is row 1 of a file


@dataclass(frozen=True)
class Fault:
    """One fault: what an audit should call it, whose it is, and the rows that it changed.

    Attributes
    ----------
    rule
        Code of the audit's rule.
    customer
        The customer concerned; nobody has two faults.
    rows
        Row numbers as in a file of the faulty ledger (the header is row 1).
    """

    rule: str
    customer: str
    rows: tuple[int, ...]


class _Books:
    """A ledger that is being spoilt: rows keep their labels until the end."""

    def __init__(self, lines: pd.DataFrame, as_of: str, rng: np.random.Generator) -> None:
        self.lines = lines.reset_index(drop=True).astype({"amount": float, "quantity": float})
        self.close = pd.Period(as_of, freq="M").end_time.normalize()
        self.rng = rng
        self.dropped: set[int] = set()
        self.copies: list[pd.Series] = []

    def started(self) -> pd.Series:
        """Lines that began by the close, recurring as they all are, and not paused."""
        return (self.lines["start"] <= self.close) & (self.lines["status"] != "paused")

    def pairs(self) -> pd.DataFrame:
        """Handovers from one line to one other of the same customer and plan, by label."""
        keys = ["customer_id", "plan", "day"]
        columns = ["customer_id", "plan", "start", "end", "quantity", "unit_price", "list_price",
                   "interval", "status", "term_end"]  # fmt: skip
        lines = self.lines.loc[self.started(), columns].rename_axis("label").reset_index()
        ended = lines.assign(day=lines["end"]).dropna(subset=["day"])
        begun = lines.assign(day=lines["start"])
        ended = ended[~ended.duplicated(keys, keep=False) & (ended["status"] != "cancelled")]
        begun = begun[~begun.duplicated(keys, keep=False)]
        both = ended.merge(begun, on=keys, suffixes=("", "_next"))
        return both[both["interval"] == both["interval_next"]]

    def at(self, label: int) -> Any:
        """Return one row, a Series by column."""
        return self.lines.loc[label]

    def set(self, label: int, **values: Any) -> None:
        """Overwrite cells of one row."""
        for name, value in values.items():
            self.lines.loc[[label], name] = value

    def merge(self, label: int, following: int) -> None:
        """Let a line run on in the place of the one that follows it."""
        for name in ("end", "status", "churn_reason"):
            self.lines.loc[[label], name] = self.at(following)[name]
        self.dropped.add(following)

    def drop_from(self, customer: str, day: pd.Timestamp) -> None:
        """Drop every line of a customer that begins on or after a day."""
        mine = (self.lines["customer_id"] == customer) & (self.lines["start"] >= day)
        self.dropped.update(self.lines.index[mine])

    def months_later(self, day: pd.Timestamp, most: int) -> pd.Timestamp:
        """Return a day one to so many months later."""
        return day + pd.DateOffset(months=int(self.rng.integers(1, most + 1)))


Spots = pd.DataFrame
"""Places where a fault fits: columns customer_id, label and, for pairs, label_next."""

Spoil = Callable[[_Books, int, int], None]
"""Puts one fault at a label (and the label that follows it)."""


def _lines_at(books: _Books, where: pd.Series) -> Spots:
    rows = books.lines[books.started() & where]
    return pd.DataFrame({"customer_id": rows["customer_id"], "label": rows.index}).assign(
        label_next=-1
    )


def _any_line(books: _Books) -> Spots:
    return _lines_at(books, books.lines["amount"] > 0)


def _duplicate(books: _Books, label: int, _: int) -> None:
    copy = books.at(label).copy()
    copy["subscription_id"] = f"{copy['subscription_id']}-2"
    books.copies.append(copy)


def _scale(books: _Books, label: int, _: int) -> None:
    line = books.at(label)
    yearly = {"month": [12.0], "year": [1 / 12]}.get(str(line["interval"]), [])
    factors = [10.0, 0.1, 100.0, *yearly]
    factor = factors[books.rng.integers(len(factors))]
    books.set(label, amount=max(round(line["amount"] * factor, 2), 0.01))
    if books.rng.random() < 0.5:
        books.set(label, unit_price=line["unit_price"] * factor)


def _several_lines(books: _Books) -> Spots:
    known = books.lines[books.started()].groupby("customer_id")["start"].transform("size")
    return _lines_at(books, known.reindex(books.lines.index, fill_value=0) > 1)


def _currency(books: _Books, label: int, _: int) -> None:
    books.set(label, currency="USD" if books.at(label)["currency"] != "USD" else "EUR")


def _more_seats(books: _Books, label: int, _: int) -> None:
    seats = books.at(label)["quantity"]
    books.set(label, quantity=seats + np.ceil(seats * books.rng.uniform(0.1, 1.0)))


def _several_seats(books: _Books) -> Spots:
    return _lines_at(books, books.lines["quantity"] >= 2)


def _fewer_seats(books: _Books, label: int, _: int) -> None:
    seats = books.at(label)["quantity"]
    books.set(label, quantity=max(np.floor(seats * books.rng.uniform(0.4, 0.95)), 1.0))


def _any_pair(books: _Books) -> Spots:
    return books.pairs()


def _runs_on(books: _Books, label: int, following: int) -> None:
    line = books.at(label)
    if pd.isna(line["term_end"]) and books.rng.random() < 0.5:
        books.set(label, end=pd.NaT)
    else:
        books.set(label, end=books.months_later(books.at(following)["start"], 6))


def _cancelled(books: _Books) -> Spots:
    lines = books.lines
    gone = (lines["status"] == "cancelled") & lines["term_end"].isna()
    return _lines_at(books, gone & (lines["end"] <= books.close))


def _never_ended(books: _Books, label: int, _: int) -> None:
    books.set(label, end=pd.NaT)


def _risen(books: _Books) -> Spots:
    pairs = books.pairs()
    step = pairs["unit_price_next"] / pairs["unit_price"]
    lasting = pairs["end_next"].fillna(books.close) - pairs["day"] > pd.Timedelta(days=60)
    bound = pairs["term_end"].notna()
    same = bound | (pairs["quantity"] == pairs["quantity_next"])
    return pairs[lasting & same & (step > 1.003) & (step < 1.2)]


def _keep_price(books: _Books, label: int, following: int) -> None:
    """Merge a monthly customer's lines; renew a contract at its old price."""
    line, later = books.at(label), books.at(following)
    if pd.isna(line["term_end"]):
        books.merge(label, following)
    else:
        amount = round(later["quantity"] * line["unit_price"], 2)
        books.set(following, unit_price=line["unit_price"], amount=amount)


def _promoted(books: _Books) -> Spots:
    pairs = books.pairs()
    lasting = pairs["end_next"].fillna(books.close) - pairs["day"] > _LATER
    off = pairs["unit_price"] < 0.85 * pairs["list_price"]
    full = pairs["unit_price_next"] > 0.98 * pairs["list_price_next"]
    return pairs[pairs["term_end"].isna() & off & full & lasting]


def _merge(books: _Books, label: int, following: int) -> None:
    books.merge(label, following)


def _alone(books: _Books) -> Spots:
    """Give running lines of half a year and more of customers with nothing else running."""
    lines = books.lines
    runs = (lines["end"].isna() | (lines["end"] > books.close)) & (lines["status"] == "active")
    count = runs.groupby(lines["customer_id"]).transform("sum")
    return _lines_at(books, runs & (count == 1) & (lines["start"] < books.close - _LATER))


def _nothing(books: _Books, label: int, _: int) -> None:
    books.set(label, amount=0.0, unit_price=0.0)


def _paused(books: _Books) -> Spots:
    rows = books.lines[
        (books.lines["status"] == "paused") & (books.lines["start"] < books.close - 1.5 * _LATER)
    ]
    return pd.DataFrame({"customer_id": rows["customer_id"], "label": rows.index, "label_next": -1})


def _never_resumed(books: _Books, label: int, _: int) -> None:
    line = books.at(label)
    books.drop_from(str(line["customer_id"]), line["end"])
    books.set(label, end=pd.NaT)


def _gap_fits(books: _Books) -> Spots:
    pairs = books.pairs()
    latest = pairs["end_next"].fillna(pd.Timestamp("2199-01-01"))
    return pairs[latest > pairs["day"] + pd.DateOffset(months=4)]


def _late(books: _Books, _: int, following: int) -> None:
    books.set(following, start=books.months_later(books.at(following)["start"], 3))


def _renewed(books: _Books) -> Spots:
    pairs = books.pairs()
    return pairs[pairs["term_end"].notna() & (pairs["day"] <= books.close)]


def _not_renewed(books: _Books, label: int, _: int) -> None:
    line = books.at(label)
    books.drop_from(str(line["customer_id"]), line["end"])
    late = (books.lines["customer_id"] == line["customer_id"]) & (books.lines["end"] > line["end"])
    books.dropped.update(books.lines.index[late & ~books.lines.index.isin(books.dropped)])
    if books.rng.random() < 0.3:
        books.set(label, end=pd.NaT)


FAULTS: Final[Mapping[str, tuple[Callable[[_Books], Spots], Spoil]]] = {
    "duplicate-line": (_any_line, _duplicate),
    "wrong-scale": (_any_line, _scale),
    "currency-mix": (_several_lines, _currency),
    "unbilled-quantity": (_any_line, _more_seats),
    "overbilled-quantity": (_several_seats, _fewer_seats),
    "double-billing": (_any_pair, _runs_on),
    "billed-after-cancellation": (_cancelled, _never_ended),
    "missed-uplift": (_risen, _keep_price),
    "expired-discount": (_promoted, _merge),
    "free-line": (_alone, _nothing),
    "pause-overrun": (_paused, _never_resumed),
    "service-gap": (_gap_fits, _late),
    "renewal-missing": (_renewed, _not_renewed),
}
"""Rule of the audit -> where its fault fits, and how it is made."""


def with_faults(
    lines: pd.DataFrame,
    *,
    as_of: str,
    seed: int,
    share: float = 0.01,
    kinds: Iterable[str] = tuple(FAULTS),
) -> tuple[pd.DataFrame, tuple[Fault, ...]]:
    """Put faults into a ledger, each kind into a share of the customers, nobody twice.

    Parameters
    ----------
    lines
        A ledger as :meth:`Simulated.ledger_frame` gives it; it stays as it is.
    as_of
        YYYY-MM; faults lie in what had begun by its close.
    seed
        The same seed puts the same faults.
    share
        Share of all customers that get each kind (0-1); at most a third of those it fits.
    kinds
        Names out of ``FAULTS``.

    Returns
    -------
    frame and faults
        The faulty ledger, and what was done to it.

    Examples
    --------
    >>> from history.synthetic import monthly_smb
    >>> simulated = monthly_smb().generate(seed=3)
    >>> faulty, faults = with_faults(simulated.lines, as_of="2026-06", seed=3,
    ...                              kinds=["duplicate-line"])
    >>> len(faulty) - len(simulated.lines) == len(faults)
    True
    """
    books = _Books(lines, as_of, np.random.default_rng(seed))
    wanted = max(1, round(share * lines["customer_id"].nunique()))
    taken: set[str] = set()
    done: list[tuple[str, str, list[int]]] = []
    for kind in kinds:
        where, spoil = FAULTS[kind]
        spots = where(books)
        spots = spots[~spots["customer_id"].isin(taken)].drop_duplicates("customer_id")
        count = min(wanted, len(spots) // 3)
        for spot in spots.sample(count, random_state=books.rng).itertuples():
            spoil(books, int(spot.label), int(spot.label_next))  # type: ignore[arg-type]
            taken.add(str(spot.customer_id))
            touched = [int(spot.label), int(spot.label_next)]  # type: ignore[arg-type]
            done.append((kind, str(spot.customer_id), touched))
    return _closed(books, done)


def _closed(
    books: _Books, done: list[tuple[str, str, list[int]]]
) -> tuple[pd.DataFrame, tuple[Fault, ...]]:
    kept = books.lines.drop(index=list(books.dropped))
    place = {label: i + _ROWS_BEFORE_DATA for i, label in enumerate(kept.index)}
    faults = tuple(
        Fault(kind, customer, tuple(place[label] for label in labels if label in place))
        for kind, customer, labels in done
    )
    copies = pd.DataFrame(books.copies, columns=kept.columns).astype(kept.dtypes)
    faulty = pd.concat([kept, copies], ignore_index=True) if len(copies) else kept
    return faulty.reset_index(drop=True), faults
