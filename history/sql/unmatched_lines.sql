-- The lines behind the differences. Of equal lines the last ones in the file stand for the surplus.
SELECT
    side,
    source_row,
    customer,
    subscription,
    starts,
    ends,
    mrr,
    interval_months,
    kind,
    status,
    labels,
    currency
FROM (
    SELECT
        b.*,
        d.surplus,
        ROW_NUMBER() OVER (
            PARTITION BY
                b.customer, b.subscription, b.starts, b.ends, b.mrr, b.interval_months, b.kind,
                b.status, b.labels
            ORDER BY b.source_row DESC
        ) AS place
    FROM both_lines AS b
    INNER JOIN differing_lines AS d
        ON
            b.customer = d.customer
            AND b.subscription = d.subscription
            AND b.starts = d.starts
            AND b.ends = d.ends
            AND b.mrr = d.mrr
            AND b.interval_months = d.interval_months
            AND b.kind = d.kind
            AND b.status = d.status
            AND b.labels = d.labels
    WHERE b.side * d.surplus > 0
) AS placed
WHERE place <= side * surplus
ORDER BY side, customer, starts, ends, mrr, source_row
