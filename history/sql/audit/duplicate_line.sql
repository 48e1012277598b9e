-- duplicate-line: the same customer, product, dates, quantity and amount once more. Without a
-- quantity column, buying one more piece looks the same (strength 1).
SELECT
    l.line_id,
    d.first_id AS other_id,
    l.customer_id,
    1 + l.counted AS strength,
    l.mrr AS billed,
    0 AS expected,
    l.first_month AS since,
    l.stop_month AS until
FROM audit_lines AS l
INNER JOIN (
    SELECT
        l.customer_id,
        l.product,
        l.thread,
        l.start_date,
        COALESCE(l.end_date, DATE '9999-12-31') AS last_day,
        l.mrr,
        l.quantity,
        MIN(l.line_id) AS first_id
    FROM audit_lines AS l
    INNER JOIN audit_starts AS s
        ON
            l.customer_id = s.customer_id
            AND l.product = s.product
            AND l.thread = s.thread
            AND l.start_date = s.day
    WHERE l.free = 0 AND s.line_count > 1
    GROUP BY
        l.customer_id, l.product, l.thread, l.start_date,
        COALESCE(l.end_date, DATE '9999-12-31'), l.mrr, l.quantity
    HAVING COUNT(*) > 1
) AS d
    ON
        l.customer_id = d.customer_id
        AND l.product = d.product
        AND l.thread = d.thread
        AND l.start_date = d.start_date
        AND COALESCE(l.end_date, DATE '9999-12-31') = d.last_day
        AND l.mrr = d.mrr
        AND l.quantity = d.quantity
WHERE l.free = 0 AND l.line_id <> d.first_id AND l.first_month <= :as_of
