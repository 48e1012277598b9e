-- The churn of each month by the reason that a line names: a customer's churn has one reason, that of
-- the largest line which ended at that close and names one (ties by the word).
SELECT
    m.month,
    m.segment,
    COALESCE(r.reason, 'unknown') AS part,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(m.mrr) AS BIGINT) AS mrr
FROM (
    SELECT customer_id, month, segment, after - before AS mrr
    FROM measured
    WHERE movement = 'churn' AND after <> before
    UNION ALL
    SELECT customer_id, month, segment, -passing AS mrr
    FROM measured
    WHERE visit <> 'none' AND passing <> 0
) AS m
LEFT JOIN (
    SELECT
        c.customer_id,
        c.stop_month AS month,
        n.churn_reason AS reason,
        ROW_NUMBER() OVER (
            PARTITION BY c.customer_id, c.stop_month
            ORDER BY c.mrr DESC, n.churn_reason
        ) AS place
    FROM counted AS c
    INNER JOIN numbered AS n ON c.line_id = n.line_id
    WHERE c.stop_month IS NOT NULL AND n.churn_reason IS NOT NULL
) AS r ON m.customer_id = r.customer_id AND m.month = r.month AND r.place = 1
WHERE m.month > :first
GROUP BY m.month, m.segment, COALESCE(r.reason, 'unknown')
