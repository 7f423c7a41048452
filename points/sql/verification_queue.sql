-- Purpose: a page of what waits for a verifier: in one of his areas, at a level that he fills, not his household's; of
--          one action ($7), in one area ($8), handed in before a moment ($9).
-- Called by: points/queries.py (verification_queue, queue_figures).
-- Locks: none.
-- Index: points_participation_pending, walked from the page's place; identity_area_pkey, identity_person_pkey.
SELECT done.id, done.person_id, person.name, area.path AS area_path, done.action, done.occurred_at, done.submitted_at,
       done.quantity, done.points, done.state, done.code, done.next_eligible_on, done.levels, done.steps_done,
       done.note, done.place, done.reason, rule.version AS rule_version
FROM points_participation AS done
JOIN identity_area AS area ON area.id = done.area_id
JOIN identity_person AS person ON person.id = done.person_id
JOIN points_rule_version AS rule ON rule.id = done.rule_version_id
LEFT JOIN identity_household_membership AS home ON home.person = done.person_id AND home.until IS NULL
WHERE done.state = 'pending'
  AND ($5::uuid IS NULL OR done.id > $5)
  AND done.person_id <> $3
  AND ($7::varchar IS NULL OR done.action = $7)
  AND ($8::text IS NULL OR area.path = $8 OR area.path LIKE $8 || '.%')
  AND ($9::timestamptz IS NULL OR done.submitted_at < $9)
  AND ($4::uuid IS NULL OR home.household IS DISTINCT FROM $4)
  AND EXISTS (
      SELECT FROM unnest($1::text[], $2::integer[]) AS held (path, level)
      WHERE (area.path = held.path OR area.path LIKE held.path || '.%')
        AND held.level >= substr(done.levels, done.steps_done + 1, 1)::integer
  )
  AND NOT EXISTS (
      SELECT FROM points_decision AS mine
      WHERE mine.participation_id = done.id AND mine.person_id = $3 AND mine.outcome = 'accepted'
  )
ORDER BY done.id
LIMIT $6
