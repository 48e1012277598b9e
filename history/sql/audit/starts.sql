-- What begins together: the lines of one product (and thread) of a customer that begin on one day.
SELECT
    customer_id,
    product,
    thread,
    start_date AS day,
    MIN(first_month) AS month,
    MIN(line_id) AS line_id,
    COUNT(*) AS line_count,
    SUM(mrr) AS mrr,
    CASE WHEN MIN(counted) = 1 THEN SUM(quantity) ELSE 1 END AS quantity,
    MIN(counted) AS counted,
    MIN(bound) AS bound,
    MAX(list_price) AS list_price,
    MIN(interval_months) AS interval_months
FROM audit_lines
WHERE free = 0
GROUP BY customer_id, product, thread, start_date
