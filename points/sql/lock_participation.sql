-- Purpose: lock one participation for its verification, with the area whose verifiers decide.
-- Called by: points/verification.py.
-- Locks: the participation; the accounts are locked afterwards.
-- Index: points_participation_pkey, identity_area_pkey.
SELECT done.id, done.person_id, done.household_id, area.path AS area_path, done.action, done.rule_version_id,
       done.occurred_on, done.units, done.counted, done.points, done.state, done.levels, done.steps_done, done.recalls
FROM points_participation AS done
JOIN identity_area AS area ON area.id = done.area_id
WHERE done.id = $1
FOR NO KEY UPDATE OF done
