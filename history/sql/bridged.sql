-- The lines that count, with those that ended where a bridged gap begins carried on to its end.
SELECT
    c.line_id,
    c.customer_id,
    c.start_date,
    COALESCE(g.gap_end, c.end_date) AS end_date,
    c.first_month,
    CASE
        WHEN g.gap_end IS NULL THEN c.stop_month
        ELSE CAST(EXTRACT(YEAR FROM g.gap_end) * 12 + EXTRACT(MONTH FROM g.gap_end) - 1 AS INTEGER)
    END AS stop_month,
    c.notice_month,
    c.renewal_month,
    c.contract_months,
    c.mrr
FROM counted AS c
LEFT JOIN gaps AS g ON c.customer_id = g.customer_id AND c.end_date = g.gap_start
