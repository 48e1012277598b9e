-- The customers who were not known before, numbered after those who were.
SELECT
    n.customer,
    CAST(k.newest + ROW_NUMBER() OVER (ORDER BY n.customer) AS INTEGER) AS customer_id
FROM (
    SELECT DISTINCT t.customer
    FROM told_lines AS t
    WHERE NOT EXISTS (SELECT 1 FROM earlier_customers AS e WHERE e.customer = t.customer)
) AS n
CROSS JOIN (SELECT MAX(customer_id) AS newest FROM earlier_customers) AS k
