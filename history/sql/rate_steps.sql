-- The months up to :as_of in which a currency's rate is another than at the close before.
SELECT
    r.currency,
    r.month
FROM rates AS r
INNER JOIN rates AS b ON r.currency = b.currency AND r.month = b.month + 1
WHERE r.month <= :as_of AND (r.top <> b.top OR r.bottom <> b.bottom)
