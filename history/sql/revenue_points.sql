-- What changes by whole amounts: the invoice, and the close by which a line is earned in full.
-- measure: invoiced; earned; unbilled (earned in full before it is invoiced, until it is);
-- a_year_on (earned in full and invoiced a year before).
SELECT
    month,
    segment,
    kind,
    measure,
    CAST(SUM(amount) AS BIGINT) AS amount
FROM (
    SELECT invoice_month AS month, segment, kind, 'invoiced' AS measure, weight * size AS amount
    FROM revenue_lines
    UNION ALL
    SELECT last_month AS month, segment, kind, 'earned' AS measure, weight * size AS amount
    FROM revenue_lines
    UNION ALL
    SELECT last_month AS month, segment, kind, 'unbilled' AS measure, weight * size AS amount
    FROM revenue_lines
    WHERE invoice_month > last_month
    UNION ALL
    SELECT invoice_month AS month, segment, kind, 'unbilled' AS measure, -weight * size AS amount
    FROM revenue_lines
    WHERE invoice_month > last_month
    UNION ALL
    SELECT
        CASE WHEN invoice_month + 12 > last_month THEN invoice_month + 12 ELSE last_month END
            AS month,
        segment,
        kind,
        'a_year_on' AS measure,
        weight * size AS amount
    FROM revenue_lines
) AS points
GROUP BY month, segment, kind, measure
