-- What stands in the lines of one snapshot more often than in those of the other, wherever the rows
-- stand. surplus: how much more often in the later one, negative for the earlier one.
SELECT
    customer,
    subscription,
    starts,
    ends,
    mrr,
    interval_months,
    kind,
    status,
    labels,
    CAST(SUM(side) AS BIGINT) AS surplus
FROM both_lines
GROUP BY customer, subscription, starts, ends, mrr, interval_months, kind, status, labels
HAVING SUM(side) <> 0
