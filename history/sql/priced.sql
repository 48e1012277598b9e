-- The rows that become lines, with what they pay a month: exact, rounded once a line, half-even, to
-- minor units (:minor of them are one major unit). Prices have up to twelve decimals.
-- list_mrr: the same of the list price.
SELECT
    divided.*,
    CAST(
        CASE WHEN price < 0 THEN -1 ELSE 1 END
        * (
            quotient
            + CASE
                WHEN 2 * (above - quotient * below) > below THEN 1
                WHEN 2 * (above - quotient * below) = below THEN MOD(quotient, 2)
                ELSE 0
            END
        ) AS BIGINT
    ) AS mrr,
    CAST(
        CASE WHEN listed < 0 THEN -1 ELSE 1 END
        * (
            list_quotient
            + CASE
                WHEN 2 * (list_above - list_quotient * below) > below THEN 1
                WHEN 2 * (list_above - list_quotient * below) = below THEN MOD(list_quotient, 2)
                ELSE 0
            END
        ) AS BIGINT
    ) AS list_mrr
FROM (
    SELECT
        fraction.*,
        above // below AS quotient,
        list_above // below AS list_quotient
    FROM (
        SELECT
            understood.*,
            CAST(CASE WHEN price < 0 THEN -price ELSE price END * 1000000000000 AS HUGEINT)
            * numerator * :minor AS above,
            CAST(CASE WHEN listed < 0 THEN -listed ELSE listed END * 1000000000000 AS HUGEINT)
            * numerator * :minor AS list_above,
            CAST(denominator AS HUGEINT) * 1000000000000 AS below
        FROM understood
        WHERE rule IS NULL
    ) AS fraction
) AS divided
