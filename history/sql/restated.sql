-- The balances at the opening of each month in which their rate moved: worth at its close's rate (+)
-- and at that of the close before (-).
SELECT
    h.segment,
    h.currency,
    h.own,
    s.month,
    s.month AS rate_month,
    h.times
FROM holdings AS h
INNER JOIN rate_steps AS s
    ON
        h.currency = s.currency
        AND h.since_month < s.month
        AND (h.until_month IS NULL OR h.until_month >= s.month)
UNION ALL
SELECT
    h.segment,
    h.currency,
    h.own,
    s.month,
    s.month - 1 AS rate_month,
    -h.times AS times
FROM holdings AS h
INNER JOIN rate_steps AS s
    ON
        h.currency = s.currency
        AND h.since_month < s.month
        AND (h.until_month IS NULL OR h.until_month >= s.month)
