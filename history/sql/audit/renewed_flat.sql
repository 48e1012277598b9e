-- missed-uplift, contracts: renewed at the old price when most peers (in the same case as to the
-- list price) renewed at a higher one: in the same month, or where ten did not renew then, in the
-- same half-year.
SELECT
    r.line_id,
    r.other_id,
    r.customer_id,
    CASE WHEN r.raised >= 0.95 * r.peers THEN 2 ELSE 1 END AS strength,
    r.mrr AS billed,
    r.mrr * CASE WHEN r.moved = 1 THEN r.list_ratio ELSE r.rise END AS expected,
    r.month AS since,
    l.stop_month AS until
FROM (
    SELECT
        line_id,
        other_id,
        customer_id,
        mrr,
        month,
        moved,
        list_ratio,
        CASE WHEN month_peers >= 10 THEN month_rise ELSE half_rise END AS rise,
        CASE WHEN month_peers >= 10 THEN month_raised ELSE half_raised END AS raised,
        CASE WHEN month_peers >= 10 THEN month_peers ELSE half_peers END AS peers
    FROM audit_renewal_peers
    WHERE kept = 1
) AS r
INNER JOIN audit_lines AS l ON r.line_id = l.line_id
WHERE r.peers >= 10 AND r.raised >= 0.6 * r.peers
