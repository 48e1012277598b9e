-- The balances in own currency at the change points, by segment and stage in one number:
-- segment * :stages + stage.
SELECT
    b.customer_id,
    b.segment * :stages + s.stage AS segment,
    b.currency,
    b.month,
    b.after_low,
    b.after_high,
    b.before_low,
    b.before_high,
    b.passing_low,
    b.passing_high
FROM own_balances AS b
INNER JOIN stage_spans AS s
    ON
        b.customer_id = s.customer_id
        AND (s.since_month IS NULL OR b.month >= s.since_month)
        AND (s.until_month IS NULL OR b.month < s.until_month)
