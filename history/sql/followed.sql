-- Lines that end after :as_of and are replaced already: another line of the same customer is signed
-- to start on the day of the end, or up to :gap_days days later. next_month is its first close.
SELECT
    e.line_id,
    MIN(n.first_month) AS next_month
FROM countable AS e
INNER JOIN countable AS n
    ON
        e.customer_id = n.customer_id
        AND n.start_date >= e.end_date
        AND n.start_date <= e.end_date + INTERVAL '1' DAY * :gap_days
WHERE e.stop_month > :as_of AND n.first_month > :as_of AND n.mrr > 0 AND :notices = 1
GROUP BY e.line_id
