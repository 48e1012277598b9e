-- double-billing: a line begins as the successor of another one of its product, at least half as
-- large, and the older one runs on. Where both can be left every month, two lines side by side are
-- enough. Where there is a term, lines that end with the older one or before it are additions to
-- it; so are lines that begin ahead of a renewal, if the older one ends as agreed: only one as
-- large as the older one, with no renewal on that day, counts then (strength 1).
SELECT
    line_id,
    MIN(successor) AS other_id,
    customer_id,
    MAX(strength) AS strength,
    mrr AS billed,
    0 AS expected,
    MIN(since) AS since,
    stop_month AS until
FROM (
    SELECT
        o.line_id,
        n.line_id AS successor,
        o.customer_id,
        o.mrr,
        o.stop_month,
        n.first_month AS since,
        CASE
            WHEN h.day IS NOT NULL OR o.end_date = o.term_end THEN 1
            WHEN EXTRACT(DAY FROM n.start_date) = EXTRACT(DAY FROM o.start_date) THEN 2
            WHEN n.start_date = o.term_end THEN 2
            ELSE 1
        END AS strength
    FROM audit_breaks AS b
    INNER JOIN audit_lines AS n ON b.line_id = n.line_id
    INNER JOIN audit_lines AS o
        ON
            n.customer_id = o.customer_id
            AND n.product = o.product
            AND n.thread = o.thread
    LEFT JOIN audit_starts AS h
        ON
            o.customer_id = h.customer_id
            AND o.product = h.product
            AND o.thread = h.thread
            AND o.end_date = h.day
    WHERE
        b.runs = 1
        AND o.free = 0
        AND o.paused = 0
        AND n.paused = 0
        AND n.first_month <= :as_of
        AND o.start_date < n.start_date
        AND (o.end_date IS NULL OR o.end_date > n.start_date)
        AND n.mrr >= 0.5 * o.mrr
        AND (
            (o.bound = 0 AND n.bound = 0)
            OR (
                n.mrr <= 2 * o.mrr
                AND (
                    (o.end_date IS NULL AND n.end_date IS NULL)
                    OR n.end_date IS NULL
                    OR n.end_date > o.end_date
                )
                AND (
                    o.term_end IS NULL
                    OR o.end_date IS NULL
                    OR o.end_date <> o.term_end
                    OR (h.day IS NULL AND o.stop_month <= :as_of AND n.mrr >= 0.9 * o.mrr)
                )
            )
        )
) AS pairs
GROUP BY line_id, customer_id, mrr, stop_month
