-- service-gap: lines end, nobody cancelled, nothing takes over on that day; and within :gap_days
-- days lines of the same product begin where nothing had ended: the customer had no service in
-- between, or just as much of the product is there again. The smaller of both was not billed.
SELECT
    s.line_id,
    MAX(e.line_id) AS other_id,
    s.customer_id,
    CASE WHEN :records = 1 THEN 2 ELSE 1 END AS strength,
    0 AS billed,
    CASE WHEN MAX(e.mrr) < s.mrr THEN MAX(e.mrr) ELSE s.mrr END AS expected,
    MAX(e.month) AS since,
    s.month AS until
FROM audit_starts AS s
INNER JOIN audit_ends AS e
    ON
        s.customer_id = e.customer_id
        AND s.product = e.product
        AND s.thread = e.thread
        AND s.day > e.day + INTERVAL '1' DAY
        AND s.day <= e.day + INTERVAL '1' DAY * :gap_days
LEFT JOIN audit_starts AS taken
    ON e.customer_id = taken.customer_id AND e.day = taken.day
LEFT JOIN audit_ends AS given
    ON s.customer_id = given.customer_id AND s.day = given.day
LEFT JOIN (
    SELECT DISTINCT customer_id, start_date, covered_to FROM audit_breaks WHERE hole = 1
) AS b
    ON s.customer_id = b.customer_id AND s.day = b.start_date AND e.day = b.covered_to
WHERE
    e.told = 0
    AND taken.customer_id IS NULL
    AND given.customer_id IS NULL
    AND e.month <= :as_of
    AND (
        (b.customer_id IS NOT NULL AND (:records = 1 OR e.mrr = s.mrr))
        OR (e.quantity = s.quantity AND s.mrr >= 0.9 * e.mrr AND s.mrr <= 1.2 * e.mrr)
    )
GROUP BY s.line_id, s.customer_id, s.mrr, s.month
