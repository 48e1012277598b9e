-- The facts of a ledger with several currencies: mrr in minor units of the reporting currency at the
-- rate of :as_of, own_mrr in those of the line's own currency. Each line is rounded for itself; what
-- customers pay is rounded once a customer and currency (pieces).
SELECT
    line_id,
    customer_id,
    start_date,
    end_date,
    first_month,
    stop_month,
    term_month,
    value AS mrr,
    interval_months,
    contract_months,
    one_off,
    cancelled,
    counts,
    own AS own_mrr,
    currency
FROM converted
