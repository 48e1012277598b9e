-- Money paid back, by the month of the refund.
SELECT
    invoice_month AS month,
    segment,
    CAST(SUM(CASE WHEN amount < 0 THEN -amount ELSE amount END) AS BIGINT) AS amount
FROM billed
WHERE kind = 'refund' AND invoice_month <= :as_of
GROUP BY invoice_month, segment
