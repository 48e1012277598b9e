-- The home segment of a customer: where its MRR was largest at its first paying close; ties go to
-- the first segment by name.
SELECT
    customer_id,
    MIN(segment) AS segment
FROM (
    SELECT
        customer_id,
        segment,
        balance,
        MAX(balance) OVER (PARTITION BY customer_id) AS largest
    FROM (
        SELECT
            s.customer_id,
            s.segment,
            SUM(s.after - s.before) AS balance
        FROM measured AS s
        INNER JOIN (
            SELECT customer_id, first_close FROM levels WHERE month = first_close
        ) AS f ON s.customer_id = f.customer_id AND s.month <= f.first_close
        GROUP BY s.customer_id, s.segment
    ) AS balances
) AS r
WHERE balance = largest
GROUP BY customer_id
