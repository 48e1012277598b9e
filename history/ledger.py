"""The ledger: a billing history as known at the close of one month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar

import pandas as pd

from . import months as month
from .audit import Audit, audit_of, guessed_products
from .churn_reasons import churn_reasons_of
from .close_reconciliation import CloseReconciliation, close_reconciliation_of
from .closing import Replaces, closed_origin
from .cohorts import Cohorts, Every, cohorts_of
from .engines import Engine
from .errors import InputError, NotEnoughHistoryError
from .findings import Findings
from .fingerprint import Fingerprint, fingerprint_of
from .foreign import tables_of
from .future import FutureMrr, future_mrr_of
from .known import refuse_unpaid
from .language import marked
from .lives import Lives, lives_of
from .memo import Memo
from .metrics import Metric, metrics_of, retention_spread_of
from .movements import Movements, customer_movements_of, movements_of
from .origin import Origin, banded, clean_origin, placed_origin, read_origin
from .other_books import read_books
from .paying import paying_of
from .plain import all_lines, lines_of
from .policed import lacking
from .policy import Policy
from .preset_spread import PresetFigures, preset_spread_of
from .price_volume import price_volume_of
from .reconcile import Reconciliation, reconciliation_of
from .renewals import Renewals, renewals_of
from .restatement import Restatement, refuse_unlike, restatement_of
from .revenue import RevenueSchedule
from .revenue_bridge import RevenueBridge, revenue_bridge_of
from .revenue_tables import NO_INVOICES, revenue_of
from .segments import Segments, dimension_names
from .stages import Stages, stage_bounds, stages_of
from .tables import Tables

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Ledger"]

Made = TypeVar("Made")
P = ParamSpec("P")
Names = tuple[str, ...]
By = str | Sequence[str] | None


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

    __slots__ = ("_as_of", "_findings", "_moving", "_notices", "_origin", "_policy", "_tables")

    def __init__(
        self,
        origin: Origin,
        as_of: int,
        policy: Policy,
        *,
        findings: Findings | None = None,
        notices: bool = True,
        tables: Tables | None = None,
    ) -> None:
        self._origin = origin
        self._as_of = as_of
        self._policy = policy
        self._findings = origin.findings_at(as_of, policy) if findings is None else findings
        self._notices = notices
        # The tables at the rates of as_of, and those at the rates of each close.
        self._tables, self._moving = (
            tables_of(origin.engine, policy, as_of, origin.rates, notices=notices)
            if tables is None
            else (tables, tables)
        )
        if self._tables.first is None:
            refuse_unpaid(origin.engine, as_of)

    @classmethod
    def _of(cls, origin: Origin, as_of: str | pd.Period | None, policy: Policy) -> Ledger:
        dated, index = origin.dated(as_of)
        return cls(dated, index, policy)

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
        origin = read_origin(
            source,
            policy,
            currency=currency,
            customers=customers,
            own_dimensions=bool(mrr_bands or customers is not None),
            where={"sheet": sheet, "query": query, "table": table},
            options={
                "columns": columns,
                "date_order": date_order,
                "decimal": decimal,
                "encoding": encoding,
                "fx": fx,
                "part_months": part_months,
                "profile": profile,
            },
        )
        ledger: Ledger = cls._of(origin, as_of, policy)
        if not mrr_bands:
            return ledger
        in_bands = banded(ledger._origin, ledger._tables, mrr_bands)
        return cls(in_bands, ledger._as_of, policy, findings=ledger._findings)

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
            Rates as in :meth:`read`: ``mrr`` and ``list_mrr`` are in minor units of the line's
            ``currency`` (the policy ``currency: at_start`` converts them once, at the rate of the
            month of ``start_date``). None: in those of the reporting currency, whatever stands
            there.

        Raises
        ------
        InputError
            A column is missing, a value is none of its kind, or nothing pays up to ``as_of``.
        """
        policy = policy or Policy()
        return cls._of(clean_origin(frame, policy, currency, fx), as_of, policy)

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
        policy = policy or Policy()
        origin = placed_origin(engine, table, policy, currency=currency, columns=columns)
        return cls._of(origin, as_of, policy)

    @property
    def as_of(self) -> pd.Period:
        """The last month of history."""
        return month.period(self._as_of)

    @property
    def currency(self) -> str:
        """The reporting currency (ISO 4217)."""
        return self._origin.currency

    @property
    def policy(self) -> Policy:
        """The definitions in force."""
        return self._policy

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The columns by which the ledger can be segmented."""
        return self._origin.dimensions

    @property
    def findings(self) -> Findings:
        """Everything found while reading."""
        return self._findings

    @property
    def mapping(self) -> Mapping[str, Any]:
        """Field of the ledger -> column of the file."""
        return self._origin.mapping

    @property
    def rejected(self) -> pd.DataFrame:
        """The rows left out, as in the file, with row number and reason."""
        rejected = self._origin.rejected
        return rejected() if callable(rejected) else rejected

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
        return Ledger(self._origin, index, self._policy, findings=self._findings, notices=False)

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
        origin, tables = closed_origin(self._origin, self._tables, index, lines, replaces, options)
        return Ledger(origin, index, self._policy, tables=tables)

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
        self._origin.refuse_reread(self._policy, policy)
        return Ledger(self._origin, self._as_of, policy, notices=self._notices)

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
        refuse_unlike((since._origin, since.policy), (self._origin, self.policy))
        then: Ledger = self.at(since.as_of)
        return restatement_of(
            since._tables, then._tables, since.dimensions, self.dimensions, self.currency
        )

    def segments(self, by: By) -> Segments:
        """Give the segments of these dimensions.

        Raises
        ------
        UnknownNameError
            A name is no dimension of the ledger.
        """
        names = dimension_names(by, self.dimensions)
        return self._tables.once(("segments", names), lambda: self._tables.use(names))

    def movements(self, by: By = None) -> Movements:
        """Give the MRR movements by month, optionally by dimensions."""
        return self._table(movements_of, self._moving, by)

    def churn_reasons(self, by: By = None) -> Memo:
        """Give churn split into voluntary, involuntary and unknown; they add up to it exactly.

        A customer's churn has one reason: that of its largest line that ended at that close and
        names one.
        """
        return self._table(churn_reasons_of, self._moving, by)

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
        return self._table(price_volume_of, self._tables, by, item=item, dimensions=self.dimensions)

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
        return self._table(stages_of, self._moving, by, stage_bounds(boundaries))

    def cohorts(self, by: By = None, *, every: Every = "month") -> Cohorts:
        """Give the cohorts by month, quarter or year of first payment, optionally by dimensions.

        Raises
        ------
        UnknownNameError
            ``every`` is none of "month", "quarter" and "year".
        """
        return self._table(cohorts_of, self._tables, by, every)

    def lives(self, by: By = None) -> Lives:
        """Give the lives of customers by age, optionally by dimensions."""
        return self._table(lives_of, self._tables, by)

    def future_mrr(self, months: int = 12, by: By = None) -> FutureMrr:
        """Give the MRR of the months after ``as_of`` by how certain it is, with CMRR by month.

        Raises
        ------
        InputError
            Not 1 to 120 months.
        """
        return self._table(future_mrr_of, self._tables, by, months)

    def renewals(self, months: int = 12, by: By = None) -> Renewals:
        """Give what comes up for renewal in the months after ``as_of``, and renewal's history.

        Raises
        ------
        InputError
            Not 1 to 120 months.
        """
        return self._table(renewals_of, self._tables, by, months)

    def paying(self, by: By = None) -> pd.DataFrame:
        """Give who pays at ``as_of``: one row a customer, segment and currency.

        Returns
        -------
        DataFrame
            Columns customer, segment (its position in :meth:`segments`), currency (of the lines)
            and mrr (int64, minor units of the reporting currency at the rates of ``as_of``; each
            line is rounded for itself). Sorted by customer.
        """
        names = dimension_names(by, self.dimensions)
        return self._tables.once(("paying", names), lambda: paying_of(self._tables, names)).copy()

    def metrics(self, period: int = 12, by: By = None) -> list[Metric]:
        """Give levels, retention and flows over the last ``period`` months.

        Without ``by`` one entry a name; with it the total first, then each segment. A
        segment's retention is that of the MRR inside it: a move to another segment is lost.
        """
        names, flows = dimension_names(by, self.dimensions), self.movements(by)
        found = self._tables.once(
            ("metrics", names, period),
            lambda: metrics_of(self._tables, self._moving, flows, names, period),
        )
        return list(found)

    def retention_spread(self, period: int = 12, by: By = None) -> list[Metric]:
        """Give the same ledger's retention under every published definition."""
        names, flows = (
            dimension_names(by, self.dimensions),
            self._table(movements_of, self._tables, by),
        )
        found = self._tables.once(
            ("spread", names, period),
            lambda: retention_spread_of(self._tables, flows, names, period),
        )
        return list(found)

    def lacking(self, policy: Policy) -> dict[str, tuple[str, ...]]:
        """Give the switches of a policy that cannot act here, with the fields they miss."""
        return lacking(self._origin.engine, policy)

    def preset_spread(self, period: int = 12) -> list[PresetFigures]:
        """Give the same ledger under the policies that products publish, each by its formulas."""
        return list(self._tables.once(("presets", period), lambda: preset_spread_of(self, period)))

    def reconcile(self, finance: Mapping[str, str | int | Decimal]) -> Reconciliation:
        """Lay closing MRR as finance has it ("YYYY-MM" -> amount as text) beside the ledger's."""
        return reconciliation_of(
            finance,
            ledger=self.movements().closing_minor,
            as_of=self.as_of,
            currency=self.currency,
            measure=marked("closing MRR"),
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
            currency=self.currency,
            measure=marked("recognised revenue"),
        )

    def reconcile_books(
        self,
        *,
        crm: str | Path | pd.DataFrame | None = None,
        accounting: str | Path | pd.DataFrame | None = None,
        at: str | pd.Period | None = None,
        decimal: str = ".",
    ) -> CloseReconciliation:
        """Lay the CRM's and accounting's amounts beside closing MRR, customer by customer.

        Parameters
        ----------
        crm
            What each customer is to pay a month: a file or frame with a customer and mrr (or arr).
        accounting
            What was earned of each customer in the month: a customer and amount.
        at
            The month; None for ``as_of``.
        decimal
            Decimal sign of their amounts.

        Raises
        ------
        InputError
            Neither is given, a file cannot be read so, or the month lies after ``as_of``.
        """
        given = {"crm": crm, "accounting": accounting}
        books = {
            name: read_books(source, self.currency, decimal=decimal)
            for name, source in given.items()
            if source is not None
        }
        if not books:
            raise InputError("give the CRM's or accounting's amounts: there is nothing to compare")
        ledger: Ledger = self if at is None else self.at(at)
        return close_reconciliation_of(
            ledger.paying(), all_lines(self._origin.engine, self._policy, self.currency),
            ledger._as_of, self.currency, books,
        )  # fmt: skip

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
        if not self._origin.invoices:
            raise InputError(NO_INVOICES)
        return self._table(revenue_of, self._tables, by, self.dimensions, late)

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
        index = self._as_of if of is None else month.index_of(of)
        if index > self._as_of:
            raise InputError(f"{month.text(index)} lies after the ledger's as_of {self.as_of}")
        return revenue_bridge_of(self._tables, index, self.revenue(), self.movements())

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
        products = dimension_names(product or guessed_products(self.dimensions), self.dimensions)
        return self._tables.once(
            ("audit", products),
            lambda: audit_of(
                self._origin.engine.fork(),
                as_of=self._as_of,
                later=self._notices,
                currency=self.currency,
                rates=self._origin.rates,
                products=products,
            ),
        )

    def fingerprint(self) -> Fingerprint:
        """Give the hashes of what is known of the past."""
        known = (self.dimensions, self.currency, self._origin.rates)
        return self._tables.once(("fingerprint",), lambda: fingerprint_of(self._tables, *known))

    def lines(self) -> pd.DataFrame:
        """Give the cleaned lines known at ``as_of``, in the order of the file.

        Returns
        -------
        DataFrame
            The columns of :meth:`from_lines`, ``mrr`` in minor units of the reporting currency,
            with rates by month in those of the line's own. Ends, terms and status are as in the
            file.
        """
        return lines_of(self._origin.engine, self._as_of)

    def customer_movements(self) -> pd.DataFrame:
        """Give every movement of every customer, in minor units (for audits of small ledgers).

        Returns
        -------
        DataFrame
            Columns customer, month (period), movement, opening, mrr (signed), closing; sorted.
            In the first month of history the rows are the customers' openings, called "first".
        """
        return customer_movements_of(self._moving)

    def _table(
        self,
        make: Callable[Concatenate[Tables, Names, str, P], Made],
        tables: Tables,
        by: By,
        *more: P.args,
        **named: P.kwargs,
    ) -> Made:
        """Compute a table by dimensions from the tables behind this ledger."""
        names = dimension_names(by, self.dimensions)
        return tables.answer(make, names, self.currency, *more, **named)
