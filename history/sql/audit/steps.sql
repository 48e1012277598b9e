-- How many lines that can be left every month begin (+) and end (-), by product and month.
SELECT
    product,
    month,
    SUM(step) AS step
FROM (
    SELECT product, first_month AS month, 1 AS step
    FROM audit_lines
    WHERE bound = 0 AND free = 0
    UNION ALL
    SELECT product, stop_month AS month, -1 AS step
    FROM audit_lines
    WHERE bound = 0 AND free = 0 AND stop_month IS NOT NULL
) AS points
GROUP BY product, month
