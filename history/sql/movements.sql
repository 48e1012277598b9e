-- Month x segment x movement: customers, amount, sum of squared amounts. The rows called closing
-- hold the change of the level in that month; adding them up gives the level at each close.
SELECT
    month,
    segment,
    movement,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(after - before) AS BIGINT) AS mrr,
    CAST(
        SUM(CAST(after - before AS DECIMAL(19, 0)) * CAST(after - before AS DECIMAL(19, 0)))
        AS DOUBLE PRECISION
    ) AS squares
FROM measured
WHERE month > :first AND after <> before
GROUP BY month, segment, movement
UNION ALL
SELECT
    month,
    segment,
    'closing' AS movement,
    CAST(
        SUM(
            CASE WHEN after > 0 THEN 1 ELSE 0 END - CASE WHEN before > 0 THEN 1 ELSE 0 END
        ) AS BIGINT
    ) AS customers,
    CAST(SUM(after - before) AS BIGINT) AS mrr,
    CAST(
        SUM(
            CAST(after AS DECIMAL(19, 0)) * CAST(after AS DECIMAL(19, 0))
            - CAST(before AS DECIMAL(19, 0)) * CAST(before AS DECIMAL(19, 0))
        ) AS DOUBLE PRECISION
    ) AS squares
FROM measured
WHERE after <> before
GROUP BY month, segment
