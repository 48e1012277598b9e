-- When customers who come (back) had left before. Needed only where the policy has a window after
-- which a returning customer counts as new (:reactivation_window > 0).
SELECT
    customer_id,
    month,
    last_exit
FROM (
    SELECT
        customer_id,
        month,
        after - delta AS before,
        MAX(CASE WHEN after <= 0 AND (after - delta > 0 OR passing > 0) THEN month END) OVER (
            PARTITION BY customer_id
            ORDER BY month
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS last_exit
    FROM balances
    WHERE :reactivation_window > 0
) AS dated
WHERE before <= 0 AND month - last_exit > :reactivation_window
