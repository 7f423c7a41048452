-- Purpose: the budget lines from which towns and sponsors pay their shares in a period.
-- Called by: rewards/exchange.py. $1 the period, $2 towns, $3 sponsors.
-- Locks: none; points/budget.py locks the lines that are used.
-- Index: none needed, a period has some dozens of lines.
SELECT id, area AS town, sponsor
FROM points_budget_line
WHERE period = $1
  AND ((purpose = 'town' AND area = ANY ($2::uuid[])) OR (purpose = 'sponsor' AND sponsor = ANY ($3::text[])))
ORDER BY id
