-- What became of the MRR at the close of :since, by segment, under every published definition.
-- base: MRR then of the customers who paid then. held: theirs today. The names beginning with
-- base_ are flows of those customers, those beginning with all_ flows of everybody.
SELECT
    segment,
    CAST(SUM(CASE WHEN opening > 0 THEN opening ELSE 0 END) AS BIGINT) AS base,
    CAST(SUM(CASE WHEN opening > 0 THEN closing ELSE 0 END) AS BIGINT) AS held,
    CAST(
        SUM(
            CASE
                WHEN opening <= 0 OR closing <= 0 THEN 0
                WHEN closing < opening THEN closing
                ELSE opening
            END
        ) AS BIGINT
    ) AS kept,
    CAST(
        SUM(
            CASE
                WHEN opening <= 0 OR lowest <= 0 THEN 0
                WHEN lowest < opening THEN lowest
                ELSE opening
            END
        ) AS BIGINT
    ) AS kept_throughout,
    CAST(SUM(CASE WHEN opening > 0 AND closing > 0 THEN opening ELSE 0 END) AS BIGINT)
        AS survivors_then,
    CAST(SUM(CASE WHEN opening > 0 AND closing > 0 THEN closing ELSE 0 END) AS BIGINT)
        AS survivors_now,
    CAST(SUM(CASE WHEN opening > 0 THEN lasting ELSE 0 END) AS BIGINT) AS base_lasting,
    CAST(SUM(CASE WHEN opening > 0 THEN returned ELSE 0 END) AS BIGINT) AS base_returned,
    CAST(SUM(closing) AS BIGINT) AS closing,
    CAST(SUM(CASE WHEN opening > 0 THEN 1 ELSE 0 END) AS BIGINT) AS base_customers,
    CAST(SUM(CASE WHEN opening > 0 AND closing > 0 THEN 1 ELSE 0 END) AS BIGINT) AS held_customers
FROM (
    SELECT
        segment,
        customer_id,
        SUM(CASE WHEN month <= :since THEN after - before ELSE 0 END) AS opening,
        SUM(after - before) AS closing,
        COALESCE(
            MIN(CASE WHEN month > :since THEN after END),
            SUM(CASE WHEN month <= :since THEN after - before ELSE 0 END)
        ) AS lowest,
        SUM(
            CASE
                WHEN month > :since AND movement IN ('expansion', 'contraction', 'churn')
                    THEN after - before
                ELSE 0
            END
        ) AS lasting,
        SUM(
            CASE
                WHEN month > :since AND movement IN ('new', 'reactivation') THEN after - before
                ELSE 0
            END
        ) AS returned
    FROM measured
    GROUP BY segment, customer_id
) AS paths
GROUP BY segment
