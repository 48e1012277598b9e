-- missed-uplift, monthly customers: lines that run through a month in which the customers of their
-- product were moved to a new price, at the old price all along. Who is
-- about to leave is spared.
SELECT
    l.line_id,
    l.line_id AS other_id,
    l.customer_id,
    l.product,
    m.month,
    m.raised,
    l.mrr AS billed,
    l.mrr * m.rise AS expected,
    m.month AS since,
    l.stop_month AS until
FROM audit_lines AS l
INNER JOIN audit_moves AS m ON l.product = m.product
LEFT JOIN (
    SELECT customer_id, product, thread, month FROM audit_rises WHERE flexible = 1
) AS r
    ON
        l.customer_id = r.customer_id
        AND l.product = r.product
        AND l.thread = r.thread
        AND m.month <= r.month + 2
        AND m.month >= r.month - 2
WHERE
    l.bound = 0
    AND l.free = 0
    AND l.paused = 0
    AND l.first_month < m.month
    AND (l.stop_month IS NULL OR l.stop_month > m.month)
    AND (l.cancelled = 0 OR l.stop_month > m.month + 1)
    AND r.customer_id IS NULL
    AND (
        (l.counted = 0 AND l.first_month <= m.month - 6)
        OR (l.counted = 1 AND l.unit * (1 + m.rise) < 2 * m.unit)
    )
