-- Invoice lines known at :as_of that are revenue, equal ones together (weight: how many, credits
-- counted negative). An amount is each_day whole minor units on every service day and a rest
-- smaller than the days, so that no product leaves 64 bits; half-even rounding is the same on
-- either side of zero, so a credit is a charge counted negative.
SELECT
    segment,
    kind,
    invoice_month,
    first_month,
    last_month,
    start_day,
    days,
    (size - MOD(size, days)) // days AS each_day,
    MOD(size, days) AS rest,
    size,
    CAST(SUM(sign) AS BIGINT) AS weight
FROM (
    SELECT
        segment,
        CASE WHEN kind = 'proration' THEN 'recurring' ELSE kind END AS kind,
        invoice_month,
        first_month,
        last_month,
        start_day,
        end_day - start_day AS days,
        CASE WHEN amount < 0 THEN -amount ELSE amount END AS size,
        CASE WHEN amount < 0 THEN -1 ELSE 1 END AS sign
    FROM billed
    WHERE invoice_month <= :as_of AND kind <> 'refund'
) AS signed
GROUP BY segment, kind, invoice_month, first_month, last_month, start_day, days, size
