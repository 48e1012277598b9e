-- The months that each customer spends in each stage of its life: from the close of since_month to
-- the one before until_month (blank: without end). Age 0 is the first close with MRR > 0; who never
-- had one, and what lies before it, is in the first stage (0). Stages after :as_of are left out.
SELECT
    f.customer_id,
    b.stage,
    CASE WHEN b.stage > 0 THEN f.first_close + b.from_age END AS since_month,
    f.first_close + b.until_age AS until_month
FROM firsts AS f
CROSS JOIN stage_bounds AS b
WHERE b.stage = 0 OR f.first_close + b.from_age <= :as_of
