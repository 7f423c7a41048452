-- Purpose: a page of a resident's participations of any state, the newest first.
-- Called by: points/queries.py (own_participations).
-- Locks: none.
-- Index: points_participation_person.
SELECT done.id, done.action, done.occurred_at, done.submitted_at, done.quantity, done.points, done.state, done.code,
       done.next_eligible_on, done.levels, done.steps_done, done.reason, done.note, done.place,
       rule.version AS rule_version, NULL::text AS name, NULL::text AS area_path
FROM points_participation AS done
LEFT JOIN points_rule_version AS rule ON rule.id = done.rule_version_id
WHERE done.person_id = $1 AND ($2::uuid IS NULL OR done.id < $2)
ORDER BY done.id DESC
LIMIT $3
