-- The lines that count in MRR, as known at :as_of. What starts later is not there; an end that
-- lies later is forgotten, unless it is notice given (:notices = 1 and status cancelled) or the
-- date of a renewal (with a term_end, or an interval longer than a month).
SELECT
    line_id,
    customer_id,
    start_date,
    CASE WHEN stop_month <= :as_of THEN end_date END AS end_date,
    first_month,
    CASE WHEN stop_month <= :as_of THEN stop_month END AS stop_month,
    CASE
        WHEN stop_month > :as_of AND cancelled = 1 AND :notices = 1 THEN stop_month
    END AS notice_month,
    CASE
        WHEN term_month > :as_of THEN term_month
        WHEN
            stop_month > :as_of
            AND (term_month IS NOT NULL OR interval_months > 1)
            AND (cancelled = 0 OR :notices = 1)
            THEN stop_month
        WHEN interval_months > 1
            THEN :as_of - MOD(:as_of - first_month, interval_months) + interval_months
    END AS renewal_month,
    CASE WHEN contract_months > 1 THEN contract_months ELSE 1 END AS contract_months,
    mrr
FROM reported
WHERE
    first_month <= :as_of
    AND counts > 0
    AND (counts <> 2 OR :paused = 1)
    AND (counts <> 3 OR :past_due = 1)
