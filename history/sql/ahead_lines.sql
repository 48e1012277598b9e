-- The lines that pay at the close of :as_of and those signed to start later, with what is known of
-- their future. start_month: from when on they count (:as_of for those that pay now).
-- renewal_month: when their contract is up, blank where they can leave at any time. leave_month:
-- the first close without them, blank unless notice is given or a line that replaces them is signed
-- (replaced = 1).
SELECT
    a.line_id,
    a.customer_id,
    a.start_month,
    a.renewal_month,
    COALESCE(f.next_month, a.notice_month) AS leave_month,
    CASE WHEN f.next_month IS NULL THEN 0 ELSE 1 END AS replaced,
    a.contract_months,
    a.mrr
FROM (
    SELECT
        line_id,
        customer_id,
        :as_of AS start_month,
        renewal_month,
        notice_month,
        contract_months,
        mrr
    FROM counted
    WHERE stop_month IS NULL
    UNION ALL
    SELECT
        line_id,
        customer_id,
        first_month AS start_month,
        CASE
            WHEN term_month > first_month THEN term_month
            WHEN stop_month > first_month AND (term_month IS NOT NULL OR interval_months > 1)
                THEN stop_month
            WHEN interval_months > 1 THEN first_month + interval_months
        END AS renewal_month,
        CASE WHEN cancelled = 1 THEN stop_month END AS notice_month,
        contract_months,
        mrr
    FROM countable
    WHERE first_month > :as_of AND :notices = 1
) AS a
LEFT JOIN followed AS f ON a.line_id = f.line_id
