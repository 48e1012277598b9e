-- The lines that the audit looks at: recurring, of a day or more, not negative, known at :as_of
-- (:later = 0) or known today (:later = 1: signed lines, agreed ends and notices that lie ahead).
-- product and thread say which lines belong together; unit is MRR per piece in minor units; off is
-- the discount on the list price (share); steady: prices are comparable over time (no unknown rate of
-- exchange is in them); bound: there is a term, or more than a month is billed.
SELECT
    s.line_id,
    f.customer_id,
    s.product,
    s.thread,
    s.money,
    s.price_scale,
    CASE WHEN s.price_scale IS NULL THEN 0 ELSE 1 END AS steady,
    f.start_date,
    CASE WHEN f.known = 1 THEN f.end_date END AS end_date,
    s.term_end,
    f.first_month,
    CASE WHEN f.known = 1 THEN f.stop_month END AS stop_month,
    s.mrr,
    f.interval_months,
    CASE WHEN s.quantity > 0 THEN s.quantity ELSE 1 END AS quantity,
    CASE WHEN s.quantity > 0 THEN 1 ELSE 0 END AS counted,
    CASE WHEN s.quantity > 0 THEN s.mrr / s.quantity ELSE CAST(s.mrr AS DOUBLE) END AS unit,
    s.unit_price,
    s.list_price,
    CASE
        WHEN s.list_price > 0 AND s.unit_price >= 0 AND s.unit_price < s.list_price
            THEN 1 - s.unit_price / s.list_price
        ELSE 0
    END AS off,
    CASE
        WHEN f.cancelled = 1 AND (f.stop_month <= :as_of OR :later = 1) THEN 1
        ELSE 0
    END AS cancelled,
    CASE
        WHEN s.churn_reason IS NOT NULL AND (f.stop_month <= :as_of OR :later = 1) THEN 1
        ELSE 0
    END AS reasoned,
    CASE WHEN s.status = 'paused' THEN 1 ELSE 0 END AS paused,
    CASE WHEN s.status = 'trial' OR s.mrr = 0 THEN 1 ELSE 0 END AS free,
    CASE WHEN s.term_end IS NOT NULL OR f.interval_months > 1 THEN 1 ELSE 0 END AS bound
FROM (
    SELECT
        facts.*,
        CASE
            WHEN stop_month <= :as_of OR :later = 1 OR interval_months > 1 OR term_month > 0 THEN 1
            ELSE 0
        END AS known
    FROM facts
) AS f
INNER JOIN audit_source AS s ON f.line_id = s.line_id
WHERE
    s.one_off = 0
    AND s.mrr >= 0
    AND (f.end_date IS NULL OR f.end_date > f.start_date)
    AND (f.first_month <= :as_of OR :later = 1)
