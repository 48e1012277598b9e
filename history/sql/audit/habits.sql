-- What is usual in this ledger, in numbers: one row. told: customers of whose leaving the ledger says
-- that they cancelled or why.
SELECT
    known.line_count,
    known.line_count - known.customers AS later_lines,
    gone.customers AS finished,
    gone.told,
    links.handovers
FROM (
    SELECT COUNT(*) AS line_count, COUNT(DISTINCT customer_id) AS customers FROM audit_lines
) AS known
CROSS JOIN (
    SELECT COUNT(*) AS customers, COALESCE(SUM(told), 0) AS told
    FROM (
        SELECT l.customer_id, MAX(CASE WHEN l.cancelled + l.reasoned > 0 THEN 1 ELSE 0 END) AS told
        FROM audit_lines AS l
        INNER JOIN audit_finished AS f
            ON l.customer_id = f.customer_id AND l.end_date = f.last_day
        GROUP BY l.customer_id
    ) AS each_one
) AS gone
CROSS JOIN (SELECT COUNT(*) AS handovers FROM audit_handovers) AS links
