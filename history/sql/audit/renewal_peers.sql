-- Each renewal beside its peers, those in the same case as to the list price: how many of them came
-- at a higher price, how many at the old one, and the mean rise; in its month and its half-year.
SELECT
    r.*,
    SUM(raised) OVER (PARTITION BY moved, month) AS month_raised,
    SUM(raised + kept) OVER (PARTITION BY moved, month) AS month_peers,
    AVG(CASE WHEN raised = 1 THEN step END) OVER (PARTITION BY moved, month) AS month_rise,
    SUM(raised) OVER (PARTITION BY moved, half) AS half_raised,
    SUM(raised + kept) OVER (PARTITION BY moved, half) AS half_peers,
    AVG(CASE WHEN raised = 1 THEN step END) OVER (PARTITION BY moved, half) AS half_rise
FROM audit_renewals AS r
