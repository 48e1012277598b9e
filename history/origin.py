"""Origin: the lines behind a ledger, and all that was said of them when they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, cast

import pandas as pd

from . import months as month
from .added import ELSEWHERE, VALUED, More, more_clean, more_of
from .attributes import BAND, attach_attributes, attach_bands, read_attributes
from .engines import DuckEngine, Engine
from .errors import InputError
from .exchange import Rates
from .findings import Findings
from .inplace import place_lines
from .known import default_as_of, known_findings
from .money import currency_code
from .plain import put_lines
from .policed import policy_findings
from .policy import Policy
from .reading import convert_lines, rates_of_lines, read_lines
from .tables import Tables, load

__all__ = ["Origin", "banded", "clean_origin", "placed_origin", "read_origin"]


@dataclass(frozen=True, eq=False)
class Origin:
    """Lines in an engine, read once; ledgers of any month and policy are computed from them.

    Parameters
    ----------
    engine
        Holds ``numbered``, ``facts`` and ``customers``.
    currency
        The reporting currency (ISO 4217).
    dimensions
        Columns of ``numbered`` by which the lines can be segmented.
    findings
        What was found while they were read.
    mapping
        Field of the ledger -> column of the source.
    rejected
        The rows left out, or what gives them.
    last_month
        The last month of a customer x month table; None for lines.
    invoices
        Whether they were invoice lines.
    rates
        Rates by month where amounts are in the lines' own currencies; None where all are in the
        reporting currency.
    more
        How more lines are read for them, or why none can be.
    """

    engine: Engine
    currency: str
    dimensions: tuple[str, ...]
    findings: Findings
    rejected: pd.DataFrame | Callable[[], pd.DataFrame]
    mapping: Mapping[str, Any] = field(default_factory=dict)
    last_month: pd.Period | None = None
    invoices: bool = False
    rates: Rates | None = None
    more: More = ELSEWHERE

    def dated(self, as_of: str | pd.Period | None) -> tuple[Origin, int]:
        """Give the month index that is the ledger's last, with rates up to it and what that says.

        Raises
        ------
        InputError
            No month can be guessed, or a rate is missing up to it.
        """
        origin = self
        told = self.last_month if as_of is None else as_of
        if told is not None:
            index = month.index_of(told)
        else:
            index, notes = default_as_of(self.engine, date.today())  # noqa: DTZ011
            origin = replace(self, findings=self.findings + notes)
        if self.rates is not None:
            self.rates.share(self.engine, index)
        return origin, index

    def findings_at(self, as_of: int, policy: Policy) -> Findings:
        """Add to the findings what the reader, who knows no ``as_of`` and no policy, cannot."""
        columns = {name: str(column) for name, column in self.mapping.items()}
        mixed = self.rates is not None
        known = known_findings(self.engine, as_of, policy, columns, mixed=mixed)
        return self.findings + known + policy_findings(self.engine, policy, columns)

    def refuse_reread(self, read_with: Policy, policy: Policy) -> None:
        """Refuse a policy under which the prices themselves would have been read otherwise.

        Raises
        ------
        InputError
            It has other weeks in a month, or another rate for other currencies.
        """
        if policy.weeks_per_month != read_with.weeks_per_month:
            raise InputError(
                f"weeks_per_month is {policy.weeks_per_month}, but the prices were read with "
                f"{read_with.weeks_per_month}; read the ledger again with that policy"
            )
        if policy.currency != read_with.currency and self._several_currencies():
            raise InputError(
                f"currency is {policy.currency}, but the amounts were read with "
                f"{read_with.currency}; read the ledger again with that policy"
            )

    def _several_currencies(self) -> bool:
        """Say whether any line is in another currency than the reporting one."""
        others = f"SELECT COUNT(*) AS n FROM numbered WHERE currency <> '{self.currency}'"
        return bool(self.engine.frame(others)["n"].iloc[0])


def read_origin(
    source: Any,
    policy: Policy,
    *,
    currency: str | None,
    customers: Any,
    own_dimensions: bool,
    where: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Origin:
    """Read lines from a source; see :meth:`history.Ledger.read`.

    Parameters
    ----------
    customers
        A second source, one row a customer; None for none.
    own_dimensions
        Whether customers get dimensions besides the source's.
    where
        What is read of the source: sheet, query, table.
    options
        How it is read; added lines are read so, too.
    """
    engine = DuckEngine()
    options = {
        **options,
        "weeks_per_month": policy.weeks_per_month,
        "at_start": policy.currency == "at_start",
    }
    reading = read_lines(source, engine.connection, currency=currency, **where, **options)
    engine.files = reading.files
    dimensions, findings = tuple(reading.dimensions), reading.findings
    if customers is not None:
        attributes = read_attributes(customers, encoding=options["encoding"])
        findings += attach_attributes(engine, attributes)
        dimensions += attributes.names
    return Origin(
        engine,
        reading.currency,
        dimensions,
        findings,
        reading.rejected,
        reading.mapping,
        last_month=reading.last_month,
        invoices=reading.invoices,
        rates=reading.rates,
        more=more_of(reading, options, dimensions=own_dimensions),
    )


def clean_origin(frame: pd.DataFrame, policy: Policy, currency: str, fx: Any) -> Origin:
    """Take clean lines from a frame; see :meth:`history.Ledger.from_lines`."""
    engine, code = DuckEngine(), currency_code(currency)
    dimensions = put_lines(frame, engine.connection, code)
    rates, more = None, more_clean(code)
    if fx is not None and policy.currency == "at_start":
        convert_lines(fx, engine.connection, code)
        more = more_clean(code, fx)
    elif fx is not None:
        rates, more = rates_of_lines(fx, engine.connection, code), VALUED
    engine.number("lines", "numbered")
    load(engine)
    return Origin(
        engine,
        code,
        dimensions,
        Findings(),
        frame.iloc[:0].assign(reason=""),
        rates=rates,
        more=more,
    )


def placed_origin(
    engine: Engine,
    table: str,
    policy: Policy,
    *,
    currency: str,
    columns: Mapping[str, str] | None,
) -> Origin:
    """Take the lines of a clean table where it lives; see :meth:`history.Ledger.on`."""
    code = currency_code(currency)
    placed = place_lines(engine, table, currency=code, policy=policy, columns=columns)
    placed.engine.number("lines", "numbered")
    load(placed.engine)
    return Origin(
        placed.engine, code, placed.dimensions, placed.findings, placed.rejected, placed.mapping
    )


def banded(origin: Origin, tables: Tables, bands: Sequence[str]) -> Origin:
    """Give the lines the dimension ``mrr_band``, by what each customer paid at its first close."""
    if BAND in origin.dimensions:
        raise InputError(f"the file has a column {BAND}; rename it, or leave the bands out")
    engine = cast("DuckEngine", origin.engine)  # only what was read from a source has bands
    attach_bands(engine, tables, bands, origin.currency)
    return replace(origin, dimensions=(*origin.dimensions, BAND))
