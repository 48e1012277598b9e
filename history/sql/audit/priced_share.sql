-- How many of the priced lines are billed as quantity and unit price say, to 1 %.
SELECT
    COUNT(*) AS lines,
    COALESCE(SUM(CASE
        WHEN mrr >= 0.99 * per_interval - 1 AND mrr <= 1.01 * per_interval + 1 THEN 1
        ELSE 0
    END), 0) AS per_interval,
    COALESCE(SUM(CASE
        WHEN mrr >= 0.99 * per_month - 1 AND mrr <= 1.01 * per_month + 1 THEN 1
        ELSE 0
    END), 0) AS per_month
FROM audit_priced
