-- Lines with a quantity and a unit price, and what both come to a month where the unit price is one
-- of the billing interval (per_interval) or of a month (per_month), in minor units.
SELECT
    line_id,
    customer_id,
    mrr,
    first_month,
    stop_month,
    quantity * unit_price * price_scale / interval_months AS per_interval,
    quantity * unit_price * price_scale AS per_month
FROM audit_lines
WHERE steady = 1 AND counted = 1 AND unit_price > 0 AND paused = 0
