-- What lines in service have earned up to each close that their service passes, up to :last_month:
-- amount x days served / all days, rounded half-even per line. unbilled: of lines invoiced later;
-- a_year_on: of lines invoiced a year before or earlier.
SELECT
    month,
    segment,
    kind,
    CAST(SUM(weight * so_far) AS BIGINT) AS earned,
    CAST(SUM(CASE WHEN invoice_month > month THEN weight * so_far ELSE 0 END) AS BIGINT)
        AS unbilled,
    CAST(SUM(CASE WHEN invoice_month <= month - 12 THEN weight * so_far ELSE 0 END) AS BIGINT)
        AS a_year_on
FROM (
    SELECT
        month,
        segment,
        kind,
        invoice_month,
        weight,
        whole + CASE
            WHEN 2 * part > days OR (2 * part = days AND MOD(whole, 2) = 1) THEN 1 ELSE 0
        END AS so_far
    FROM (
        SELECT
            month,
            segment,
            kind,
            invoice_month,
            weight,
            days,
            each_day * served + (rest * served - MOD(rest * served, days)) // days AS whole,
            MOD(rest * served, days) AS part
        FROM (
            SELECT
                m.month,
                l.segment,
                l.kind,
                l.invoice_month,
                l.weight,
                l.days,
                l.each_day,
                l.rest,
                CAST(m.next_day - l.start_day AS BIGINT) AS served
            FROM revenue_lines AS l
            INNER JOIN revenue_months AS m ON m.month >= l.first_month AND m.month < l.last_month
            WHERE m.month <= :last_month
        ) AS passed
    ) AS divided
) AS rounded
GROUP BY month, segment, kind
