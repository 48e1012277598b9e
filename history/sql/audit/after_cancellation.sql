-- billed-after-cancellation: cancelled (strength 2), or a reason of leaving is given (1), and the
-- line has no end.
SELECT
    line_id,
    line_id AS other_id,
    customer_id,
    CASE WHEN cancelled = 1 THEN 2 ELSE 1 END AS strength,
    mrr AS billed,
    0 AS expected,
    :as_of AS since,
    CAST(NULL AS INTEGER) AS until
FROM audit_lines
WHERE cancelled + reasoned > 0 AND end_date IS NULL AND free = 0 AND first_month <= :as_of
