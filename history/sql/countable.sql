-- The lines that count in MRR while they run, whenever that is.
SELECT
    line_id,
    customer_id,
    start_date,
    end_date,
    first_month,
    stop_month,
    term_month,
    interval_months,
    CASE WHEN contract_months > 1 THEN contract_months ELSE 1 END AS contract_months,
    status,
    mrr
FROM facts
WHERE
    mrr <> 0
    AND (end_date IS NULL OR end_date > start_date)
    AND one_off = 0
    AND status <> 'trial'
    AND (status <> 'paused' OR :paused = 1)
    AND (status <> 'past_due' OR :past_due = 1)
