-- Handovers at a higher price: the unit rises by 0.3 to 50 %.
SELECT
    h.*,
    h.begun_unit / h.ended_unit AS rise
FROM audit_handovers AS h
WHERE h.steady = 1 AND h.begun_unit > 1.003 * h.ended_unit AND h.begun_unit <= 1.5 * h.ended_unit
