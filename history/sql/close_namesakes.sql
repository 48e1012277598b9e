-- The earlier lines of subscriptions that told lines name, whoever the customer is.
SELECT e.*
FROM earlier_names AS e
WHERE EXISTS (SELECT 1 FROM told_lines AS t WHERE t.subscription = e.subscription)
