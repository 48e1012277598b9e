-- The moves with the close at which the customer's present (or just ended) life began.
SELECT
    customer_id,
    month,
    before,
    after,
    movement,
    MAX(CASE WHEN before <= 0 AND after > 0 THEN month END) OVER (
        PARTITION BY customer_id
        ORDER BY month
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS life_start
FROM moves
