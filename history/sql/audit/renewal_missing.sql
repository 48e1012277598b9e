-- renewal-missing: the customer's last lines ended, nobody cancelled, and nothing follows
-- (strength 2); or a term passed, the line has no end, and no line takes over (strength 1).
SELECT
    l.line_id,
    l.line_id AS other_id,
    l.customer_id,
    2 AS strength,
    0 AS billed,
    l.mrr AS expected,
    f.month AS since,
    CAST(NULL AS INTEGER) AS until
FROM audit_finished AS f
INNER JOIN audit_lines AS l ON f.customer_id = l.customer_id AND f.last_day = l.end_date
INNER JOIN (
    SELECT l.customer_id
    FROM audit_lines AS l
    INNER JOIN audit_finished AS f ON l.customer_id = f.customer_id AND l.end_date = f.last_day
    GROUP BY l.customer_id
    HAVING MAX(l.cancelled) + MAX(l.reasoned) = 0
) AS silent
    ON f.customer_id = silent.customer_id
WHERE :records = 1 AND l.free = 0 AND l.paused = 0
UNION ALL
SELECT
    line_id,
    line_id AS other_id,
    customer_id,
    1 AS strength,
    0 AS billed,
    mrr AS expected,
    term_month AS since,
    CAST(NULL AS INTEGER) AS until
FROM audit_terms
WHERE :terms = 1 AND followed = 0
