-- The invoice lines in service in the month from :first_day to the day before :next_day, as known
-- at :as_of, and what they are worth at its close.
SELECT
    CASE WHEN kind = 'proration' THEN 'recurring' ELSE kind END AS kind,
    CASE
        WHEN end_day < :next_day THEN 'ended'
        WHEN start_day > :first_day THEN 'started'
        ELSE 'whole'
    END AS stands,
    start_day,
    end_day,
    end_day - start_day AS days,
    CASE WHEN amount < 0 THEN -amount ELSE amount END AS size,
    CASE WHEN amount < 0 THEN -1 ELSE 1 END AS sign,
    CASE WHEN end_day >= :next_day THEN mrr ELSE 0 END AS mrr
FROM invoices
WHERE
    start_day < :next_day AND end_day > :first_day
    AND invoice_month <= :as_of AND kind <> 'refund'
