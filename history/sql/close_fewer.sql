-- Subscriptions of which several lines with one start are replaced by fewer.
SELECT
    e.customer,
    e.subscription,
    e.start_date
FROM (
    SELECT customer, subscription, start_date, COUNT(*) AS n
    FROM replaced
    GROUP BY customer, subscription, start_date
) AS e
INNER JOIN (
    SELECT customer, subscription, start_date, COUNT(*) AS n
    FROM told_lines
    GROUP BY customer, subscription, start_date
) AS t
    ON
        e.customer = t.customer
        AND e.subscription = t.subscription
        AND e.start_date = t.start_date
WHERE t.n < e.n
ORDER BY e.customer, e.subscription, e.start_date
