-- Purpose: which of a caller's references were taken before.
-- Called by: points/submissions.py.
-- Locks: none.
-- Index: points_participation_reference.
SELECT id, reference FROM points_participation WHERE caller_id = $1 AND reference = ANY ($2::text[])
