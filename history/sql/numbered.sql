-- Every line gets a number of its own: one row of a file may have become several lines.
SELECT
    CAST(ROW_NUMBER() OVER (ORDER BY "row", customer, start_date) AS INTEGER) AS line_id,
    lines.*
FROM lines
