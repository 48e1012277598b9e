-- The customers' MRR in each segment after each of its change points there.
SELECT
    customer_id,
    segment,
    month,
    delta,
    passing,
    CAST(
        SUM(delta) OVER (
            PARTITION BY customer_id, segment
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT
    ) AS after
FROM segment_changes
