-- Kept weaknesses of before their test changed (no side's variance below half of all units'): computed anew when asked for.
DELETE FROM derived WHERE what = 'weakness';
