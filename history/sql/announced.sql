-- What is announced, by segment: MRR signed and not started (+), and MRR that will leave or be
-- replaced (-). Added to closing MRR it gives CMRR.
SELECT
    segment,
    CAST(
        SUM(
            CASE WHEN start_month > :as_of THEN mrr ELSE 0 END
            - CASE WHEN leave_month IS NOT NULL THEN mrr ELSE 0 END
        ) AS BIGINT
    ) AS mrr
FROM ahead
GROUP BY segment
