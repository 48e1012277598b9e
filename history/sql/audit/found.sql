-- Candidates with the names by which the file knows them.
SELECT
    f.*,
    c.customer,
    n."row" AS at,
    o."row" AS beside
FROM audit_found AS f
INNER JOIN numbered AS n ON f.line_id = n.line_id
INNER JOIN numbered AS o ON f.other_id = o.line_id
INNER JOIN customers AS c ON f.customer_id = c.customer_id
ORDER BY f.line_id, f.other_id, f.since
