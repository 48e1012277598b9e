-- Lines that begin after a hole in their customer's service (hole = 1), or while another line of
-- the same product and thread still runs (runs = 1). A hole of a day is how ends are written.
SELECT
    line_id,
    customer_id,
    product,
    thread,
    start_date,
    covered_to,
    CASE WHEN start_date > covered_to + INTERVAL '1' DAY THEN 1 ELSE 0 END AS hole,
    CASE WHEN start_date < thread_to THEN 1 ELSE 0 END AS runs
FROM (
    SELECT
        line_id,
        customer_id,
        product,
        thread,
        start_date,
        MAX(COALESCE(end_date, DATE '9999-12-31')) OVER (
            PARTITION BY customer_id
            ORDER BY start_date, line_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS covered_to,
        MAX(CASE WHEN free = 1 THEN start_date ELSE COALESCE(end_date, DATE '9999-12-31') END)
            OVER (
                PARTITION BY customer_id, product, thread
                ORDER BY start_date, line_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS thread_to
    FROM audit_lines
) AS covered
WHERE start_date > covered_to + INTERVAL '1' DAY OR start_date < thread_to
