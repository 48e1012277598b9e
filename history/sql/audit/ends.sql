-- What ends together: the lines of one product (and thread) of a customer that end on one day.
SELECT
    customer_id,
    product,
    thread,
    end_date AS day,
    MIN(stop_month) AS month,
    MIN(first_month) AS first_month,
    MIN(line_id) AS line_id,
    COUNT(*) AS line_count,
    SUM(mrr) AS mrr,
    CASE WHEN MIN(counted) = 1 THEN SUM(quantity) ELSE 1 END AS quantity,
    MIN(counted) AS counted,
    MAX(cancelled) + MAX(reasoned) AS told,
    MIN(bound) AS bound,
    MIN(steady) AS steady,
    MAX(list_price) AS list_price,
    MIN(interval_months) AS interval_months
FROM audit_lines
WHERE end_date IS NOT NULL AND free = 0
GROUP BY customer_id, product, thread, end_date
