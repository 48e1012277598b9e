-- The largest contracts that come up in each month: the lines of one customer that are up together.
SELECT
    customer_id,
    month,
    mrr,
    place
FROM (
    SELECT
        customer_id,
        month,
        mrr,
        ROW_NUMBER() OVER (PARTITION BY month ORDER BY mrr DESC, customer_id) AS place
    FROM (
        SELECT
            customer_id,
            renewal_month AS month,
            CAST(SUM(mrr) AS BIGINT) AS mrr
        FROM ahead
        WHERE renewal_month > :as_of AND renewal_month <= :until AND leave_month IS NULL
        GROUP BY customer_id, renewal_month
    ) AS contracts
) AS ranked
WHERE place <= :places
