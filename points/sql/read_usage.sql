-- Purpose: what subjects have used of the caps in some months.
-- Called by: points/usage.py (read_tallies, change).
-- Locks: none; the subjects' accounts are locked before (lock_accounts.sql).
-- Index: points_usage_pkey.
SELECT id, days, actions, units, points FROM points_usage WHERE id = ANY ($1::uuid[])
