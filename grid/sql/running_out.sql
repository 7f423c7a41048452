-- Purpose: events whose current step is overdue or due soon and was not urged for it yet; waiting for the reporter's
--          rating is nobody's delay. $1 the moment, $2 the percent of the time that is left, $3 how many.
-- Called by: grid/urging.py (urge_events).
-- Locks: the rows it gives, without waiting for others.
-- Index: grid_event_clock.
SELECT id, clock_from, due_at
FROM grid_event
WHERE due_at IS NOT NULL AND state NOT IN ('fed_back', 'rated')
  AND ((urged <> 'overdue' AND due_at <= $1)
       OR (urged = 'no' AND due_at - (due_at - clock_from) * $2::int / 100 <= $1))
ORDER BY due_at
LIMIT $3
FOR NO KEY UPDATE SKIP LOCKED
