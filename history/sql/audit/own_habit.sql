-- missed-uplift, by the customer's own past: two rises a year apart, none a year later, and still
-- the price of the last one.
SELECT
    l.line_id,
    l.line_id AS other_id,
    l.customer_id,
    1 AS strength,
    l.mrr AS billed,
    l.mrr * y.rise AS expected,
    y.month + 12 AS since,
    l.stop_month AS until
FROM audit_yearly AS y
INNER JOIN audit_lines AS l
    ON y.customer_id = l.customer_id AND y.product = l.product AND y.thread = l.thread
WHERE
    y.overdue = 1
    AND l.free = 0
    AND l.paused = 0
    AND l.first_month <= :as_of
    AND l.unit <= 1.003 * y.unit
    AND (l.stop_month IS NULL OR l.stop_month > :as_of)
