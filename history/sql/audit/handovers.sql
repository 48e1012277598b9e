-- Handovers: lines of a customer end on a day and others of the same product begin on it, which is
-- how a renewal, a new price and a new quantity look. Units are MRR per piece in minor units;
-- list_ratio is the step of the list price, NULL where it is not known.
SELECT
    e.customer_id,
    e.product,
    e.thread,
    e.day,
    s.month,
    e.first_month AS ended_first,
    e.steady,
    e.line_id AS ended_id,
    s.line_id AS begun_id,
    e.line_count AS ended_lines,
    s.line_count AS begun_lines,
    e.mrr AS ended_mrr,
    s.mrr AS begun_mrr,
    CASE WHEN s.counted = 1 THEN e.mrr / e.quantity ELSE CAST(e.mrr AS DOUBLE) END AS ended_unit,
    CASE WHEN e.counted = 1 THEN s.mrr / s.quantity ELSE CAST(s.mrr AS DOUBLE) END AS begun_unit,
    CASE WHEN e.counted < s.counted THEN e.counted ELSE s.counted END AS counted,
    CASE WHEN e.bound = 1 AND s.bound = 1 THEN 1 ELSE 0 END AS bound,
    CASE WHEN e.bound = 0 AND s.bound = 0 THEN 1 ELSE 0 END AS flexible,
    CASE
        WHEN e.interval_months = s.interval_months AND e.list_price > 0
            THEN s.list_price / e.list_price
    END AS list_ratio
FROM audit_ends AS e
INNER JOIN audit_starts AS s
    ON
        e.customer_id = s.customer_id
        AND e.product = s.product
        AND e.thread = s.thread
        AND e.day = s.day
