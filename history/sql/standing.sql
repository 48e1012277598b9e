-- The customers paying at the last close: where they stand, since when, and when their contract is
-- up. notice: every line of the customer is under notice; renewal is then the month it leaves.
SELECT
    l.segment,
    l.contract_months AS term,
    s.life_start AS start_month,
    COALESCE(n.notice_month, l.renewal_month, 0) AS renewal_month,
    CASE WHEN n.notice_month IS NULL THEN 0 ELSE 1 END AS notice,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(s.mrr) AS BIGINT) AS mrr
FROM standing_customers AS s
INNER JOIN largest AS l ON s.customer_id = l.customer_id
LEFT JOIN (
    SELECT customer_id, MAX(notice_month) AS notice_month
    FROM labelled
    WHERE stop_month IS NULL AND mrr > 0
    GROUP BY customer_id
    HAVING COUNT(*) = COUNT(notice_month)
) AS n ON s.customer_id = n.customer_id
GROUP BY
    l.segment, l.contract_months, s.life_start, COALESCE(n.notice_month, l.renewal_month, 0),
    CASE WHEN n.notice_month IS NULL THEN 0 ELSE 1 END
