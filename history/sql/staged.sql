-- Month x segment x stage x movement: customers, amount, and by how many the paying customers change.
-- A customer is in the stage of its age at the close of the month. Who came and left between two
-- closes (visit, where the policy counts it) is an arrival and a churn of the same amount.
SELECT
    f.month,
    f.segment,
    s.stage,
    f.movement,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(f.mrr) AS BIGINT) AS mrr,
    CAST(SUM(f.paying) AS BIGINT) AS paying
FROM (
    SELECT
        customer_id,
        segment,
        month,
        movement,
        after - before AS mrr,
        CASE WHEN after > 0 THEN 1 ELSE 0 END - CASE WHEN before > 0 THEN 1 ELSE 0 END AS paying
    FROM measured
    WHERE after <> before
    UNION ALL
    SELECT customer_id, segment, month, visit AS movement, passing AS mrr, 0 AS paying
    FROM measured
    WHERE month > :first AND visit <> 'none' AND passing <> 0
    UNION ALL
    SELECT customer_id, segment, month, 'churn' AS movement, -passing AS mrr, 0 AS paying
    FROM measured
    WHERE month > :first AND visit <> 'none' AND passing <> 0
) AS f
INNER JOIN stage_spans AS s
    ON
        f.customer_id = s.customer_id
        AND (s.since_month IS NULL OR f.month >= s.since_month)
        AND (s.until_month IS NULL OR f.month < s.until_month)
GROUP BY f.month, f.segment, s.stage, f.movement
