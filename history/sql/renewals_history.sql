-- What became of the contracts that came up, by month, segment and term. All contracts of a customer
-- that are up in one month are one renewal: it stands where its largest line stood (ties by what is
-- in the line, never by the order of rows). Where a line ended, what was renewed is what was up plus
-- the change of the customer's MRR at that close; where all went on, it is what was up.
SELECT
    month,
    segment,
    term,
    outcome,
    CAST(COUNT(*) AS BIGINT) AS customers,
    CAST(SUM(mrr) AS BIGINT) AS mrr,
    CAST(SUM(renewed_mrr) AS BIGINT) AS renewed_mrr
FROM (
    SELECT
        month,
        segment,
        term,
        mrr,
        renewed_mrr,
        CASE
            WHEN mrr > 0 AND renewed_mrr = 0 AND returned = 1 THEN 'returned'
            WHEN mrr > 0 AND renewed_mrr = 0 THEN 'lapsed'
            WHEN renewed_mrr > mrr THEN 'uplift'
            WHEN renewed_mrr < mrr THEN 'downsell'
            ELSE 'flat'
        END AS outcome
    FROM (
        SELECT
            u.month,
            u.segment,
            u.term,
            u.mrr,
            CASE
                WHEN u.mrr > 0 AND u.mrr + COALESCE(m.after - m.before, 0) < 0 THEN 0
                ELSE u.mrr + COALESCE(m.after - m.before, 0)
            END AS renewed_mrr,
            CASE WHEN m.after <= 0 AND r.last_arrival > m.month THEN 1 ELSE 0 END AS returned
        FROM (
            SELECT
                customer_id,
                month,
                MAX(CASE WHEN place = 1 THEN segment END) AS segment,
                MAX(CASE WHEN place = 1 THEN contract_months END) AS term,
                SUM(mrr) AS mrr,
                MAX(seen_month) AS seen_month
            FROM (
                SELECT
                    customer_id,
                    month,
                    segment,
                    contract_months,
                    mrr,
                    seen_month,
                    ROW_NUMBER() OVER (
                        PARTITION BY customer_id, month
                        ORDER BY mrr DESC, segment, contract_months DESC
                    ) AS place
                FROM came_up
            ) AS ranked
            GROUP BY customer_id, month
        ) AS u
        LEFT JOIN moves AS m ON u.customer_id = m.customer_id AND u.seen_month = m.month
        LEFT JOIN (
            SELECT customer_id, MAX(month) AS last_arrival
            FROM moves
            WHERE before <= 0 AND after > 0
            GROUP BY customer_id
        ) AS r ON u.customer_id = r.customer_id
    ) AS known
) AS named
GROUP BY month, segment, term, outcome
