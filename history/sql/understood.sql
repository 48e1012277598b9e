-- The rows of a table that was taken as it stands, understood: what their words mean (words), and
-- the rule by which a row is left out; rule is NULL where it becomes a line. copies: the rows that
-- equal an earlier one in every column.
-- A month holds p / q of a word's interval; numerator / denominator times the price is a month's.
-- :by_interval = 1: the price is paid for an interval, and :needs_interval = 1: each row must name
-- it. Otherwise it is the price of :months months.
SELECT
    read.*,
    CASE
        WHEN repeated = 1 AND subscription IS NOT NULL THEN 'duplicate'
        WHEN customer IS NULL THEN 'customer-blank'
        WHEN start_date IS NULL THEN 'date-blank'
        WHEN start_date < DATE '1970-01-01' OR start_date > DATE '2199-12-31'
            THEN 'date-out-of-range'
        WHEN given_end < start_date THEN 'end-before-start'
        WHEN price IS NULL AND price_text IS NULL THEN 'amount-blank'
        WHEN price IS NULL AND price_text IN ('nan', 'NaN') THEN 'amount-unreadable'
        WHEN price IS NULL THEN 'amount-out-of-range'
        WHEN :needs_interval = 1 AND kind = 'recurring' AND interval_word IS NULL
            THEN 'interval-blank'
        WHEN :needs_interval = 1 AND kind = 'recurring' AND p IS NULL
            THEN 'interval-unreadable'
        WHEN times IS NULL THEN 'interval-count-unreadable'
        WHEN currency IS NULL THEN 'currency-unknown'
    END AS rule,
    CAST(
        CASE WHEN :by_interval = 1 AND kind = 'recurring' THEN COALESCE(p, 1) ELSE 1 END
        AS BIGINT
    ) AS numerator,
    CAST(
        CASE
            WHEN kind = 'one_off' THEN 1
            WHEN :by_interval = 1 THEN COALESCE(q, 1) * times
            ELSE :months
        END AS BIGINT
    ) AS denominator,
    CAST(
        CASE
            WHEN p IS NULL THEN :months * times
            WHEN p = 0 THEN :months
            WHEN 2 * times * q < p THEN 1
            ELSE (2 * times * q + p) // (2 * p)
        END AS INTEGER
    ) AS interval_months
FROM (
    SELECT
        t.*,
        CASE WHEN t.given_end <= DATE '2199-12-31' THEN t.given_end END AS end_date,
        CASE
            WHEN t.given_term BETWEEN DATE '1970-01-01' AND DATE '2199-12-31' THEN t.given_term
        END AS term_end,
        CASE WHEN k.meaning = 'one_off' OR i.p = 0 THEN 'one_off' ELSE 'recurring' END
            AS kind,
        COALESCE(s.meaning, 'active') AS status,
        r.meaning AS churn_reason,
        CASE
            WHEN t.given_request BETWEEN DATE '1970-01-01' AND DATE '2199-12-31'
                THEN t.given_request
        END AS requested,
        CASE
            WHEN t.given_effect BETWEEN DATE '1970-01-01' AND DATE '2199-12-31'
                THEN t.given_effect
        END AS effective,
        b.meaning AS discount_kind,
        c.meaning AS currency,
        i.p,
        i.q,
        CASE
            WHEN t.interval_count IS NULL AND t.count_text IS NULL THEN 1
            WHEN t.interval_count BETWEEN 1 AND 1200 AND MOD(t.interval_count, 1) = 0
                THEN CAST(t.interval_count AS BIGINT)
        END AS times,
        CASE WHEN d.line_id IS NULL THEN 0 ELSE 1 END AS repeated
    FROM taken AS t
    LEFT JOIN words AS i ON i.field = 'interval' AND t.interval_word = i.word
    LEFT JOIN words AS k ON k.field = 'kind' AND t.kind_word = k.word
    LEFT JOIN words AS s ON s.field = 'status' AND t.status_word = s.word
    LEFT JOIN words AS r ON r.field = 'churn_reason' AND t.reason_word = r.word
    LEFT JOIN words AS b ON b.field = 'discount_kind' AND t.discount_word = b.word
    LEFT JOIN words AS c ON c.field = 'currency' AND COALESCE(t.currency_word, '') = c.word
    LEFT JOIN copies AS d ON t.line_id = d.line_id
) AS read
