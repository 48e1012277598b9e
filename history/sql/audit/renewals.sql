-- Renewals of what is bound: at what price against the old one, by half-year. moved: the list price
-- rose meanwhile (1), did not (0), is not known (-1).
SELECT
    begun_id AS line_id,
    ended_id AS other_id,
    customer_id,
    month,
    month - MOD(month, 6) AS half,
    begun_mrr AS mrr,
    begun_unit / ended_unit AS step,
    list_ratio,
    CASE
        WHEN list_ratio IS NULL THEN -1
        WHEN list_ratio > 1.003 THEN 1
        ELSE 0
    END AS moved,
    CASE
        WHEN begun_unit > 1.003 * ended_unit AND begun_unit <= 1.5 * ended_unit THEN 1
        ELSE 0
    END AS raised,
    CASE
        WHEN begun_unit >= 0.997 * ended_unit AND begun_unit <= 1.003 * ended_unit THEN 1
        ELSE 0
    END AS kept
FROM audit_handovers
WHERE steady = 1 AND bound = 1 AND month <= :as_of AND month - ended_first >= 11
