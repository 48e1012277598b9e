-- pause-overrun: paused, without an end, for more than :months months.
SELECT
    line_id,
    line_id AS other_id,
    customer_id,
    CASE WHEN :known >= 10 THEN 2 ELSE 1 END AS strength,
    0 AS billed,
    mrr AS expected,
    first_month + :months AS since,
    CAST(NULL AS INTEGER) AS until
FROM audit_lines
WHERE paused = 1 AND mrr > 0 AND stop_month IS NULL AND first_month < :as_of - :months
