"""Service periods: how many months an invoice line pays for, and what that is a month."""

from __future__ import annotations

import duckdb

__all__ = ["PART_MONTHS", "price_invoices"]

PART_MONTHS = ("days", "calendar")
"""How long a period is that is not whole months: its days by 365.25 / 12, or whole months and the
rest as a share of the calendar month it falls in."""


def price_invoices(connection: duckdb.DuckDBPyConnection, part_months: str) -> None:
    """Give every line of the table of bills its monthly amount, rounded once, half-even.

    - Whole months (1 January to 1 August; month ends count as such, 31 January to 28 February):
      amount / months.
    - A proration or a negative line inside a longer period of whole months of its subscription
      (or of the invoice that it credits) is a share of that period: amount x days of the period
      / (its months x days served). One that takes back all that was left of the invoice, or that
      charges the price which the next invoice goes on with, rounding apart, counts exactly that
      price, so that an upgrade leaves no cents behind.
    - Other periods: amount x 365.25 / 12 / days, or by the calendar (`PART_MONTHS`).

    Leaves the columns ``mrr`` (minor units of the line's currency; of lines paid once the whole
    amount) and ``months`` (at least 1) in the table of bills.
    """
    connection.execute(f"CREATE OR REPLACE TABLE reading_spans AS {_spans(part_months)}")
    connection.execute(
        "CREATE OR REPLACE TABLE reading_parts AS SELECT * FROM reading_spans "
        "WHERE recurring AND (whole IS NULL OR amount < 0 OR kind = 'proration')"
    )
    connection.execute(f"CREATE OR REPLACE TABLE reading_shares AS {_shares()}")
    connection.execute("""
CREATE OR REPLACE TABLE reading_bills AS
SELECT b.* EXCLUDE (once), p.recurring, p.months,
    CASE WHEN p.recurring THEN CAST(reading_nearest(
        coalesce(s.numerator, p.numerator), coalesce(s.denominator, p.denominator)
    ) AS BIGINT) ELSE b.amount END AS mrr
FROM reading_bills AS b INNER JOIN reading_spans AS p ON p."row" = b."row"
LEFT JOIN reading_shares AS s ON s."row" = b."row" """)


def _spans(part_months: str) -> str:
    """Write the query of each line's days, whole months (NULL if it has none) and price."""
    first, last = "CAST(day(start_date) AS INTEGER)", "CAST(day(end_date) AS INTEGER)"
    longest_first, longest_last = "day(last_day(start_date))", "day(last_day(end_date))"
    months = "(year(end_date) - year(start_date)) * 12 + month(end_date) - month(start_date)"
    whole = (
        f"CASE WHEN {first} = {last} OR ({first} = {longest_first} AND {last} > {first}) "
        f"OR ({last} = {longest_last} AND {first} > {last}) THEN nullif({months}, 0) END"
    )
    if part_months == "calendar":
        numerator = "CAST(amount AS HUGEINT) * last_days"
        denominator = "full_months * last_days + days - full_days"
    else:
        numerator, denominator = "CAST(amount AS HUGEINT) * 36525", "1200 * days"
    return f"""
SELECT *, CASE WHEN whole IS NULL THEN {numerator} ELSE amount END AS numerator,
    CAST(CASE WHEN whole IS NULL THEN {denominator} ELSE whole END AS HUGEINT) AS denominator,
    CAST(greatest(1, coalesce(whole, round(days * 12 / 365.25))) AS INTEGER) AS months
FROM (
    SELECT *, full_end - start_date AS full_days,
        CAST(full_end + INTERVAL 1 MONTH AS DATE) - full_end AS last_days
    FROM (
        SELECT *, CAST(start_date + to_months(full_months) AS DATE) AS full_end
        FROM (
            SELECT "row", customer, subscription, invoice, credit_of, currency, kind, amount,
                start_date, end_date, CAST(end_date - start_date AS BIGINT) AS days,
                CAST({whole} AS BIGINT) AS whole,
                CAST(datesub('month', start_date, end_date) AS INTEGER) AS full_months,
                kind IN ('recurring', 'proration', 'credit') AND NOT once AS recurring
            FROM reading_bills
        ) AS measured
    ) AS filled
) AS rest"""


def _shares() -> str:
    """Write the query of the lines that are a share of a longer period, with their price.

    Of several periods around a line that one is taken which it takes back in full, else the one
    whose invoice it names, else the shortest.
    """
    exact = "CAST({0} AS HUGEINT) * {1}"
    left = exact.format("p.amount", "s.days")
    own = exact.format("s.amount", "p.days")
    # A proration by the second may miss the whole day by up to one day's share.
    slack = "CASE WHEN s.kind = 'proration' THEN p.amount ELSE p.days - 1 END"
    taken_back = (
        f"(s.amount < 0 AND (abs({own} + {left}) <= {slack} OR (s.whole IS NOT NULL AND "
        f"abs({exact.format('s.amount', 'p.whole')} + {exact.format('p.amount', 's.whole')}) "
        "< p.whole)))"
    )
    # The next invoice's price, as a share of the period that is left.
    going_on = exact.format("n.amount", "b.span_whole * b.days")
    charged = exact.format("b.amount", "n.whole * b.span_days")
    later_slack = (
        "CASE WHEN b.kind = 'proration' THEN CAST(n.amount AS HUGEINT) * b.span_whole "
        "ELSE CAST(n.whole AS HUGEINT) * b.span_days - 1 END"
    )
    return f"""
WITH inside AS (
    SELECT s.*, p.amount AS span_amount, p.days AS span_days, p.whole AS span_whole,
        {taken_back} AS taken_back,
        row_number() OVER (PARTITION BY s."row" ORDER BY {taken_back} DESC,
            coalesce(p.invoice = s.credit_of, false) DESC, p.days, p."row") AS place
    FROM reading_parts AS s INNER JOIN reading_spans AS p
        ON p.customer = s.customer AND p.currency = s.currency AND p."row" <> s."row"
        AND p.recurring AND p.whole IS NOT NULL AND p.amount > 0 AND p.kind = 'recurring'
        AND p.start_date <= s.start_date AND p.end_date >= s.end_date AND s.days <= p.days
    WHERE p.subscription IS NOT DISTINCT FROM s.subscription OR p.invoice = s.credit_of
), best AS (
    SELECT * FROM inside WHERE place = 1
), next AS (
    SELECT b."row", n.amount, n.whole, row_number() OVER (PARTITION BY b."row"
        ORDER BY abs({charged} - {going_on}), n."row") AS place
    FROM best AS b INNER JOIN reading_spans AS n
        ON n.customer = b.customer AND n.currency = b.currency AND n.start_date = b.end_date
        AND n.subscription IS NOT DISTINCT FROM b.subscription
    WHERE b.amount > 0 AND n.recurring AND n.whole IS NOT NULL AND n.amount > 0
        AND n.kind = 'recurring' AND abs({charged} - {going_on}) <= {later_slack}
)
SELECT b."row",
    CASE WHEN b.taken_back THEN -CAST(b.span_amount AS HUGEINT)
        WHEN n.amount IS NOT NULL THEN CAST(n.amount AS HUGEINT)
        ELSE CAST(b.amount AS HUGEINT) * b.span_days END AS numerator,
    CAST(CASE WHEN b.taken_back THEN b.span_whole WHEN n.amount IS NOT NULL THEN n.whole
        ELSE b.span_whole * b.days END AS HUGEINT) AS denominator
FROM best AS b LEFT JOIN next AS n ON n."row" = b."row" AND n.place = 1
WHERE b.taken_back OR n.amount IS NOT NULL OR b.whole IS NULL OR b.kind = 'proration'"""
