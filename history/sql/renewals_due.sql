-- What comes up for renewal, by month and segment. due: contracts of which nothing is known yet.
-- signed and notice: MRR that comes up then, but is replaced or leaves for certain. Contracts that
-- are replaced or leave before they are up are not there.
SELECT
    renewal_month AS month,
    segment,
    CAST(COUNT(DISTINCT CASE WHEN leave_month IS NULL THEN customer_id END) AS BIGINT) AS customers,
    CAST(SUM(CASE WHEN leave_month IS NULL THEN mrr ELSE 0 END) AS BIGINT) AS mrr,
    CAST(SUM(CASE WHEN leave_month IS NOT NULL AND replaced = 1 THEN mrr ELSE 0 END) AS BIGINT)
        AS signed_mrr,
    CAST(SUM(CASE WHEN leave_month IS NOT NULL AND replaced = 0 THEN mrr ELSE 0 END) AS BIGINT)
        AS notice_mrr
FROM ahead
WHERE
    renewal_month > :as_of
    AND renewal_month <= :until
    AND (leave_month IS NULL OR leave_month >= renewal_month)
GROUP BY renewal_month, segment
