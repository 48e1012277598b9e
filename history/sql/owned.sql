-- The lines that count with their segment, in their own currency.
SELECT
    l.customer_id,
    l.segment,
    l.first_month,
    l.stop_month,
    r.currency,
    r.own_mrr
FROM labelled AS l
INNER JOIN reported AS r ON l.line_id = r.line_id
