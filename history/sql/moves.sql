-- Every change of a customer's MRR, classified. before and after are the customer's MRR at the
-- close before and at the close of the month.
-- visit: came and left between the two closes (only where the policy counts it).
-- life_start: the close at which the customer's present (or just ended) life began.
SELECT
    customer_id,
    0 AS segment,
    month,
    before,
    after,
    passing,
    first_close,
    life_start,
    CASE
        WHEN before <= 0 AND after > 0
            THEN CASE
                WHEN month = first_paid THEN 'new'
                WHEN :reactivation_window > 0 AND month - last_exit > :reactivation_window
                    THEN 'new'
                ELSE 'reactivation'
            END
        WHEN before > 0 AND after <= 0 THEN 'churn'
        WHEN after > before THEN 'expansion'
        WHEN after < before THEN 'contraction'
        ELSE 'none'
    END AS movement,
    CASE
        WHEN passing > 0 AND before <= 0 AND after <= 0
            THEN CASE
                WHEN month = first_paid THEN 'new'
                WHEN :reactivation_window > 0 AND month - last_exit > :reactivation_window
                    THEN 'new'
                ELSE 'reactivation'
            END
        ELSE 'none'
    END AS visit
FROM (
    SELECT
        customer_id,
        month,
        after - delta AS before,
        after,
        passing,
        MIN(CASE WHEN after > 0 THEN month END) OVER (
            PARTITION BY customer_id
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS first_close,
        MIN(CASE WHEN after > 0 OR passing > 0 THEN month END) OVER (
            PARTITION BY customer_id
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS first_paid,
        MAX(CASE WHEN after > 0 AND after - delta <= 0 THEN month END) OVER (
            PARTITION BY customer_id
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS life_start,
        MAX(CASE WHEN after <= 0 AND (after - delta > 0 OR passing > 0) THEN month END) OVER (
            PARTITION BY customer_id
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS last_exit
    FROM (
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
    ) AS balances
) AS known
