-- The months of audit_list_moves in which at least a fifth of the lines that ran were raised.
SELECT
    m.product,
    m.month,
    m.raised,
    m.rise,
    m.unit
FROM audit_list_moves AS m
INNER JOIN audit_steps AS s ON m.product = s.product AND s.month < m.month
GROUP BY m.product, m.month, m.raised, m.rise, m.unit
HAVING m.raised * 5 >= SUM(s.step)
