-- The customers' balances in each currency before and after each of their change points, whichever
-- currency and segment changed. high is the balance up to and with a segment, low that without it:
-- a balance is rounded once, and what a segment has of it is the difference of two roundings.
SELECT
    customer_id,
    segment,
    currency,
    month,
    after_high - after AS after_low,
    after_high,
    before_high - after + delta AS before_low,
    before_high,
    passing_high - passing AS passing_low,
    passing_high
FROM (
    SELECT
        customer_id,
        segment,
        currency,
        month,
        delta,
        passing,
        after,
        CAST(
            SUM(after) OVER (
                PARTITION BY customer_id, currency, month
                ORDER BY segment
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS BIGINT
        ) AS after_high,
        CAST(
            SUM(after - delta) OVER (
                PARTITION BY customer_id, currency, month
                ORDER BY segment
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS BIGINT
        ) AS before_high,
        CAST(
            SUM(passing) OVER (
                PARTITION BY customer_id, currency, month
                ORDER BY segment
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS BIGINT
        ) AS passing_high
    FROM (
        SELECT
            customer_id,
            segment,
            currency,
            month,
            delta,
            passing,
            CAST(
                SUM(delta) OVER (
                    PARTITION BY customer_id, segment, currency
                    ORDER BY month
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                ) AS BIGINT
            ) AS after
        FROM (
            SELECT
                customer_id,
                segment,
                currency,
                month,
                CAST(SUM(delta) AS BIGINT) AS delta,
                CAST(SUM(passing) AS BIGINT) AS passing
            FROM (
                SELECT customer_id, segment, currency, month, delta, passing
                FROM own_changes
                UNION ALL
                SELECT
                    m.customer_id,
                    k.segment,
                    k.currency,
                    m.month,
                    0 AS delta,
                    0 AS passing
                FROM (SELECT DISTINCT customer_id, month FROM own_changes) AS m
                INNER JOIN (SELECT DISTINCT customer_id, segment, currency FROM own_changes) AS k
                    ON m.customer_id = k.customer_id
            ) AS every
            GROUP BY customer_id, segment, currency, month
        ) AS points
    ) AS running
) AS stacked
