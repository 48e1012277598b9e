-- The customers with MRR > 0 at the last close.
SELECT
    customer_id,
    CAST(SUM(after - before) AS BIGINT) AS mrr,
    MAX(CASE WHEN before <= 0 AND after > 0 THEN month END) AS life_start
FROM moves
GROUP BY customer_id
HAVING SUM(after - before) > 0
