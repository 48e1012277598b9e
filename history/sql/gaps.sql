-- Gaps of up to :gap_days days in a customer's service: the day where all its lines had ended and
-- the day where the next begins.
SELECT
    customer_id,
    covered_to AS gap_start,
    start_date AS gap_end
FROM (
    SELECT
        customer_id,
        start_date,
        MAX(COALESCE(end_date, DATE '9999-12-31')) OVER (
            PARTITION BY customer_id
            ORDER BY start_date, line_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_to
    FROM counted
    WHERE mrr > 0
) AS covered
WHERE
    start_date > covered_to
    AND start_date <= covered_to + INTERVAL '1' DAY * :gap_days
