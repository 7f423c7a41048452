-- Purpose: write any number of participations with their decisions; a reference taken meanwhile is left out.
-- Called by: points/submissions.py, which starts anew when fewer rows were written than given.
-- Locks: waits for another transaction that writes the same reference; lines come in the order of their references.
-- Index: inserts into points_participation's keys: id, (person, act) while it counts, (caller, reference).
INSERT INTO points_participation (
    id, person_id, household_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key,
    quantity, units, points, counted, state, code, decided_at, next_eligible_on, source,
    caller_id, reference, levels, steps_done, recalls, note, place, submitted_at
)
SELECT
    id, person_id, household_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key,
    quantity, units, points, counted, state, code, $18, next_eligible_on, source,
    $19, reference, levels, 0, 0, note, place, $18
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::uuid[], $7::timestamptz[], $8::date[], $9::text[],
    $10::smallint[], $11::smallint[], $12::integer[], $13::integer[], $14::text[], $15::text[], $16::date[],
    $17::text[], $20::text[], $21::text[], $22::text[], $23::text[]
) AS line (
    id, person_id, household_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key,
    quantity, units, points, counted, state, code, next_eligible_on,
    source, reference, levels, note, place
)
ON CONFLICT DO NOTHING
