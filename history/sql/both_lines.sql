-- The lines of both snapshots; side: -1 in the earlier, 1 in the later.
SELECT -1 AS side, e.* FROM earlier_lines AS e
UNION ALL
SELECT 1 AS side, l.* FROM later_lines AS l
