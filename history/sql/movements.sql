-- Month x segment x movement: customers, amount, sum of squared amounts, and what the level changes
-- by: paying customers, and sum of the squared MRR of the customers. Adding up over movements and
-- months gives the level at each close.
SELECT
    month,
    segment,
    movement,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(after - before) AS BIGINT) AS mrr,
    CAST(
        SUM(CAST(after - before AS HUGEINT) * CAST(after - before AS HUGEINT))
        AS DOUBLE PRECISION
    ) AS squares,
    CAST(
        SUM(
            CASE WHEN after > 0 THEN 1 ELSE 0 END - CASE WHEN before > 0 THEN 1 ELSE 0 END
        ) AS BIGINT
    ) AS level_customers,
    CAST(
        SUM(CAST(after - before AS HUGEINT) * CAST(after + before AS HUGEINT))
        AS DOUBLE PRECISION
    ) AS level_squares
FROM measured
WHERE after <> before
GROUP BY month, segment, movement
