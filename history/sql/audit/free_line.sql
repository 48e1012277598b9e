-- free-line: nothing is billed for more than :months months, and the customer pays nothing else.
-- Strength 2 where the customer has paid before. Expected is what the median peer pays a piece.
SELECT
    l.line_id,
    l.line_id AS other_id,
    l.customer_id,
    CASE WHEN w.paid = 1 THEN 2 ELSE 1 END AS strength,
    0 AS billed,
    l.quantity * p.middle AS expected,
    l.first_month + :months AS since,
    CAST(NULL AS INTEGER) AS until
FROM audit_lines AS l
INNER JOIN audit_peers AS p ON l.product = p.product AND l.counted = p.counted
INNER JOIN (
    SELECT
        customer_id,
        MAX(CASE WHEN free = 0 THEN 1 ELSE 0 END) AS paid,
        MAX(CASE
            WHEN free = 0 AND (stop_month IS NULL OR stop_month > :as_of) THEN 1
            ELSE 0
        END) AS pays
    FROM audit_lines
    GROUP BY customer_id
) AS w
    ON l.customer_id = w.customer_id
WHERE
    l.free = 1
    AND l.paused = 0
    AND w.pays = 0
    AND l.cancelled + l.reasoned = 0
    AND (l.stop_month IS NULL OR l.stop_month > :as_of)
    AND l.first_month < :as_of - :months
