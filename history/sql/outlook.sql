-- MRR of the lines ahead by segment and by what is known of their future; 0 where a month is blank.
SELECT
    segment,
    start_month,
    COALESCE(renewal_month, 0) AS renewal_month,
    COALESCE(leave_month, 0) AS leave_month,
    replaced,
    CAST(SUM(mrr) AS BIGINT) AS mrr
FROM ahead
GROUP BY
    segment, start_month, COALESCE(renewal_month, 0), COALESCE(leave_month, 0), replaced
