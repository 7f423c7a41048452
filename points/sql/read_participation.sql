-- Purpose: one participation, for its resident and for verifiers of his area.
-- Called by: points/queries.py (read_participation).
-- Locks: none.
-- Index: points_participation_pkey, identity_area_pkey, identity_person_pkey.
SELECT done.id, done.person_id, person.name, area.path AS area_path, done.action, done.occurred_at, done.submitted_at,
       done.quantity, done.points, done.state, done.code, done.next_eligible_on, done.levels, done.steps_done,
       done.note, done.place, done.reason, rule.version AS rule_version
FROM points_participation AS done
JOIN identity_area AS area ON area.id = done.area_id
JOIN identity_person AS person ON person.id = done.person_id
LEFT JOIN points_rule_version AS rule ON rule.id = done.rule_version_id
WHERE done.id = $1
