-- Purpose: write any number of participations with their decisions.
-- Called by: points/submissions.py, which starts anew when a reference was taken meanwhile.
-- Locks: waits for another transaction that writes the same reference; lines come in the order of their references.
-- Index: inserts into points_participation's keys: id, (person, act) while it counts, (caller, reference).
INSERT INTO points_participation (
    id, person_id, household_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key,
    quantity, units, points, counted, state, code, decided_at, next_eligible_on, source,
    caller_id, reference, levels, steps_done, recalls, note, place, submitted_at
)
SELECT
    id, person_id, household_id, area_id, action, rule_version_id, occurred_at, occurred_on, act_key,
    quantity, units, points, counted, state, code, $1, next_eligible_on, source,
    $2, reference, levels, 0, 0, note, place, $1
FROM unnest(
    $3::text::uuid[], $4::text::uuid[], $5::text::uuid[], $6::text::uuid[], $7::text::uuid[], $8::text::timestamptz[],
    $9::text::date[], $10::text[], $11::text::smallint[], $12::text::smallint[], $13::text::integer[],
    $14::text::integer[], $15::text::date[], $16::text[], $17::text[], $18::text[], $19::text::integer[]
) AS line (
    id, person_id, household_id, area_id, rule_version_id, occurred_at, occurred_on, act_key, quantity, units, points,
    counted, next_eligible_on, reference, note, place, words
)
JOIN unnest($20::text[], $21::text[], $22::text[], $23::text[], $24::text[])
    WITH ORDINALITY AS shared (action, state, code, source, levels, number) ON shared.number = line.words
