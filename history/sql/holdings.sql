-- How many balances of one amount stand from the close of since_month to the one before until_month
-- (blank: to the end). Equal balances are one row, whosever they are.
SELECT
    segment,
    currency,
    own,
    month AS since_month,
    until_month,
    times
FROM (
    SELECT
        segment,
        currency,
        own,
        month,
        MIN(month) OVER (
            PARTITION BY segment, currency, own
            ORDER BY month
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS until_month,
        CAST(
            SUM(delta_times) OVER (
                PARTITION BY segment, currency, own
                ORDER BY month
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS BIGINT
        ) AS times
    FROM (
        SELECT segment, currency, own, month, SUM(delta_times) AS delta_times
        FROM pieces
        GROUP BY segment, currency, own, month
        HAVING SUM(delta_times) <> 0
    ) AS changed
) AS standing
WHERE times <> 0
