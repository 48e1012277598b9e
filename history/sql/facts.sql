-- The lines with their dates as month indices (year * 12 + month - 1).
-- first_month: the first close that includes the line. stop_month: the first close that
-- excludes it (the end is exclusive). A line cancelled without an end runs to its term_end.
-- contract_months: months from start to term_end, rounded; without a term_end the billing interval.
-- counts: 0 never in MRR (one-off, trial, amount 0, no day of service), 1 always, 2 where the policy
-- counts what is paused, 3 where it counts what is past due.
SELECT
    line_id,
    customer_id,
    start_date,
    end_date,
    CAST(EXTRACT(YEAR FROM start_date) * 12 + EXTRACT(MONTH FROM start_date) - 1 AS INTEGER)
        AS first_month,
    CAST(EXTRACT(YEAR FROM end_date) * 12 + EXTRACT(MONTH FROM end_date) - 1 AS INTEGER)
        AS stop_month,
    CAST(EXTRACT(YEAR FROM term_end) * 12 + EXTRACT(MONTH FROM term_end) - 1 AS INTEGER)
        AS term_month,
    mrr,
    interval_months,
    CAST(
        CASE
            WHEN term_end IS NULL OR term_end <= start_date THEN interval_months
            ELSE EXTRACT(YEAR FROM term_end) * 12 + EXTRACT(MONTH FROM term_end)
                - EXTRACT(YEAR FROM start_date) * 12 - EXTRACT(MONTH FROM start_date)
                + CASE
                    WHEN EXTRACT(DAY FROM term_end) - EXTRACT(DAY FROM start_date) >= 15 THEN 1
                    WHEN EXTRACT(DAY FROM term_end) - EXTRACT(DAY FROM start_date) <= -15 THEN -1
                    ELSE 0
                END
        END AS INTEGER
    ) AS contract_months,
    one_off,
    CAST(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END AS TINYINT) AS cancelled,
    CAST(
        CASE
            WHEN mrr = 0 OR one_off = 1 OR end_date <= start_date OR status = 'trial' THEN 0
            WHEN status = 'paused' THEN 2
            WHEN status = 'past_due' THEN 3
            ELSE 1
        END AS TINYINT
    ) AS counts
FROM (
    SELECT
        n.line_id,
        c.customer_id,
        n.start_date,
        CASE
            WHEN n.end_date IS NULL AND n.status = 'cancelled' AND n.term_end > n.start_date
                THEN n.term_end
            ELSE n.end_date
        END AS end_date,
        n.term_end,
        n.mrr,
        CASE WHEN n.interval_months > 1 THEN n.interval_months ELSE 1 END AS interval_months,
        CAST(CASE WHEN n.kind = 'one_off' THEN 1 ELSE 0 END AS TINYINT) AS one_off,
        COALESCE(n.status, 'active') AS status
    FROM numbered AS n
    INNER JOIN customers AS c ON n.customer = c.customer
) AS dated
