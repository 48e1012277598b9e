-- Every change of a customer's MRR: before and after are the customer's MRR at the close before and
-- at the close of the month. fresh: 1 where a customer who comes (back) counts as new.
SELECT
    b.customer_id,
    b.month,
    b.after - b.delta AS before,
    b.after,
    b.passing,
    f.first_close,
    f.first_mrr,
    f.first_exit,
    CAST(
        CASE WHEN b.month = f.first_paid OR e.last_exit IS NOT NULL THEN 1 ELSE 0 END AS TINYINT
    ) AS fresh
FROM balances AS b
INNER JOIN firsts AS f ON b.customer_id = f.customer_id
LEFT JOIN exits AS e ON b.customer_id = e.customer_id AND b.month = e.month
