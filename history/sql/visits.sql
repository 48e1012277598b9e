-- Customers who came and left between two closes, where the policy counts them: each is an arrival
-- (visit) and a churn of the same amount.
SELECT
    month,
    segment,
    visit,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(passing) AS BIGINT) AS mrr,
    CAST(
        SUM(CAST(passing AS DECIMAL(19, 0)) * CAST(passing AS DECIMAL(19, 0))) AS DOUBLE PRECISION
    ) AS squares
FROM measured
WHERE month > :first AND visit <> 'none' AND passing <> 0
GROUP BY month, segment, visit
