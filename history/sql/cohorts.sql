-- Cohort (first close with MRR > 0) x month: what changes in customers and MRR. Adding up over the
-- months gives the level at each age.
-- kept_customers: those who never left since their first close. kept_mrr: of each customer at most
-- what it paid at its first close.
SELECT
    first_close AS cohort,
    segment,
    month,
    CAST(SUM(CASE WHEN after > 0 THEN 1 ELSE 0 END - was_paying) AS BIGINT) AS customers,
    CAST(SUM(after - was) AS BIGINT) AS mrr,
    CAST(
        SUM(
            CASE WHEN month = first_close THEN 1 ELSE 0 END
            - CASE WHEN month = first_exit THEN 1 ELSE 0 END
        ) AS BIGINT
    ) AS kept_customers,
    CAST(
        SUM(
            CASE WHEN after <= 0 THEN 0 WHEN after < first_mrr THEN after ELSE first_mrr END
            - CASE WHEN was <= 0 THEN 0 WHEN was < first_mrr THEN was ELSE first_mrr END
        ) AS BIGINT
    ) AS kept_mrr
FROM (
    SELECT
        segment,
        first_close,
        first_mrr,
        first_exit,
        month,
        after,
        CASE WHEN month = first_close THEN 0 ELSE before END AS was,
        CASE WHEN month > first_close AND before > 0 THEN 1 ELSE 0 END AS was_paying
    FROM homed
    WHERE month >= first_close
) AS steps
GROUP BY first_close, segment, month
