-- The contracts that came up until :as_of, each as it was known at the close before: at its
-- term_end, at an end that was no notice, at each anniversary of an interval longer than a month
-- (repeats: 1, 2, 3, ...). seen_month: where the line ended then, the close that shows it; blank where
-- it went on.
SELECT
    u.line_id,
    u.customer_id,
    u.segment,
    u.contract_months,
    u.mrr,
    u.month,
    CASE WHEN u.facts_stop = u.month THEN u.stop_month END AS seen_month
FROM (
    SELECT l.*, f.stop_month AS facts_stop, f.term_month AS month
    FROM labelled AS l
    INNER JOIN facts AS f ON l.line_id = f.line_id
    WHERE
        f.term_month > f.first_month
        AND f.term_month <= :as_of
        AND (f.stop_month IS NULL OR f.stop_month >= f.term_month)
    UNION ALL
    SELECT l.*, f.stop_month AS facts_stop, f.stop_month AS month
    FROM labelled AS l
    INNER JOIN facts AS f ON l.line_id = f.line_id
    WHERE
        f.stop_month > f.first_month
        AND f.stop_month <= :as_of
        AND f.cancelled = 0
        AND (f.stop_month > f.term_month OR (f.term_month IS NULL AND f.interval_months > 1))
    UNION ALL
    SELECT l.*, f.stop_month AS facts_stop, f.first_month + s.step * f.interval_months AS month
    FROM labelled AS l
    INNER JOIN facts AS f ON l.line_id = f.line_id
    INNER JOIN repeats AS s ON s.step * f.interval_months <= :as_of - f.first_month
    WHERE
        f.interval_months > 1
        AND (
            f.stop_month IS NULL
            OR (
                f.cancelled = 1
                AND f.stop_month >= f.first_month + s.step * f.interval_months
            )
        )
        AND (
            f.term_month IS NULL OR f.term_month < f.first_month + s.step * f.interval_months
        )
) AS u
