-- Spells of a discount on the list price of what can be left every month, as they follow each other
-- in a customer's lines: from month to month, how deep, and whether the full price came next.
SELECT
    line_id,
    line_id AS other_id,
    customer_id,
    product,
    thread,
    first_month AS since,
    stop_month AS until,
    mrr,
    off,
    last_off,
    next_off,
    CASE WHEN end_date = next_start THEN 1 ELSE 0 END AS followed,
    CASE WHEN last_end = start_date THEN 1 ELSE 0 END AS continues
FROM (
    SELECT
        line_id,
        customer_id,
        product,
        thread,
        start_date,
        end_date,
        first_month,
        stop_month,
        mrr,
        off,
        LAG(off) OVER threads AS last_off,
        LEAD(off) OVER threads AS next_off,
        LAG(end_date) OVER threads AS last_end,
        LEAD(start_date) OVER threads AS next_start
    FROM audit_lines
    WHERE bound = 0 AND free = 0 AND paused = 0 AND list_price > 0 AND first_month <= :as_of
    WINDOW threads AS (PARTITION BY customer_id, product, thread ORDER BY start_date, line_id)
) AS ordered
WHERE off > 0.005
