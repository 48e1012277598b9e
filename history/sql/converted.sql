-- The amounts (own: minor units of their currency) with their value: minor units of the reporting
-- currency at the rate of rate_month, own * top / bottom, rounded half-even. The division is exact.
SELECT
    divided.*,
    CASE WHEN own < 0 THEN -1 ELSE 1 END
    * (
        whole
        + CASE
            WHEN 2 * rest > bottom OR (2 * rest = bottom AND MOD(whole, 2) = 1) THEN 1 ELSE 0
        END
    ) AS value
FROM (
    SELECT
        sized.*,
        CAST(MOD(size, bottom) AS BIGINT) AS rest,
        CAST((size - MOD(size, bottom)) / bottom AS BIGINT) AS whole
    FROM (
        SELECT
            a.*,
            r.bottom,
            CAST(CASE WHEN a.own < 0 THEN -a.own ELSE a.own END AS DECIMAL(19, 0))
            * CAST(r.top AS DECIMAL(19, 0)) AS size
        FROM amounts AS a
        INNER JOIN rates AS r ON a.currency = r.currency AND a.rate_month = r.month
    ) AS sized
) AS divided
