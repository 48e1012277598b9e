"""The ledger: a billing history as known at the close of one month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

import pandas as pd

from . import months as month
from .added import VALUED, More, more_clean, more_of
from .attributes import BAND, attach_attributes, attach_bands, read_attributes
from .audit import Audit, audit_of, guessed_products
from .carried import CarriedTables
from .churn_reasons import churn_reasons_of
from .closing import Replaces, closing_findings, joined
from .cohorts import Cohorts, Every, cohorts_of
from .engines import DuckEngine, Engine
from .errors import InputError, NotEnoughHistoryError
from .exchange import Rates
from .findings import Findings
from .fingerprint import Fingerprint, fingerprint_of
from .foreign import tables_of
from .future import FutureMrr, future_mrr_of
from .inplace import place_lines
from .known import default_as_of, known_findings, refuse_unpaid
from .lives import Lives, lives_of
from .memo import Memo
from .metrics import Metric, metrics_of, retention_spread_of
from .money import currency_code
from .movements import Movements, customer_movements_of, movements_of
from .plain import put_lines
from .policed import lacking, policy_findings
from .policy import Policy
from .preset_spread import PresetFigures, preset_spread_of
from .price_volume import price_volume_of
from .reading import rates_of_lines, read_lines
from .reconcile import Reconciliation, reconciliation_of
from .renewals import Renewals, renewals_of
from .restatement import Restatement, restatement_of
from .revenue import RevenueSchedule
from .revenue_bridge import RevenueBridge, revenue_bridge_of
from .revenue_tables import revenue_of
from .segments import Segments, dimension_names
from .stages import Stages, stage_bounds, stages_of
from .tables import Tables, load

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Ledger"]

Made = TypeVar("Made")
By = str | Sequence[str] | None
Rejected = pd.DataFrame | Callable[[], pd.DataFrame]

_ELSEWHERE = "the ledger was computed where its table lives: add to the table"


class Ledger:
    """A billing history as known at the close of ``as_of``; frozen.

    Made by :meth:`read` from a file or frame, or by :meth:`from_lines` from clean lines.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({
    ...     "customer": ["A", "B"], "start_date": ["2025-01-01", "2025-02-10"],
    ...     "end_date": ["2025-03-01", None], "mrr": [10000, 4000]})
    >>> ledger = Ledger.from_lines(lines, as_of="2025-03", currency="EUR")
    >>> ledger.as_of, ledger.first_month
    (Period('2025-03', 'M'), Period('2025-01', 'M'))
    >>> ledger.movements().matrix("churn")["total"].tolist()
    [nan, 0.0, -100.0]
    >>> ledger.at("2025-02").movements().matrix("closing")["total"].tolist()
    [100.0, 140.0]
    """

    __slots__ = (
        "_as_of", "_cache", "_currency", "_dimensions", "_engine", "_findings", "_heard",
        "_invoices", "_mapping", "_more", "_moving", "_notices", "_policy", "_rates", "_rejected",
        "_tables",
    )  # fmt: skip

    def __init__(
        self,
        engine: Engine,
        *,
        as_of: int,
        currency: str,
        policy: Policy,
        dimensions: tuple[str, ...],
        findings: Findings,
        mapping: Mapping[str, Any],
        rejected: Rejected,
        heard: Findings | None = None,
        notices: bool = True,
        invoices: bool = False,
        rates: Rates | None = None,
        more: More = _ELSEWHERE,
        tables: Tables | None = None,
    ) -> None:
        self._engine = engine
        self._as_of = as_of
        self._currency = currency
        self._policy = policy
        self._dimensions = dimensions
        self._findings = findings
        self._mapping = mapping
        self._rejected = rejected
        self._heard = Findings() if heard is None else heard
        self._notices = notices
        self._invoices = invoices
        self._rates = rates
        self._more = more
        self._tables, self._moving = (
            tables_of(engine, policy, as_of, rates, notices=notices)
            if tables is None
            else (tables, tables)
        )
        self._cache: dict[tuple[object, ...], object] = {}
        if self._tables.first is None:
            refuse_unpaid(engine, as_of)

    @classmethod
    def read(
        cls,
        source: str | Path | pd.DataFrame | object,
        *,
        as_of: str | pd.Period | None = None,
        currency: str | None = None,
        columns: Mapping[str, str] | None = None,
        customers: str | Path | pd.DataFrame | None = None,
        date_order: Literal["dmy", "mdy"] | None = None,
        decimal: Literal[".", ","] | None = None,
        encoding: str | None = None,
        fx: Any = None,
        mrr_bands: Sequence[str] = (),
        part_months: Literal["days", "calendar"] = "days",
        policy: Policy | None = None,
        sheet: str | None = None,
        query: str | None = None,
        table: str | None = None,
        profile: str | None = None,
    ) -> Ledger:
        """Read a ledger from a file, a folder, a database, a frame, or a product's export.

        Parameters
        ----------
        source
            Path of a csv, csv.gz, xlsx or parquet file or of a folder of them; the address of a
            database (``postgresql+psycopg://user@host/database``); a frame of pandas, polars,
            pyarrow or Spark, or a DuckDB relation. One row a subscription line,
            or an invoice line with its service period (see the docs on the ledger's columns and
            on sources).
        as_of
            The last month of history, "YYYY-MM". None: the month of the newest date in the
            file that is not after today, said in a finding.
        currency
            Reporting currency (ISO 4217), and that of rows where the file names none.
        columns
            Field of the ledger -> column of the file, where the guess is wrong.
        customers
            A second file or frame, one row a customer; its other columns become dimensions.
        date_order, decimal, encoding, sheet
            How to read dates like 03/04/2025, amounts like 1,234, the bytes, and which sheet.
        fx
            Rates, for a file with several currencies: path or frame with the columns month,
            currency and rate (units of the reporting currency for one of that currency).
        mrr_bands
            Where one band of MRR ends and the next begins, in major units ("100", "500"): makes
            the dimension ``mrr_band``, by what each customer paid at its first close.
        part_months
            Of invoice lines: how long a service period is that is not whole months, "days" (by
            365.25 / 12) or "calendar" (whole months and a share of a calendar month).
        policy
            The definitions in force; None for the defaults.
        query, table
            What is read of a database: a SELECT, or a table's name with its schema.
        profile
            The product's export that the source is (``"stripe-subscriptions"``); None to
            recognise it by its columns, ``"none"`` to read a plain table.

        Raises
        ------
        InputError
            The file cannot be read as a ledger, or holds nothing that pays up to ``as_of``.
        CurrencyError
            An unknown currency, or several without rates.
        """
        policy = policy or Policy()
        engine = DuckEngine()
        options: dict[str, Any] = {
            "columns": columns,
            "date_order": date_order,
            "decimal": decimal,
            "encoding": encoding,
            "fx": fx,
            "part_months": part_months,
            "profile": profile,
            "weeks_per_month": policy.weeks_per_month,
            "at_start": policy.currency == "at_start",
        }
        where: dict[str, Any] = {"sheet": sheet, "query": query, "table": table}
        reading = read_lines(source, engine.connection, currency=currency, **where, **options)
        engine.files = reading.files
        dimensions, findings = tuple(reading.dimensions), reading.findings
        if customers is not None:
            attributes = read_attributes(customers, encoding=encoding)
            findings += attach_attributes(engine, attributes)
            dimensions += attributes.names
        ledger = cls._loaded(
            engine,
            as_of,
            currency=reading.currency,
            policy=policy,
            dimensions=dimensions,
            findings=findings,
            mapping=reading.mapping,
            rejected=reading.rejected,
            last_month=reading.last_month,
            rates=reading.rates,
            invoices=reading.invoices,
            more=more_of(reading, options, dimensions=bool(mrr_bands or customers is not None)),
        )
        return ledger._in_bands(engine, mrr_bands) if mrr_bands else ledger  # noqa: SLF001

    @classmethod
    def from_lines(
        cls,
        frame: pd.DataFrame,
        *,
        as_of: str | pd.Period | None = None,
        currency: str,
        policy: Policy | None = None,
        fx: Any = None,
    ) -> Ledger:
        """Make a ledger of clean lines, one row a line.

        Parameters
        ----------
        frame
            Columns customer, start_date and mrr (integer minor units a month); optional row,
            subscription, end_date (exclusive), term_end, interval_months, kind, status,
            churn_reason, quantity, unit_price, list_price, currency, and what only some policies
            need: requested and effective (dates of a cancellation), discount_kind (permanent
            or temporary), list_mrr (minor units a month before discounts). Any other column is a
            dimension.
        as_of, currency, policy
            As in :meth:`read`.
        fx
            Rates as in :meth:`read`: ``mrr`` is in minor units of the line's ``currency``. None:
            in those of the reporting currency, whatever stands there.

        Raises
        ------
        InputError
            A column is missing, a value is none of its kind, or nothing pays up to ``as_of``.
        """
        engine = DuckEngine()
        code = currency_code(currency)
        dimensions = put_lines(frame, engine.connection, code)
        engine.number("lines", "numbered")
        load(engine)
        return cls._loaded(
            engine,
            as_of,
            currency=code,
            policy=policy or Policy(),
            dimensions=dimensions,
            findings=Findings(),
            mapping={},
            rejected=frame.iloc[:0].assign(reason=""),
            rates=None if fx is None else rates_of_lines(fx, engine.connection, code),
            more=more_clean(code) if fx is None else VALUED,
        )

    @classmethod
    def on(
        cls,
        engine: Engine,
        table: str,
        *,
        as_of: str | pd.Period | None = None,
        currency: str,
        policy: Policy | None = None,
        columns: Mapping[str, str] | None = None,
    ) -> Ledger:
        """Compute a ledger where a clean table already lives; only small tables are pulled.

        Parameters
        ----------
        engine
            Where the table lives: :class:`~history.engines.DuckEngine`,
            :class:`~history.engines.PostgresEngine` or :class:`~history.engines.SparkEngine`.
            The table itself is only read, once.
        table
            Its name, parts divided by points, as it stands in the catalogue. One row a
            subscription line; columns customer_id, start, and amount with interval, or mrr, or
            arr (in major units); optional end (exclusive), interval_count, subscription_id,
            term_end, currency, kind, status, churn_reason, quantity, unit_price, list_price.
            Dates are dates and amounts numbers. Any other column is a dimension.
        as_of, currency, policy
            As in :meth:`read`; every row must be in this currency.
        columns
            Field -> column of the table where it is called differently, "" where there is none.

        Raises
        ------
        InputError
            The table cannot be read as a ledger, or holds nothing that pays up to ``as_of``.
        CurrencyError
            Rows are in other currencies.
        """
        code, policy = currency_code(currency), policy or Policy()
        placed = place_lines(engine, table, currency=code, policy=policy, columns=columns)
        placed.engine.number("lines", "numbered")
        load(placed.engine)
        return cls._loaded(
            placed.engine,
            as_of,
            currency=code,
            policy=policy,
            dimensions=placed.dimensions,
            findings=placed.findings,
            mapping=placed.mapping,
            rejected=placed.rejected,
        )

    @classmethod
    def _loaded(
        cls,
        engine: Engine,
        as_of: str | pd.Period | None,
        *,
        currency: str,
        policy: Policy,
        dimensions: tuple[str, ...],
        findings: Findings,
        mapping: Mapping[str, Any],
        rejected: Rejected,
        last_month: pd.Period | None = None,
        invoices: bool = False,
        rates: Rates | None = None,
        more: More = _ELSEWHERE,
    ) -> Ledger:
        if as_of is None and last_month is not None:
            as_of = last_month
        if as_of is None:
            index, notes = default_as_of(engine, date.today())  # noqa: DTZ011
        else:
            index, notes = month.index_of(as_of), Findings()
        heard = findings + notes
        if rates is not None:
            rates.share(engine, index)
        return cls(
            engine,
            as_of=index,
            currency=currency,
            policy=policy,
            dimensions=dimensions,
            findings=heard + _known(engine, index, policy, mapping, rates),
            mapping=mapping,
            rejected=rejected,
            invoices=invoices,
            heard=heard,
            rates=rates,
            more=more,
        )

    def _in_bands(self, engine: DuckEngine, bands: Sequence[str]) -> Ledger:
        """Give the same ledger with the dimension ``mrr_band``."""
        if BAND in self._dimensions:
            raise InputError(f"the file has a column {BAND}; rename it, or leave the bands out")
        attach_bands(engine, self._tables, bands, self._currency)
        return Ledger(
            engine,
            as_of=self._as_of,
            currency=self._currency,
            policy=self._policy,
            dimensions=(*self._dimensions, BAND),
            findings=self._findings,
            mapping=self._mapping,
            rejected=self._rejected,
            heard=self._heard,
            notices=self._notices,
            invoices=self._invoices,
            rates=self._rates,
            more=self._more,
        )

    @property
    def as_of(self) -> pd.Period:
        """The last month of history."""
        return month.period(self._as_of)

    @property
    def currency(self) -> str:
        """The reporting currency (ISO 4217)."""
        return self._currency

    @property
    def policy(self) -> Policy:
        """The definitions in force."""
        return self._policy

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The columns by which the ledger can be segmented."""
        return self._dimensions

    @property
    def findings(self) -> Findings:
        """Everything found while reading."""
        return self._findings

    @property
    def mapping(self) -> Mapping[str, Any]:
        """Field of the ledger -> column of the file."""
        return self._mapping

    @property
    def rejected(self) -> pd.DataFrame:
        """The rows left out, as in the file, with row number and reason."""
        return self._rejected() if callable(self._rejected) else self._rejected

    @property
    def first_month(self) -> pd.Period:
        """Month of the earliest line that pays at its close."""
        return month.period(self._tables.first_month)

    @property
    def last_month(self) -> pd.Period:
        """The last month of history: ``as_of``."""
        return self.as_of

    def __repr__(self) -> str:
        return f"<Ledger {self.first_month} to {self.as_of}, {self.currency}>"

    def at(self, as_of: str | pd.Period) -> Ledger:
        """Go back to what was known at the close of an earlier month.

        Lines started later are gone, ends dated later are forgotten (unless they are dates of
        renewal), and so are notices given later.

        Raises
        ------
        InputError
            The month lies after this ledger's ``as_of``.
        NotEnoughHistoryError
            The month lies before the first month of history.
        """
        index = month.index_of(as_of)
        if index == self._as_of:
            return self
        if index > self._as_of:
            raise InputError(f"{month.text(index)} lies after the ledger's as_of {self.as_of}")
        if index < self._tables.first_month:
            raise NotEnoughHistoryError(
                f"the history begins in {self.first_month}; nothing is known at {month.text(index)}"
            )
        return Ledger(
            self._engine,
            as_of=index,
            currency=self._currency,
            policy=self._policy,
            dimensions=self._dimensions,
            findings=self._findings,
            mapping=self._mapping,
            rejected=self._rejected,
            heard=self._heard,
            notices=False,
            invoices=self._invoices,
            rates=self._rates,
            more=self._more,
        )

    def close(
        self,
        lines: Any = None,
        *,
        as_of: str | pd.Period | None = None,
        replaces: Replaces = "line",
        **options: Any,
    ) -> Ledger:
        """Close a later month: the same ledger with the lines that were added or changed since.

        It equals a ledger read from one file of all the lines. Only the added lines are read, and
        only customers whose MRR they may change, or of whom a line begins or ends since this
        ledger's ``as_of``, have their change points computed again; those of the others are
        carried over, if this ledger has computed them. Findings tell what the lines changed in
        months that were closed. This ledger stays as it is.

        Parameters
        ----------
        lines
            What :meth:`read` takes (:meth:`from_lines`, if this ledger was made so): lines new or
            changed, in the columns, currency and policy of this ledger. None where nothing is new.
        as_of
            The month to be closed, this ledger's or a later one. None: the one after this
            ledger's.
        replaces
            Whose place an added line takes: "line", that of its customer's and subscription's line
            with the same start (another start is another line); "subscription", that of all lines
            of its customer's subscription. A line without a subscription is always a new one.
        options
            Options of :meth:`read` in which these lines are told otherwise (date_order, sheet).

        Raises
        ------
        InputError
            The month lies before this ledger's, the lines cannot be read as its lines were, or it
            was read from what can only be read as a whole: invoice lines, a customer x month
            table, currencies valued at each close, with attributes of customers or bands of MRR,
            or by :meth:`on`. Read the whole export then.

        Examples
        --------
        >>> import pandas as pd
        >>> names = ["customer", "subscription", "start_date", "end_date", "mrr"]
        >>> may = pd.DataFrame([["A", "1", "2026-04-01", None, 10000]], columns=names)
        >>> june = pd.DataFrame([["A", "1", "2026-04-01", "2026-06-15", 10000],
        ...                      ["B", "2", "2026-06-03", None, 4000]], columns=names)
        >>> ledger = Ledger.from_lines(may, as_of="2026-05", currency="EUR")
        >>> closed = ledger.close(june)
        >>> closed
        <Ledger 2026-04 to 2026-06, EUR>
        >>> closed.movements().matrix("churn")["total"].tolist()
        [nan, 0.0, -100.0]
        """
        index = self._as_of + 1 if as_of is None else month.index_of(as_of)
        if index < self._as_of:
            raise InputError(
                f"{month.text(index)} lies before the ledger's as_of {self.as_of}; use at"
            )
        if isinstance(self._more, str):
            raise InputError(f"{self._more}; read the whole as of {month.text(index)}")
        added = None if lines is None else self._more(lines, options)
        engine = joined(self._engine, self._dimensions, added, replaces)
        tables = CarriedTables(
            engine.fork(), self._policy, index, notices=True, earlier=self._tables
        )
        heard = Findings(item for item in self._heard if item.rule != "as-of-guessed")
        heard += added.findings if added else Findings()
        heard += closing_findings(tables, self._tables, self._dimensions, self._currency)
        return Ledger(
            engine,
            as_of=index,
            currency=self._currency,
            policy=self._policy,
            dimensions=self._dimensions,
            findings=heard + _known(engine, index, self._policy, self._mapping, self._rates),
            mapping=self._mapping,
            rejected=self.rejected if added is None else added.rejected,
            heard=heard,
            more=self._more,
            tables=tables,
        )

    def under(self, policy: Policy) -> Ledger:
        """Give the same lines under another policy; what it lacks stands in the findings.

        Raises
        ------
        InputError
            The policy has other weeks in a month, or another rate for other currencies: prices are
            read with them.
        """
        if policy == self._policy:
            return self
        if policy.weeks_per_month != self._policy.weeks_per_month:
            raise InputError(
                f"weeks_per_month is {policy.weeks_per_month}, but the prices were read with "
                f"{self._policy.weeks_per_month}; read the ledger again with that policy"
            )
        if policy.currency != self._policy.currency and self._several_currencies():
            raise InputError(
                f"currency is {policy.currency}, but the amounts were read with "
                f"{self._policy.currency}; read the ledger again with that policy"
            )
        return Ledger(
            self._engine,
            as_of=self._as_of,
            currency=self._currency,
            policy=policy,
            dimensions=self._dimensions,
            findings=self._heard
            + _known(self._engine, self._as_of, policy, self._mapping, self._rates),
            mapping=self._mapping,
            rejected=self._rejected,
            heard=self._heard,
            notices=self._notices,
            invoices=self._invoices,
            rates=self._rates,
            more=self._more,
        )

    def _several_currencies(self) -> bool:
        """Say whether any line is in another currency than the reporting one."""
        others = f"SELECT COUNT(*) AS n FROM numbered WHERE currency <> '{self._currency}'"
        return bool(self._engine.frame(others)["n"].iloc[0])

    def restated(self, since: Ledger) -> Restatement:
        """Give what this ledger says otherwise of the months that an earlier export had closed.

        Parameters
        ----------
        since
            The earlier export; this ledger is read at its ``as_of``, as by :meth:`at`.

        Raises
        ------
        InputError
            This ledger ends before the earlier one, they differ in currency or policy, or one
            values its lines at the rates of each close.
        NotEnoughHistoryError
            This ledger knows nothing up to that month.
        """
        if self._currency != since._currency:
            raise InputError(
                f"the ledgers are in {since._currency} and {self._currency}; read both in one"
            )
        if self._policy != since._policy:
            raise InputError("the ledgers were read under two policies; read both under one")
        if self._rates is not None or since._rates is not None:
            raise InputError(
                "restatements are told of amounts that were converted once; read both ledgers "
                "with the policy currency: at_start"
            )
        then: Ledger = self.at(since.as_of)
        return restatement_of(
            since._tables, then._tables, since._dimensions, self._dimensions, self._currency
        )

    def segments(self, by: By) -> Segments:
        """Give the segments of these dimensions.

        Raises
        ------
        UnknownNameError
            A name is no dimension of the ledger.
        """
        return self._once("segments", by, self._tables.use)

    def movements(self, by: By = None) -> Movements:
        """Give the MRR movements by month, optionally by dimensions."""

        def make(names: tuple[str, ...]) -> Movements:
            return movements_of(self._moving, names, self._currency)

        return self._once("movements", by, make)

    def churn_reasons(self, by: By = None) -> Memo:
        """Give churn split into voluntary, involuntary and unknown; they add up to it exactly.

        A customer's churn has one reason: that of its largest line that ended at that close and
        names one.
        """

        def make(names: tuple[str, ...]) -> Memo:
            return churn_reasons_of(self._moving, names, self._currency)

        return self._once("churn reasons", by, make)

    def price_volume(self, by: By = None, *, item: str | None = None) -> Memo:
        """Give expansion and contraction split into price, volume, mix and what cannot be split.

        Per item of a customer: price is the change of the price of a unit x the quantity before,
        volume the change of the quantity x the price before; mix is the rest (both at once, items
        that came or went). Changes in which a line has no quantity are not split.

        Parameters
        ----------
        by
            Dimensions.
        item
            The dimension that tells one customer's items apart; None: its subscriptions.
        """

        def make(names: tuple[str, ...]) -> Memo:
            return price_volume_of(
                self._tables, names, self._currency, item=item, dimensions=self._dimensions
            )

        return self._once(f"price and volume {item!r}", by, make)

    def stages(self, by: By = None, *, boundaries: Sequence[int] = (12, 24, 36)) -> Stages:
        """Give the movements by the stage of the customers' lives, with what their ages move.

        Parameters
        ----------
        by
            Dimensions.
        boundaries
            Ages at which a stage ends and the next begins, in months since the first close with
            MRR > 0, rising.

        Raises
        ------
        InputError
            The boundaries do not rise, or a dimension is called "stage".
        """
        bounds = stage_bounds(boundaries)

        def make(names: tuple[str, ...]) -> Stages:
            return stages_of(self._moving, names, self._currency, bounds)

        return self._once(f"stages {bounds}", by, make)

    def cohorts(self, by: By = None, *, every: Every = "month") -> Cohorts:
        """Give the cohorts by month, quarter or year of first payment, optionally by dimensions.

        Raises
        ------
        UnknownNameError
            ``every`` is none of "month", "quarter" and "year".
        """

        def make(names: tuple[str, ...]) -> Cohorts:
            return cohorts_of(self._tables, names, self._currency, every)

        return self._once(f"cohorts {every}", by, make)

    def lives(self, by: By = None) -> Lives:
        """Give the lives of customers by age, optionally by dimensions."""

        def make(names: tuple[str, ...]) -> Lives:
            return lives_of(self._tables, names, self._currency)

        return self._once("lives", by, make)

    def future_mrr(self, months: int = 12, by: By = None) -> FutureMrr:
        """Give the MRR of the months after ``as_of`` by how certain it is, with CMRR by month.

        Raises
        ------
        InputError
            Not 1 to 120 months.
        """

        def make(names: tuple[str, ...]) -> FutureMrr:
            return future_mrr_of(self._tables, names, months, self._currency)

        return self._once(f"future {months}", by, make)

    def renewals(self, months: int = 12, by: By = None) -> Renewals:
        """Give what comes up for renewal in the months after ``as_of``, and renewal's history.

        Raises
        ------
        InputError
            Not 1 to 120 months.
        """

        def make(names: tuple[str, ...]) -> Renewals:
            return renewals_of(self._tables, names, months, self._currency)

        return self._once(f"renewals {months}", by, make)

    def metrics(self, period: int = 12, by: By = None) -> list[Metric]:
        """Give levels, retention and flows over the last ``period`` months.

        Without ``by`` one entry a name; with it the total first, then each segment. A
        segment's retention is that of the MRR inside it: a move to another segment is lost.
        """

        def make(names: tuple[str, ...]) -> list[Metric]:
            return metrics_of(self._tables, self._moving, self.movements(names), names, period)

        return list(self._once(f"metrics {period}", by, make))

    def retention_spread(self, period: int = 12, by: By = None) -> list[Metric]:
        """Give the same ledger's retention under every published definition."""

        def make(names: tuple[str, ...]) -> list[Metric]:
            flows = movements_of(self._tables, names, self._currency)
            return retention_spread_of(self._tables, flows, names, period)

        return list(self._once(f"spread {period}", by, make))

    def lacking(self, policy: Policy) -> dict[str, tuple[str, ...]]:
        """Give the switches of a policy that cannot act here, with the fields they miss."""
        return lacking(self._engine, policy)

    def preset_spread(self, period: int = 12) -> list[PresetFigures]:
        """Give the same ledger under the policies that products publish, each by its formulas."""

        def make(names: tuple[str, ...]) -> list[PresetFigures]:
            del names
            return preset_spread_of(self, period)

        return list(self._once(f"presets {period}", None, make))

    def reconcile(self, finance: Mapping[str, str | int | Decimal]) -> Reconciliation:
        """Lay closing MRR as finance has it ("YYYY-MM" -> amount as text) beside the ledger's."""
        return reconciliation_of(
            finance,
            ledger=self.movements().closing_minor,
            as_of=self.as_of,
            currency=self._currency,
            measure="closing MRR",
        )

    def reconcile_revenue(self, finance: Mapping[str, str | int | Decimal]) -> Reconciliation:
        """Lay finance's recognised revenue ("YYYY-MM" -> amount as text) beside the ledger's.

        Raises
        ------
        InputError
            The ledger was not read from invoice lines, a month lies after ``as_of``, or an amount
            is none.
        """
        return reconciliation_of(
            finance,
            ledger=self.revenue().recognised_minor,
            as_of=self.as_of,
            currency=self._currency,
            measure="recognised revenue",
        )

    def revenue(
        self, by: By = None, *, late: Literal["service", "invoiced"] = "service"
    ) -> RevenueSchedule:
        """Give revenue by month: invoiced, recognised by service days, deferred, unbilled.

        Parameters
        ----------
        by
            Dimensions.
        late
            Service before its invoice (and a credit note for a time that is over) is revenue of
            the months of service, "service", or of the month of the invoice, "invoiced": then no
            closed month moves, and nothing is unbilled.

        Raises
        ------
        InputError
            The ledger was not read from invoice lines.
        """
        self._refuse_no_invoices()

        def make(names: tuple[str, ...]) -> RevenueSchedule:
            return revenue_of(
                self._tables.engine,
                names,
                self._dimensions,
                as_of=self._as_of,
                currency=self._currency,
                late=late,
            )

        return self._once(f"revenue {late}", by, make)

    def revenue_bridge(self, of: str | pd.Period | None = None) -> RevenueBridge:
        """Give the steps from a month's closing MRR to its recognised revenue.

        Parameters
        ----------
        of
            The month; None for ``as_of``.

        Raises
        ------
        InputError
            The ledger was not read from invoice lines, or the month lies after ``as_of``.
        """
        index = month.index_of(self.as_of if of is None else of)
        if index > self._as_of:
            raise InputError(f"{month.text(index)} lies after the ledger's as_of {self.as_of}")
        schedule, at = self.revenue(), month.period(index)
        return revenue_bridge_of(
            self._tables.engine,
            index,
            as_of=self._as_of,
            currency=self._currency,
            mrr=self.movements().closing_minor(at),
            revenue=schedule.recognised_minor(at),
        )

    def _refuse_no_invoices(self) -> None:
        if not self._invoices:
            raise InputError(
                "revenue needs invoice lines (invoice_id, customer_id, start, end, amount): this "
                "ledger has prices by month, which say nothing of what was invoiced"
            )

    def audit(self, product: By = None) -> Audit:
        """Look for probable billing omissions and errors, ranked by the money at stake a month.

        Parameters
        ----------
        product
            The dimensions that say what is sold; lines of one customer and product follow each
            other. None: those with a name such as plan, product or tier.

        Raises
        ------
        UnknownNameError
            A name is no dimension of the ledger.
        """

        def make(products: tuple[str, ...]) -> Audit:
            return audit_of(
                self._engine.fork(),
                as_of=self._as_of,
                later=self._notices,
                currency=self._currency,
                rates=self._rates,
                products=products,
            )

        return self._once("audit", product or guessed_products(self._dimensions), make)

    def fingerprint(self) -> Fingerprint:
        """Give the hashes of what is known of the past."""

        def make(names: tuple[str, ...]) -> Fingerprint:
            del names
            return fingerprint_of(self._tables, self._dimensions, self._currency, self._rates)

        return self._once("fingerprint", None, make)

    def lines(self) -> pd.DataFrame:
        """Give the cleaned lines known at ``as_of``, in the order of the file.

        Returns
        -------
        DataFrame
            The columns of :meth:`from_lines`, ``mrr`` in minor units of the reporting currency,
            with rates by month in those of the line's own. Ends, terms and status are as in the
            file.
        """
        frame = self._engine.frame(
            "SELECT n.* FROM numbered AS n INNER JOIN facts AS f ON n.line_id = f.line_id"
            f" WHERE f.first_month <= {self._as_of} ORDER BY n.line_id"
        )
        return frame.drop(columns="line_id")

    def customer_movements(self) -> pd.DataFrame:
        """Give every movement of every customer, in minor units (for audits of small ledgers).

        Returns
        -------
        DataFrame
            Columns customer, month (period), movement, opening, mrr (signed), closing; sorted.
            In the first month of history the rows are the customers' openings, called "first".
        """
        frame = customer_movements_of(self._moving)
        first = frame["month"] <= self._tables.first_month
        frame["movement"] = frame["movement"].where(~first, "first")
        return frame.assign(month=month.periods(frame["month"]))

    def _once(self, what: str, by: By, make: Callable[[tuple[str, ...]], Made]) -> Made:
        """Compute a table when first asked for; the ledger never changes."""
        names = dimension_names(by, self._dimensions)
        key = (what, names)
        if key not in self._cache:
            self._cache[key] = make(names)
        return cast("Made", self._cache[key])


def _known(
    engine: Engine, as_of: int, policy: Policy, mapping: Mapping[str, Any], rates: Rates | None
) -> Findings:
    """Tell what the reader, who knows no ``as_of`` and no policy, cannot."""
    columns = {field: str(column) for field, column in mapping.items()}
    known = known_findings(engine, as_of, policy, columns, mixed=rates is not None)
    return known + policy_findings(engine, policy, columns)
