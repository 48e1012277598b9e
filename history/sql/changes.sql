-- Change points: a line gives +mrr at the first close that includes it and -mrr at the first close
-- that excludes it. Lines that came and went between two closes change nothing; where the policy
-- counts them (:same_month = 1) their amount stands in passing.
SELECT
    customer_id,
    segment,
    month,
    CAST(SUM(delta) AS BIGINT) AS delta,
    CAST(SUM(passing) AS BIGINT) AS passing
FROM (
    SELECT customer_id, segment, first_month AS month, mrr AS delta, 0 AS passing
    FROM labelled
    WHERE stop_month IS NULL OR stop_month > first_month
    UNION ALL
    SELECT customer_id, segment, stop_month AS month, -mrr AS delta, 0 AS passing
    FROM labelled
    WHERE stop_month > first_month
    UNION ALL
    SELECT customer_id, segment, first_month AS month, 0 AS delta, mrr AS passing
    FROM labelled
    WHERE stop_month = first_month AND :same_month = 1
) AS points
GROUP BY customer_id, segment, month
HAVING SUM(delta) <> 0 OR SUM(passing) <> 0
