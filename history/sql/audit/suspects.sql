-- Lines whose unit is far from what stood before or after it, from what peers pay, or from quantity
-- x unit price (:basis 1: of the interval, 2: of a month, 0: not kept here); with the ratio to each
-- of these, NULL where there is none.
SELECT
    l.line_id,
    l.line_id AS other_id,
    l.customer_id,
    l.mrr,
    l.first_month AS since,
    l.stop_month AS until,
    b.begun_unit / b.ended_unit AS to_before,
    a.ended_unit / a.begun_unit AS to_after,
    a.begun_id AS after_id,
    CASE
        WHEN p.pieces >= 20 AND p.high <= 6 * p.low AND p.low > 0 THEN l.unit / p.middle
    END AS to_peers,
    CASE
        WHEN :basis = 1 THEN l.mrr / q.per_interval
        WHEN :basis = 2 THEN l.mrr / q.per_month
    END AS to_price
FROM audit_lines AS l
INNER JOIN (
    SELECT ended_id AS line_id FROM audit_handovers
    WHERE begun_unit >= 6 * ended_unit OR ended_unit >= 6 * begun_unit
    UNION
    SELECT begun_id AS line_id FROM audit_handovers
    WHERE begun_unit >= 6 * ended_unit OR ended_unit >= 6 * begun_unit
    UNION
    SELECT line_id FROM audit_priced
    WHERE
        (:basis = 1 AND (mrr >= 6 * per_interval OR per_interval >= 6 * mrr))
        OR (:basis = 2 AND (mrr >= 6 * per_month OR per_month >= 6 * mrr))
    UNION
    SELECT l.line_id
    FROM audit_lines AS l
    INNER JOIN audit_peers AS p ON l.product = p.product AND l.counted = p.counted
    WHERE
        p.pieces >= 20
        AND p.low > 0
        AND p.high <= 6 * p.low
        AND (l.unit >= 3 * p.high OR 3 * l.unit <= p.low)
) AS odd
    ON l.line_id = odd.line_id
LEFT JOIN audit_handovers AS b ON l.line_id = b.begun_id AND b.begun_lines = 1
LEFT JOIN audit_handovers AS a ON l.line_id = a.ended_id AND a.ended_lines = 1
LEFT JOIN audit_peers AS p ON l.product = p.product AND l.counted = p.counted
LEFT JOIN audit_priced AS q ON l.line_id = q.line_id
WHERE l.free = 0 AND l.first_month <= :as_of
