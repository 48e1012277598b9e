-- Change points as in changes, for every currency in its own minor units.
SELECT
    customer_id,
    segment,
    currency,
    month,
    CAST(SUM(delta) AS BIGINT) AS delta,
    CAST(CASE WHEN :same_month = 1 THEN SUM(passing) ELSE 0 END AS BIGINT) AS passing
FROM (
    SELECT customer_id, segment, currency, first_month AS month, own_mrr AS delta, 0 AS passing
    FROM owned
    WHERE stop_month IS NULL OR stop_month > first_month
    UNION ALL
    SELECT customer_id, segment, currency, stop_month AS month, -own_mrr AS delta, 0 AS passing
    FROM owned
    WHERE stop_month > first_month
    UNION ALL
    SELECT customer_id, segment, currency, first_month AS month, 0 AS delta, own_mrr AS passing
    FROM owned
    WHERE stop_month = first_month AND :same_month = 1
) AS points
GROUP BY customer_id, segment, currency, month
HAVING SUM(delta) <> 0 OR (:same_month = 1 AND SUM(passing) <> 0)
