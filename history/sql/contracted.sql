-- MRR at the last close of lines whose contract is a year or more, by segment.
SELECT
    segment,
    CAST(SUM(mrr) AS BIGINT) AS mrr
FROM labelled
WHERE stop_month IS NULL AND contract_months >= 12
GROUP BY segment
