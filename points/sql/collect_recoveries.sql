-- Purpose: note what awards paid towards points owed, the oldest recovery of each person first.
-- Called by: points/paying.py (Till.write).
-- Locks: the recoveries changed; nobody else comes to them without the person's account.
-- Index: points_recovery_open.
WITH owed AS (
    SELECT recovery.id, recovery.points - recovery.collected AS rest, paid.points AS paid,
           sum(recovery.points - recovery.collected) OVER (PARTITION BY recovery.person_id ORDER BY recovery.id)
               - (recovery.points - recovery.collected) AS before
    FROM unnest($1::uuid[], $2::integer[]) AS paid (person_id, points)
    JOIN points_recovery AS recovery ON recovery.person_id = paid.person_id AND recovery.collected < recovery.points
)
UPDATE points_recovery AS recovery
SET collected = recovery.collected + least(owed.rest, owed.paid - owed.before)
FROM owed
WHERE owed.id = recovery.id AND owed.paid > owed.before
