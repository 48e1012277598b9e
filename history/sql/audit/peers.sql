-- What a piece of each product costs a month: the median and the 5 % and 95 % points of the units.
SELECT
    product,
    counted,
    MAX(pieces) AS pieces,
    MIN(CASE WHEN place * 20 >= pieces THEN unit END) AS low,
    MIN(CASE WHEN place * 2 >= pieces THEN unit END) AS middle,
    MIN(CASE WHEN place * 20 >= 19 * pieces THEN unit END) AS high
FROM (
    SELECT
        product,
        counted,
        unit,
        ROW_NUMBER() OVER (PARTITION BY product, counted ORDER BY unit) AS place,
        COUNT(*) OVER (PARTITION BY product, counted) AS pieces
    FROM audit_lines
    WHERE free = 0
) AS ranked
GROUP BY product, counted
