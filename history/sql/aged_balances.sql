-- The balances in own currency that change their stage by age, out of one and into the next, at the
-- close before the month in which the stage begins. Segment and stage are one number, as in
-- staged_balances.
SELECT
    o.customer_id,
    o.segment,
    o.currency,
    o.month,
    o.leaves * o.low AS before_low,
    o.leaves * o.high AS before_high,
    (1 - o.leaves) * o.low AS after_low,
    (1 - o.leaves) * o.high AS after_high,
    0 AS passing_low,
    0 AS passing_high
FROM (
    SELECT
        b.customer_id,
        b.segment * :stages + s.stage - k.leaves AS segment,
        b.currency,
        s.since_month - 1 AS month,
        k.leaves,
        b.after_low AS low,
        b.after_high AS high
    FROM (
        SELECT p.customer_id, p.stage, p.since_month, MAX(c.month) AS month
        FROM stage_spans AS p
        INNER JOIN own_balances AS c ON p.customer_id = c.customer_id AND c.month < p.since_month
        GROUP BY p.customer_id, p.stage, p.since_month
    ) AS s
    INNER JOIN own_balances AS b ON s.customer_id = b.customer_id AND s.month = b.month
    CROSS JOIN (SELECT 1 AS leaves UNION ALL SELECT 0 AS leaves) AS k
    WHERE b.after_low <> b.after_high
) AS o
