-- Purpose: what subjects used of the caps in years before the one that stands in their accounts.
-- Called by: points/usage.py (read_tallies, give_back).
-- Locks: none; the subjects' accounts are locked before (lock_accounts.sql).
-- Index: points_usage_pkey.
SELECT id, uses FROM points_usage WHERE id = ANY ($1::text::uuid[])
