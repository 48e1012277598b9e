-- Customers by their first dates: first close with MRR > 0, first month in which they paid (also
-- between two closes, where the policy counts it), first month whose close excludes them again;
-- and first_mrr: their MRR at the first close.
SELECT
    customer_id,
    MIN(CASE WHEN after > 0 THEN month END) AS first_close,
    ARG_MIN(after, CASE WHEN after > 0 THEN month END) AS first_mrr,
    MIN(CASE WHEN after > 0 OR passing > 0 THEN month END) AS first_paid,
    MIN(CASE WHEN after <= 0 AND after - delta > 0 THEN month END) AS first_exit
FROM balances
GROUP BY customer_id
