-- The customers' moves split over segments: the class is the customer's, the amount the segment's
-- own change, signed. A move between segments at an unchanged total stands under expansion, where
-- its two sides cancel.
SELECT
    s.customer_id,
    s.segment,
    s.month,
    s.after - s.delta AS before,
    s.after,
    s.passing,
    CASE WHEN m.movement IS NULL OR m.movement = 'none' THEN 'expansion' ELSE m.movement END
        AS movement,
    COALESCE(m.visit, 'none') AS visit
FROM segment_balances AS s
LEFT JOIN moves AS m ON s.customer_id = m.customer_id AND s.month = m.month
