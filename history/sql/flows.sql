-- Every movement of every customer by name, amounts signed. Who came and left between two closes has
-- two, where the policy counts it. In the first month of history they are what it opens with.
SELECT
    c.customer,
    f.month,
    f.movement,
    CAST(SUM(f.mrr) AS BIGINT) AS mrr
FROM (
    SELECT customer_id, month, movement, after - before AS mrr
    FROM moves
    WHERE after <> before
    UNION ALL
    SELECT customer_id, month, visit AS movement, passing AS mrr
    FROM moves
    WHERE visit <> 'none'
    UNION ALL
    SELECT customer_id, month, 'churn' AS movement, -passing AS mrr
    FROM moves
    WHERE visit <> 'none'
) AS f
INNER JOIN customers AS c ON f.customer_id = c.customer_id
GROUP BY c.customer, f.month, f.movement
