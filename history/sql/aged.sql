-- Month x segment x stage: the customers who enter the stage by their age, out of the one before it,
-- and their MRR at the close before. It is what all earlier changes of theirs add up to.
SELECT
    s.since_month AS month,
    m.segment,
    s.stage,
    CAST(
        SUM(
            CASE WHEN m.after > 0 THEN 1 ELSE 0 END - CASE WHEN m.before > 0 THEN 1 ELSE 0 END
        ) AS BIGINT
    ) AS customers,
    CAST(SUM(m.after - m.before) AS BIGINT) AS mrr
FROM stage_spans AS s
INNER JOIN measured AS m ON s.customer_id = m.customer_id AND m.month < s.since_month
WHERE m.after <> m.before
GROUP BY s.since_month, m.segment, s.stage
