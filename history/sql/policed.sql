-- The lines as the policy dates and prices them. :by_request and :by_effect say which date of a
-- cancellation ends a line (at most one of them is 1); :listed = 1 counts list prices, and = 2 only
-- where the discount is temporary. A line that lacks what is asked for stays as it is.
SELECT
    line_id,
    customer_id,
    start_date,
    end_date,
    first_month,
    CAST(EXTRACT(YEAR FROM end_date) * 12 + EXTRACT(MONTH FROM end_date) - 1 AS INTEGER)
        AS stop_month,
    term_month,
    mrr,
    interval_months,
    contract_months,
    one_off,
    cancelled,
    CASE
        WHEN mrr = 0 OR one_off = 1 OR end_date <= start_date OR status = 'trial' THEN 0
        WHEN status = 'paused' THEN 2
        WHEN status = 'past_due' THEN 3
        ELSE 1
    END AS counts
FROM (
    SELECT
        f.line_id,
        f.customer_id,
        f.start_date,
        CASE
            WHEN :by_effect = 1 AND n.effective < f.start_date THEN f.start_date
            WHEN :by_effect = 1 AND n.effective IS NOT NULL THEN n.effective
            WHEN :by_request = 1 AND n.requested < f.start_date THEN f.start_date
            WHEN :by_request = 1 AND n.requested < COALESCE(f.end_date, DATE '9999-12-31')
                THEN n.requested
            ELSE f.end_date
        END AS end_date,
        f.first_month,
        f.term_month,
        CASE
            WHEN :listed = 1 AND n.list_mrr IS NOT NULL THEN n.list_mrr
            WHEN :listed = 2 AND n.list_mrr IS NOT NULL AND n.discount_kind = 'temporary'
                THEN n.list_mrr
            ELSE f.mrr
        END AS mrr,
        f.interval_months,
        f.contract_months,
        f.one_off,
        f.cancelled,
        COALESCE(n.status, 'active') AS status
    FROM facts AS f
    INNER JOIN numbered AS n ON f.line_id = n.line_id
) AS told
