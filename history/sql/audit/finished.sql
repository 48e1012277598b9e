-- Customers with nothing after :as_of or before it: all their lines have ended.
SELECT
    customer_id,
    MAX(end_date) AS last_day,
    MAX(stop_month) AS month
FROM audit_lines
GROUP BY customer_id
HAVING MAX(COALESCE(stop_month, 999999)) <= :as_of AND MAX(first_month) <= :as_of
