-- The largest contracts that come up in each month: the lines of one customer that are up together.
-- Ties go by the customer's name, never by its number, which hangs on the order of rows.
SELECT
    customer_id,
    month,
    mrr,
    place
FROM (
    SELECT
        contracts.customer_id,
        contracts.month,
        contracts.mrr,
        ROW_NUMBER() OVER (
            PARTITION BY contracts.month ORDER BY contracts.mrr DESC, c.customer
        ) AS place
    FROM (
        SELECT
            customer_id,
            renewal_month AS month,
            CAST(SUM(mrr) AS BIGINT) AS mrr
        FROM ahead
        WHERE renewal_month > :as_of AND renewal_month <= :until AND leave_month IS NULL
        GROUP BY customer_id, renewal_month
    ) AS contracts
    INNER JOIN customers AS c ON contracts.customer_id = c.customer_id
) AS ranked
WHERE place <= :places
