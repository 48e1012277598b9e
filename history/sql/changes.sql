-- Change points: a line gives +mrr at the first close that includes it and -mrr at the first close
-- that excludes it. Lines that came and went between two closes change nothing; where the policy
-- counts them (:same_month = 1) their amount stands in passing.
SELECT
    customer_id,
    segment,
    month,
    CAST(SUM(delta) AS BIGINT) AS delta,
    CAST(CASE WHEN :same_month = 1 THEN SUM(passing) ELSE 0 END AS BIGINT) AS passing
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
HAVING SUM(delta) <> 0 OR (:same_month = 1 AND SUM(passing) <> 0)
