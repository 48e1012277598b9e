-- What a line says about the time up to :as_of, blanks as empty texts: an end that lies later is
-- none, and notice given is no news of the past. labels: all dimensions in one text.
SELECT
    n."row" AS source_row,
    n.customer,
    COALESCE(n.subscription, '') AS subscription,
    CAST(n.start_date AS VARCHAR) AS starts,
    COALESCE(CASE WHEN f.stop_month <= :as_of THEN CAST(f.end_date AS VARCHAR) END, '') AS ends,
    f.mrr,
    f.interval_months,
    COALESCE(n.kind, 'recurring') AS kind,
    COALESCE(NULLIF(n.status, 'cancelled'), 'active') AS status,
    n.labels,
    COALESCE(n.currency, '') AS currency
FROM named AS n
INNER JOIN facts AS f ON n.line_id = f.line_id
WHERE f.first_month <= :as_of
