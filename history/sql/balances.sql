-- The customers' MRR after each of their change points.
SELECT
    customer_id,
    month,
    delta,
    passing,
    CAST(
        SUM(delta) OVER (
            PARTITION BY customer_id
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT
    ) AS after
FROM changes
