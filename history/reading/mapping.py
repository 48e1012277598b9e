"""The mapping: which column of the file is which field of the ledger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import duckdb

from ..errors import InputError, unknown_name
from . import words
from .invoice_fields import INVOICE_FIELDS, INVOICE_SYNONYMS, invoice_kind, invoice_status
from .parsed import NULL_WORDS
from .problems import Problems
from .rules import MAPPING, MAPPING_CHOICE
from .synonyms import FIELDS, SYNONYMS, month_of_header, squashed, stripped_names
from .table import RawTable, only_row

__all__ = ["INVOICES", "LEDGER", "ColumnMapping", "Vocabulary", "checked_columns", "guess_mapping"]

_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2}([T ].*)?)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}([T ].*)?"
    r"|\d{8}|\d{10}|\d{13}|.*[^\W\d_]{3,}.*\d{2,4}.*",
    re.DOTALL,
)
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_NUMBER = re.compile(r"[^\d%]{0,5}[\d.,][\d.,'’ \u00a0\u202f]*([eE][-+]?\d+)?[^\d%]{0,5}")
_FIT = 0.5


@dataclass(frozen=True)
class ColumnMapping(Mapping[str, str]):
    """Field of the ledger -> column of the file.

    Parameters
    ----------
    columns
        The mapping.
    guessed
        Fields that nobody named: guessed from names and values.

    Examples
    --------
    >>> mapping = ColumnMapping({"customer_id": "client", "mrr": "mrr"}, frozenset({"mrr"}))
    >>> mapping["customer_id"], sorted(mapping.guessed), "start" in mapping
    ('client', ['mrr'], False)
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    guessed: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> str:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __str__(self) -> str:
        return ", ".join(
            f"{name}={column}{' (guessed)' if name in self.guessed else ''}"
            for name, column in self.columns.items()
        )


def checked_columns(columns: Mapping[str, str] | None) -> dict[str, str]:
    """Give the mapping that the caller named, its fields checked.

    A field may be mapped to "" to say that the file has no such column.

    Raises
    ------
    UnknownNameError
        A field does not exist.
    """
    told = {str(name): str(column or "") for name, column in (columns or {}).items()}
    known = tuple(dict.fromkeys((*FIELDS, *INVOICE_FIELDS)))
    for name in told:
        if name not in known:
            raise unknown_name("field", name, known)
    if told.get("mrr") and (told.get("amount") or told.get("arr")):
        raise InputError("mrr and amount (or arr) are both mapped; map the one that is to be read")
    return told


def guess_mapping(
    table: RawTable,
    connection: duckdb.DuckDBPyConnection,
    told: Mapping[str, str],
    problems: Problems,
    vocabulary: Vocabulary | None = None,
) -> ColumnMapping:
    """Find the field of each column: those told first, then by known names and fitting values.

    Parameters
    ----------
    table
        The raw table.
    connection
        The engine.
    told
        What the caller named, checked by `checked_columns`.
    problems
        Gets a note for each guess, and for columns that could have been meant instead.
    vocabulary
        The fields that are looked for; None for those of a ledger.

    Raises
    ------
    UnknownNameError
        A named column does not exist.
    """
    fields = vocabulary or LEDGER
    told = {name: column for name, column in told.items() if name in fields.synonyms}
    for column in told.values():
        if column and column not in table.headers:
            raise unknown_name("column", column, table.headers)
    search = _Search(table, connection, dict(told), fields)
    for name in fields.order:
        search.find(name)
    if search.found.get("month") and "start" not in told:
        search.found.pop("start", None)
    found = {name: search.found[name] for name in fields.synonyms if search.found.get(name)}
    guessed = [name for name in found if name not in told]
    for name in guessed:
        _note(search, name, problems)
    return ColumnMapping(found, frozenset(guessed))


def _note(search: _Search, name: str, problems: Problems) -> None:
    column = search.found[name]
    example = search.example(column)
    problems.add(MAPPING, f"read as {name}", "note", column=column, value=example)
    others = [repr(other) for other in search.passed_over.get(name, ()) if other != column]
    if others:
        action = f"taken for {name} rather than {', '.join(others)}, less usual for it"
        problems.add(MAPPING_CHOICE, action, "note", column=column)


_ORDER = (
    "customer_id", "subscription_id", "start", "end", "term_end", "mrr", "amount", "arr",
    "interval", "interval_count", "currency", "unit_price", "list_price", "quantity", "status",
    "is_trial", "kind", "churn_reason", "requested", "effective", "discount_kind",
    "month",
)  # fmt: skip
_MONEY = ("mrr", "amount", "arr")


class _Search:
    """Looks for the column of one field after the other; a column serves one field."""

    def __init__(
        self,
        table: RawTable,
        connection: duckdb.DuckDBPyConnection,
        told: dict[str, str],
        vocabulary: Vocabulary,
    ) -> None:
        self._table = table
        self._connection = connection
        self._told = told
        self._vocabulary = vocabulary
        self._samples: dict[str, list[str]] = {}
        self.found = dict(told)
        self.passed_over: dict[str, list[str]] = {}

    def find(self, name: str) -> None:
        """Find the column of a field, unless the caller named it."""
        if name in self._told or self._is_superfluous(name):
            return
        fitting = [column for _, column in self._candidates(name) if self._fits(name, column)]
        if fitting:
            self.found[name] = fitting[0]
            self.passed_over[name] = fitting[1:] + self._other_prices(name)

    def example(self, column: str) -> str:
        """Give one value of a column."""
        values = self._sample(column)
        return values[0][:80] if values else ""

    def _other_prices(self, name: str) -> list[str]:
        """Give the columns of other prices than the one that was taken."""
        money = [other for other in _MONEY if other in self._vocabulary.synonyms]
        others = [other for other in money if name in money and other != name]
        return [c for other in others for _, c in self._candidates(other) if self._fits(other, c)]

    def _is_superfluous(self, name: str) -> bool:
        """One price is enough; a month only matters where it does the start's work."""
        if name in _MONEY:
            return any(self.found.get(other) for other in _MONEY)
        return name == "month" and bool(self.found.get("start")) and not self._is_monthly()

    def _is_monthly(self) -> bool:
        """Say whether the file with a start also has a line for each customer and month."""
        months = [c for _, c in self._candidates("month") if squashed(c) in _MONTH_NAMES]
        customer, mrr = self.found.get("customer_id"), self.found.get("mrr")
        if not (months and customer and mrr) or self.found.get("end"):
            return False
        who, when = self._table.text(customer), self._table.text(months[0])
        since = self._table.text(self.found["start"])
        rows, customers, cells, starts = only_row(
            self._connection,
            f"SELECT count(*), count(DISTINCT {who}), count(DISTINCT ({who}, {when})), "
            f"count(DISTINCT ({who}, {since})) FROM {self._table.relation}",
        )
        return bool(cells == rows > 1.4 * customers and starts == customers)

    def _candidates(self, name: str) -> list[tuple[tuple[int, int], str]]:
        used = {column for column in self.found.values() if column}
        known = self._vocabulary.synonyms[name]
        ranks = {squashed(word): rank for rank, word in reversed(list(enumerate(known)))}
        ranked = []
        for column in self._table.headers:
            if column in used or month_of_header(column):
                continue
            for tier, form in enumerate(stripped_names(column)):
                if form in ranks:
                    ranked.append(((tier, ranks[form]), column))
                    break
        return sorted(ranked, key=lambda item: item[0])

    def _fits(self, name: str, column: str) -> bool:
        """Say whether a column's values are of the field's kind; its own name needs no proof."""
        same = squashed(column) == squashed(name)
        if same and name not in _ALWAYS_CHECKED:
            return True
        values = self._sample(column)
        if not values:
            return True
        share = _share(values, self._vocabulary.tests.get(name, _anything))
        return share > 0 if same else share >= _FIT

    def _sample(self, column: str) -> list[str]:
        if column not in self._samples:
            values = self._table.sample(column)
            self._samples[column] = [v for v in values if v.casefold() not in NULL_WORDS]
        return self._samples[column]


_MONTH_NAMES = frozenset(
    {"month", "snapshotmonth", "reportingmonth", "yearmonth", "monthend", "snapshotdate"}
)
_ALWAYS_CHECKED = frozenset(
    {"month", "kind", "churn_reason", "status", "interval_count"}
    | {"requested", "effective", "discount_kind"}
)


def _share(values: list[str], test: Callable[[str], bool]) -> float:
    return sum(1 for value in values if test(value)) / len(values)


def _anything(_: str) -> bool:
    return True


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text) or _SERIAL.fullmatch(text))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip("()")) is not None


def _is_count(text: str) -> bool:
    return re.fullmatch(r"\d{1,4}(\.0+)?", text) is not None


def _is_interval(text: str) -> bool:
    return words.interval(text) is not None


def _is_code(text: str) -> bool:
    return len(text.strip()) <= 3 and re.fullmatch(r"[A-Za-z]{3}|[€£$]", text.strip()) is not None


_TESTS: dict[str, Callable[[str], bool]] = {
    "start": _is_date,
    "end": _is_date,
    "term_end": _is_date,
    "month": _is_date,
    "mrr": _is_number,
    "amount": _is_number,
    "arr": _is_number,
    "quantity": _is_number,
    "unit_price": _is_number,
    "list_price": _is_number,
    "interval": _is_interval,
    "interval_count": _is_count,
    "currency": _is_code,
    "status": lambda text: words.status(text) is not None,
    "kind": lambda text: words.kind(text) is not None,
    "churn_reason": lambda text: words.churn_reason(text) is not None,
    "requested": _is_date,
    "effective": _is_date,
    "discount_kind": lambda text: words.discount(text) is not None,
    "is_trial": lambda text: words.boolean(text) is not None,
}


@dataclass(frozen=True)
class Vocabulary:
    """The fields that one shape of file has, and how their columns are known.

    Parameters
    ----------
    order
        The fields in the order in which they choose their column.
    synonyms
        Field -> names of columns, best known first.
    tests
        Field -> whether a text is of its kind.
    """

    order: tuple[str, ...]
    synonyms: Mapping[str, tuple[str, ...]]
    tests: Mapping[str, Callable[[str], bool]]


LEDGER = Vocabulary(_ORDER, SYNONYMS, _TESTS)
"""Subscription lines, and tables of months."""

INVOICES = Vocabulary(
    tuple(INVOICE_FIELDS),
    INVOICE_SYNONYMS,
    {
        **_TESTS,
        "invoice_date": _is_date,
        "kind": lambda text: invoice_kind(text) is not None,
        "status": lambda text: invoice_status(text) is not None,
    },
)
"""Invoice lines."""
