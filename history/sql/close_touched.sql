-- The customers whose change points may differ from those at the close of :last: lines of theirs
-- were told, or begin or end after it and up to :as_of.
SELECT DISTINCT customer_id
FROM (
    SELECT c.customer_id
    FROM told_lines AS t
    INNER JOIN customers AS c ON t.customer = c.customer
    UNION ALL
    SELECT customer_id
    FROM facts
    WHERE
        (first_month > :last AND first_month <= :as_of)
        OR (stop_month > :last AND stop_month <= :as_of)
) AS known
