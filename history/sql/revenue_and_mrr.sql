-- The revenue of one month beside the MRR at its close, by kind of line and by where its service
-- stands in the month: whole (all days of it), started (and runs on past the close), ended.
-- The two sides are the days served up to the month's end and up to its beginning.
SELECT
    kind,
    stands,
    CAST(SUM(side * (whole + CASE
        WHEN 2 * part > days OR (2 * part = days AND MOD(whole, 2) = 1) THEN 1 ELSE 0
    END)) AS BIGINT) AS revenue,
    CAST(SUM(mrr) AS BIGINT) AS mrr
FROM (
    SELECT
        kind,
        stands,
        side,
        days,
        mrr,
        each_day * served + (rest * served - MOD(rest * served, days)) // days AS whole,
        MOD(rest * served, days) AS part
    FROM (
        SELECT
            kind,
            stands,
            sign AS side,
            days,
            mrr,
            (size - MOD(size, days)) // days AS each_day,
            MOD(size, days) AS rest,
            CAST(CASE WHEN end_day < :next_day THEN days ELSE :next_day - start_day END AS BIGINT)
                AS served
        FROM touched
        UNION ALL
        SELECT
            kind,
            stands,
            -sign AS side,
            days,
            0 AS mrr,
            (size - MOD(size, days)) // days AS each_day,
            MOD(size, days) AS rest,
            CAST(CASE WHEN start_day > :first_day THEN 0 ELSE :first_day - start_day END AS BIGINT)
                AS served
        FROM touched
    ) AS sides
) AS divided
GROUP BY kind, stands
