-- The customers' MRR in the reporting currency after each change point. delta: what the change is
-- worth at the rates of that month; what the rates did to the balance before it is no part of it.
SELECT
    customer_id,
    segment,
    month,
    CAST(SUM(delta_times * value) AS BIGINT) AS delta,
    CAST(SUM(passing_times * value) AS BIGINT) AS passing,
    CAST(SUM(after_times * value) AS BIGINT) AS after
FROM converted
GROUP BY customer_id, segment, month
