-- Purpose: write what subjects have used of the caps; one row a subject and month.
-- Called by: points/usage.py (write_tallies).
-- Locks: the rows written; nobody else comes to them without the subject's account.
-- Index: points_usage_pkey.
INSERT INTO points_usage AS used (id, subject_id, month, days, actions, units, points)
SELECT id, subject_id, month, days::smallint[], actions::smallint[], units::smallint[], points::integer[]
FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[])
    AS page (id, subject_id, month, days, actions, units, points)
ON CONFLICT (id) DO UPDATE
SET days = excluded.days, actions = excluded.actions, units = excluded.units, points = excluded.points
