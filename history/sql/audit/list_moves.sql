-- Months in which a new price reached the customers of a product who can leave every month: how
-- many were raised, the median rise and the median unit afterwards. A list price that stands still
-- says that a discount ended.
SELECT
    product,
    month,
    MAX(raised) AS raised,
    MIN(CASE WHEN place * 2 >= raised THEN rise END) AS rise,
    MIN(CASE WHEN unit_place * 2 >= raised THEN begun_unit END) AS unit
FROM (
    SELECT
        product,
        month,
        rise,
        begun_unit,
        ROW_NUMBER() OVER (PARTITION BY product, month ORDER BY rise) AS place,
        ROW_NUMBER() OVER (PARTITION BY product, month ORDER BY begun_unit) AS unit_place,
        COUNT(*) OVER (PARTITION BY product, month) AS raised
    FROM audit_rises
    WHERE flexible = 1 AND month < :as_of AND (list_ratio IS NULL OR list_ratio > 1.003)
) AS ranked
GROUP BY product, month
HAVING MAX(raised) >= 5
