-- Terms that passed: followed = 1 where the line was ended or another one took over.
SELECT
    l.line_id,
    l.customer_id,
    l.mrr,
    t.term_month,
    CASE
        WHEN l.end_date IS NOT NULL OR l.cancelled + l.reasoned > 0 THEN 1
        WHEN l.start_date < latest.start_date AND latest.start_date >= l.term_end THEN 1
        ELSE 0
    END AS followed
FROM audit_lines AS l
INNER JOIN (
    SELECT
        line_id,
        CAST(EXTRACT(YEAR FROM term_end) * 12 + EXTRACT(MONTH FROM term_end) - 1 AS INTEGER)
            AS term_month
    FROM audit_lines
    WHERE term_end > start_date
) AS t
    ON l.line_id = t.line_id
INNER JOIN (
    SELECT customer_id, MAX(start_date) AS start_date FROM audit_lines GROUP BY customer_id
) AS latest
    ON l.customer_id = latest.customer_id
WHERE t.term_month < :as_of AND l.free = 0
