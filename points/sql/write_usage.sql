-- Purpose: write what subjects used of the caps in years before the one that stands in their accounts.
-- Called by: points/usage.py (write_tallies).
-- Locks: the rows written; nobody else comes to them without the subject's account.
-- Index: points_usage_pkey.
INSERT INTO points_usage AS used (id, subject_id, year, uses)
SELECT id, subject_id, year, uses::bigint[]
FROM unnest($1::text::uuid[], $2::text::uuid[], $3::text::smallint[], $4::text[]) AS page (id, subject_id, year, uses)
ON CONFLICT (id) DO UPDATE SET uses = excluded.uses
