-- unbilled-quantity and overbilled-quantity: the amount is not quantity x unit price (by the basis
-- that this ledger keeps, :monthly = 1 where unit prices are those of a month).
SELECT
    line_id,
    line_id AS other_id,
    customer_id,
    CASE WHEN :share >= 98 THEN 2 ELSE 1 END AS strength,
    mrr AS billed,
    priced AS expected,
    first_month AS since,
    stop_month AS until
FROM (
    SELECT
        line_id,
        customer_id,
        mrr,
        first_month,
        stop_month,
        CASE WHEN :monthly = 1 THEN per_month ELSE per_interval END AS priced
    FROM audit_priced
    WHERE first_month <= :as_of
) AS p
WHERE mrr < 0.99 * priced - 1 OR mrr > 1.01 * priced + 1
