-- The largest line of each customer at the close of a month (points: customer, month). Ties are
-- broken by what stands in the line, never by the order of rows.
SELECT
    customer_id,
    month,
    segment,
    contract_months,
    renewal_month
FROM (
    SELECT
        p.customer_id,
        p.month,
        l.segment,
        l.contract_months,
        l.renewal_month,
        ROW_NUMBER() OVER (
            PARTITION BY p.customer_id, p.month
            ORDER BY
                l.mrr DESC, l.segment, l.contract_months DESC, COALESCE(l.renewal_month, 0),
                l.first_month
        ) AS place
    FROM points AS p
    INNER JOIN labelled AS l
        ON
            p.customer_id = l.customer_id
            AND l.first_month <= p.month
            AND (l.stop_month IS NULL OR l.stop_month > p.month)
) AS ranked
WHERE place = 1
