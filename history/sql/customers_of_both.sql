-- In which snapshots the customers of differing lines stand.
SELECT
    customer,
    MAX(CASE WHEN side < 0 THEN 1 ELSE 0 END) AS in_earlier,
    MAX(CASE WHEN side > 0 THEN 1 ELSE 0 END) AS in_later
FROM both_lines
WHERE customer IN (SELECT customer FROM differing_lines)
GROUP BY customer
