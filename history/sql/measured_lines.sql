-- The lines that count at a close, with what they are a price of: units (millionths, so that they
-- add up exactly), blank = 1 where a line has no quantity above 0. A discount (a negative amount)
-- sells no units, whatever its quantity: it lowers the price of its item. items: the item of each line.
SELECT
    l.customer_id,
    l.segment,
    i.item,
    l.first_month,
    l.stop_month,
    l.mrr,
    CASE
        WHEN l.mrr > 0 AND n.quantity > 0 THEN CAST(n.quantity * 1000000 AS DECIMAL(26, 0))
        ELSE CAST(0 AS DECIMAL(26, 0))
    END AS units,
    CASE WHEN l.mrr < 0 OR n.quantity > 0 THEN 0 ELSE 1 END AS blank
FROM labelled AS l
INNER JOIN numbered AS n ON l.line_id = n.line_id
INNER JOIN items AS i ON l.line_id = i.line_id
WHERE l.stop_month IS NULL OR l.stop_month > l.first_month
