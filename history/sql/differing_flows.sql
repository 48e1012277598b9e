-- The customers' movements that are not the same in both snapshots, 0 where one has none.
SELECT
    customer,
    month,
    movement,
    CAST(SUM(earlier) AS BIGINT) AS earlier,
    CAST(SUM(later) AS BIGINT) AS later
FROM (
    SELECT customer, month, movement, mrr AS earlier, 0 AS later FROM earlier_flows
    UNION ALL
    SELECT customer, month, movement, 0 AS earlier, mrr AS later FROM later_flows
) AS both_flows
GROUP BY customer, month, movement
HAVING SUM(earlier) <> SUM(later)
ORDER BY month, customer, movement
