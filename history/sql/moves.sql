-- Every change of a customer's MRR, classified. before and after are the customer's MRR at the
-- close before and at the close of the month.
-- visit: came and left between the two closes (only where the policy counts it).
SELECT
    customer_id,
    0 AS segment,
    month,
    before,
    after,
    passing,
    first_close,
    first_exit,
    CASE
        WHEN before <= 0 AND after > 0 THEN arrival
        WHEN before > 0 AND after <= 0 THEN 'churn'
        WHEN after > before THEN 'expansion'
        WHEN after < before THEN 'contraction'
        ELSE 'none'
    END AS movement,
    CASE WHEN passing > 0 AND before <= 0 AND after <= 0 THEN arrival ELSE 'none' END AS visit
FROM (
    SELECT
        b.customer_id,
        b.month,
        b.after - b.delta AS before,
        b.after,
        b.passing,
        f.first_close,
        f.first_exit,
        CASE
            WHEN b.month = f.first_paid OR e.last_exit IS NOT NULL THEN 'new'
            ELSE 'reactivation'
        END AS arrival
    FROM balances AS b
    INNER JOIN firsts AS f ON b.customer_id = f.customer_id
    LEFT JOIN exits AS e ON b.customer_id = e.customer_id AND b.month = e.month
) AS known
