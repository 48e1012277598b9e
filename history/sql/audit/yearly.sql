-- Customers whose price rose twice, about a year apart: whether a third rise came in time
-- (overdue = 0), or the last one is 14 months ago or more (overdue = 1).
SELECT
    customer_id,
    product,
    thread,
    rise,
    unit,
    month,
    CASE WHEN next_month IS NULL THEN 1 ELSE 0 END AS overdue
FROM (
    SELECT
        customer_id,
        product,
        thread,
        rise,
        begun_unit AS unit,
        month,
        month - LAG(month) OVER (
            PARTITION BY customer_id, product, thread ORDER BY month
        ) AS apart,
        LEAD(month) OVER (PARTITION BY customer_id, product, thread ORDER BY month) AS next_month
    FROM audit_rises
    WHERE month <= :as_of
) AS steps
WHERE
    apart >= 11
    AND apart <= 13
    AND (next_month IS NULL OR next_month - month <= 13)
    AND (next_month IS NOT NULL OR month <= :as_of - 14)
