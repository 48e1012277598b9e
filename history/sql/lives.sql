-- Lives grouped by segment, contract and start, month by month: what changes in the customers alive
-- and their MRR, who churned, and how the MRR of those alive moved.
SELECT
    l.segment,
    l.contract_months AS term,
    m.life_start,
    CASE WHEN f.movement = 'reactivation' THEN 1 ELSE 0 END AS returned,
    m.month,
    CAST(
        SUM(
            CASE WHEN m.before <= 0 THEN 1 ELSE 0 END - CASE WHEN m.after <= 0 THEN 1 ELSE 0 END
        ) AS BIGINT
    ) AS alive,
    CAST(
        SUM(
            CASE WHEN m.after > 0 THEN m.after ELSE 0 END
            - CASE WHEN m.before > 0 THEN m.before ELSE 0 END
        ) AS BIGINT
    ) AS mrr,
    CAST(SUM(CASE WHEN m.after <= 0 THEN 1 ELSE 0 END) AS BIGINT) AS churned,
    CAST(SUM(CASE WHEN m.movement = 'churn' THEN m.after - m.before ELSE 0 END) AS BIGINT)
        AS churn_mrr,
    CAST(SUM(CASE WHEN m.movement = 'expansion' THEN m.after - m.before ELSE 0 END) AS BIGINT)
        AS expansion_mrr,
    CAST(SUM(CASE WHEN m.movement = 'contraction' THEN m.after - m.before ELSE 0 END) AS BIGINT)
        AS contraction_mrr
FROM lived AS m
INNER JOIN largest AS l ON m.customer_id = l.customer_id AND m.life_start = l.month
INNER JOIN moves AS f ON m.customer_id = f.customer_id AND m.life_start = f.month
WHERE m.before > 0 OR m.after > 0
GROUP BY l.segment, l.contract_months, m.life_start, f.movement, m.month
