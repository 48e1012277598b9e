-- The changes of the levels, classified.
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
        WHEN before <= 0 AND after > 0 THEN CASE WHEN fresh = 1 THEN 'new' ELSE 'reactivation' END
        WHEN before > 0 AND after <= 0 THEN 'churn'
        WHEN after > before THEN 'expansion'
        WHEN after < before THEN 'contraction'
        ELSE 'none'
    END AS movement,
    CASE
        WHEN passing > 0 AND before <= 0 AND after <= 0
            THEN CASE WHEN fresh = 1 THEN 'new' ELSE 'reactivation' END
        ELSE 'none'
    END AS visit
FROM levels
