-- The months up to :last in which told lines change points of MRR otherwise than those whose place
-- they take: how many subscriptions (or lines without one), how many customers, how much.
SELECT
    month,
    COUNT(DISTINCT line) AS lines,
    COUNT(DISTINCT customer_id) AS customers,
    CAST(SUM(delta) AS BIGINT) AS mrr
FROM (
    SELECT customer_id, line, month, SUM(delta) AS delta
    FROM (
        SELECT customer_id, line, first_month AS month, side * mrr AS delta
        FROM both_points
        WHERE stop_month IS NULL OR stop_month > first_month
        UNION ALL
        SELECT customer_id, line, stop_month AS month, -side * mrr AS delta
        FROM both_points
        WHERE stop_month > first_month
    ) AS points
    WHERE month <= :last
    GROUP BY customer_id, line, month
    HAVING SUM(delta) <> 0
) AS differing
GROUP BY month
ORDER BY month
