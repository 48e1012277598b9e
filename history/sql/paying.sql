-- What pays at the last close: each customer's MRR by segment and currency. Several lines are added
-- up; amounts are in minor units of the reporting currency, at the rates of that month.
SELECT
    c.customer,
    l.segment,
    n.currency,
    CAST(SUM(l.mrr) AS BIGINT) AS mrr
FROM labelled AS l
INNER JOIN numbered AS n ON l.line_id = n.line_id
INNER JOIN customers AS c ON l.customer_id = c.customer_id
WHERE l.stop_month IS NULL
GROUP BY c.customer, l.segment, n.currency
HAVING SUM(l.mrr) <> 0
ORDER BY c.customer, l.segment, n.currency
