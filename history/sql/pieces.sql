-- The balances as amounts to be rounded (own) and how often each counts: in the balance after the
-- change point, in the change, in what came and went between two closes.
SELECT customer_id, segment, currency, month, own, after_times, delta_times, passing_times
FROM (
    SELECT
        customer_id, segment, currency, month, after_high AS own,
        1 AS after_times, 1 AS delta_times, 0 AS passing_times
    FROM own_balances
    UNION ALL
    SELECT
        customer_id, segment, currency, month, after_low AS own,
        -1 AS after_times, -1 AS delta_times, 0 AS passing_times
    FROM own_balances
    UNION ALL
    SELECT
        customer_id, segment, currency, month, before_high AS own,
        0 AS after_times, -1 AS delta_times, 0 AS passing_times
    FROM own_balances
    UNION ALL
    SELECT
        customer_id, segment, currency, month, before_low AS own,
        0 AS after_times, 1 AS delta_times, 0 AS passing_times
    FROM own_balances
    UNION ALL
    SELECT
        customer_id, segment, currency, month, passing_high AS own,
        0 AS after_times, 0 AS delta_times, 1 AS passing_times
    FROM own_balances
    UNION ALL
    SELECT
        customer_id, segment, currency, month, passing_low AS own,
        0 AS after_times, 0 AS delta_times, -1 AS passing_times
    FROM own_balances
) AS sides
WHERE own <> 0
