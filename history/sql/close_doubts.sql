-- Told lines that may count twice. beside: they run while an earlier line of their subscription
-- runs that they do not replace. elsewhere: their subscription was known as one other customer's.
-- again: without a subscription, they equal an earlier line of their customer.
SELECT
    'beside' AS doubt,
    COUNT(DISTINCT t.line_id) AS n
FROM told_lines AS t
INNER JOIN kept_namesakes AS e ON t.customer = e.customer AND t.subscription = e.subscription
WHERE
    e.start_date < COALESCE(t.end_date, DATE '9999-12-31')
    AND t.start_date < COALESCE(e.end_date, DATE '9999-12-31')
UNION ALL
SELECT
    'elsewhere' AS doubt,
    COUNT(*) AS n
FROM told_lines AS t
INNER JOIN (
    SELECT subscription, MIN(customer) AS least, MAX(customer) AS most
    FROM kept_namesakes
    GROUP BY subscription
) AS h ON t.subscription = h.subscription
WHERE h.least = h.most AND h.least <> t.customer
UNION ALL
SELECT
    'again' AS doubt,
    COUNT(DISTINCT t.line_id) AS n
FROM told_lines AS t
INNER JOIN told_facts AS n ON t.line_id = n.line_id
INNER JOIN facts AS f ON n.customer_id = f.customer_id
INNER JOIN (SELECT MIN(line_id) AS oldest FROM told_lines) AS k ON f.line_id < k.oldest
WHERE
    t.subscription IS NULL
    AND n.start_date = f.start_date
    AND n.mrr = f.mrr
    AND COALESCE(n.end_date, DATE '9999-12-31') = COALESCE(f.end_date, DATE '9999-12-31')
