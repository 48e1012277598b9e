-- The lines of the largest contracts, with where they stand in the source and when they are up.
SELECT
    l.month,
    l.place,
    c.customer,
    l.mrr AS contract_mrr,
    n."row" AS source_row,
    n.start_date,
    n.end_date,
    n.term_end,
    a.segment,
    a.mrr
FROM largest_due AS l
INNER JOIN ahead AS a ON l.customer_id = a.customer_id AND l.month = a.renewal_month
INNER JOIN numbered AS n ON a.line_id = n.line_id
INNER JOIN customers AS c ON l.customer_id = c.customer_id
WHERE a.leave_month IS NULL
ORDER BY l.month, l.place, n.line_id
