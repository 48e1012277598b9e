-- Expansion and contraction by what changed: at each of a customer's moves, the MRR and quantity of
-- each of its items (items: line, item) before and after. price: at the quantity before; volume: at
-- the price before; the rest of what is split is mix. unsplit: items in which a line has no quantity.
SELECT
    s.month,
    s.segment,
    m.movement,
    CAST(SUM(s.delta) AS BIGINT) AS mrr,
    CAST(SUM(CASE WHEN s.blanks > 0 THEN s.delta ELSE 0 END) AS BIGINT) AS unsplit,
    SUM(
        CASE
            WHEN s.blanks = 0 AND s.units > 0 AND s.units_before > 0
                THEN CAST(s.mrr AS DOUBLE PRECISION) * s.units_before / s.units - s.mrr_before
            ELSE 0
        END
    ) AS price,
    SUM(
        CASE
            WHEN s.blanks = 0 AND s.units > 0 AND s.units_before > 0
                THEN CAST(s.mrr_before AS DOUBLE PRECISION) * s.units / s.units_before - s.mrr_before
            ELSE 0
        END
    ) AS volume
FROM (
    SELECT
        customer_id,
        segment,
        month,
        delta,
        mrr,
        mrr - delta AS mrr_before,
        units,
        units - unit_delta AS units_before,
        blanks + blanks - blank_delta AS blanks
    FROM (
        SELECT
            customer_id,
            segment,
            month,
            delta,
            unit_delta,
            blank_delta,
            SUM(delta) OVER (
                PARTITION BY customer_id, segment, item
                ORDER BY month
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS mrr,
            SUM(unit_delta) OVER (
                PARTITION BY customer_id, segment, item
                ORDER BY month
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS units,
            SUM(blank_delta) OVER (
                PARTITION BY customer_id, segment, item
                ORDER BY month
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS blanks
        FROM (
            SELECT
                customer_id,
                segment,
                item,
                month,
                SUM(sign * mrr) AS delta,
                SUM(sign * units) AS unit_delta,
                SUM(sign * blank) AS blank_delta
            FROM (
                SELECT customer_id, segment, item, first_month AS month, 1 AS sign, mrr, units, blank
                FROM measured_lines
                UNION ALL
                SELECT customer_id, segment, item, stop_month AS month, -1 AS sign, mrr, units, blank
                FROM measured_lines
                WHERE stop_month IS NOT NULL
            ) AS points
            GROUP BY customer_id, segment, item, month
        ) AS changed
    ) AS running
) AS s
INNER JOIN measured AS m
    ON s.customer_id = m.customer_id AND s.segment = m.segment AND s.month = m.month
WHERE s.month > :first AND m.movement IN ('expansion', 'contraction') AND m.after <> m.before
GROUP BY s.month, s.segment, m.movement
