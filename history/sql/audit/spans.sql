-- How long pauses (paused = 1) and free lines last that have ended, in months, and how many did.
SELECT
    paused,
    stop_month - first_month AS months,
    COUNT(*) AS lines
FROM audit_lines
WHERE (paused = 1 OR free = 1) AND stop_month <= :as_of
GROUP BY paused, stop_month - first_month
