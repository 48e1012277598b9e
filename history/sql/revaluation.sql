-- FX by month and segment: what the opening balances are worth more at the close's rates than at
-- those of the close before. The roundings of the balances are in it.
SELECT
    month,
    segment,
    CAST(SUM(times * value) AS BIGINT) AS mrr
FROM converted
GROUP BY month, segment
