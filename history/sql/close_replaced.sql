-- The earlier lines whose place told lines take: of the same customer and subscription, and of the
-- same start unless whole subscriptions are replaced (:whole = 1).
SELECT e.*
FROM namesakes AS e
WHERE
    EXISTS (
        SELECT 1
        FROM told_lines AS t
        WHERE
            t.customer = e.customer
            AND t.subscription = e.subscription
            AND (:whole = 1 OR t.start_date = e.start_date)
    )
