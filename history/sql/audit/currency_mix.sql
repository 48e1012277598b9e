-- currency-mix: one line of a customer is in another currency than the others. Strength 2 where the
-- price per piece is the same number, so that only the currency is another.
SELECT
    l.line_id,
    o.line_id AS other_id,
    l.customer_id,
    CASE
        WHEN
            l.unit_price / l.interval_months >= 0.8 * o.own_unit
            AND l.unit_price / l.interval_months <= 1.25 * o.own_unit
            THEN 2
        ELSE 1
    END AS strength,
    l.mrr AS billed,
    l.quantity * o.unit AS expected,
    l.first_month AS since,
    l.stop_month AS until
FROM audit_lines AS l
INNER JOIN (
    SELECT
        customer_id,
        money,
        MIN(line_id) AS line_id,
        COUNT(*) AS line_count,
        AVG(unit) AS unit,
        AVG(unit_price / interval_months) AS own_unit
    FROM audit_lines
    WHERE free = 0
    GROUP BY customer_id, money
) AS o
    ON l.customer_id = o.customer_id AND l.money <> o.money
INNER JOIN (
    SELECT customer_id, money, COUNT(*) AS line_count, MIN(line_id) AS line_id
    FROM audit_lines
    WHERE free = 0
    GROUP BY customer_id, money
) AS mine
    ON l.customer_id = mine.customer_id AND l.money = mine.money
WHERE
    l.free = 0
    AND l.first_month <= :as_of
    AND mine.line_count = 1
    AND (o.line_count > 1 OR o.line_id < mine.line_id)
