-- By how many the customers with a balance in a currency whose rate moves change, by month and
-- segment.
SELECT
    segment,
    month,
    CAST(SUM(holds - held) AS BIGINT) AS customers
FROM (
    SELECT
        b.customer_id,
        b.segment,
        b.month,
        MAX(CASE WHEN b.after_high <> b.after_low THEN 1 ELSE 0 END) AS holds,
        MAX(CASE WHEN b.before_high <> b.before_low THEN 1 ELSE 0 END) AS held
    FROM own_balances AS b
    INNER JOIN (SELECT DISTINCT currency FROM rate_steps) AS s ON b.currency = s.currency
    GROUP BY b.customer_id, b.segment, b.month
) AS points
GROUP BY segment, month
HAVING SUM(holds - held) <> 0
