-- What is signed and not started, and what is announced to end, after :as_of. A line that another
-- line of the same customer follows on the day of its end is renewed: what it paid is replaced.
SELECT
    CAST(COALESCE(SUM(CASE WHEN first_month > :as_of THEN mrr ELSE 0 END), 0) AS BIGINT) AS signed,
    CAST(
        COALESCE(
            SUM(
                CASE
                    WHEN
                        first_month <= :as_of AND stop_month > :as_of
                        AND (status = 'cancelled' OR followed = 1)
                        THEN mrr
                    ELSE 0
                END
            ),
            0
        ) AS BIGINT
    ) AS ending
FROM (
    SELECT
        f.first_month,
        f.stop_month,
        f.status,
        f.mrr,
        CASE WHEN n.customer_id IS NULL THEN 0 ELSE 1 END AS followed
    FROM facts AS f
    LEFT JOIN (
        SELECT DISTINCT customer_id, start_date FROM facts WHERE first_month > :as_of AND mrr > 0
    ) AS n ON f.customer_id = n.customer_id AND f.end_date = n.start_date
    WHERE
        f.mrr <> 0
        AND (f.end_date IS NULL OR f.end_date > f.start_date)
        AND f.one_off = 0
        AND f.status <> 'trial'
        AND (f.status <> 'paused' OR :paused = 1)
        AND (f.status <> 'past_due' OR :past_due = 1)
) AS known
