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
    cancelled,
    mrr
FROM reported
WHERE
    counts > 0
    AND (counts <> 2 OR :paused = 1)
    AND (counts <> 3 OR :past_due = 1)
