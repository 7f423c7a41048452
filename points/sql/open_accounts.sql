-- Purpose: give accounts to owners who have none yet, at zero.
-- Called by: points/ledger.py (open_book), only when a lock found fewer rows than asked for.
-- Locks: none that another waits for; a parallel opening of the same account is waited for and then found.
-- Index: points_account_pkey.
INSERT INTO points_account (id, kind, owner_id, asset, version, balance, first_month, by_month, recovery)
SELECT new.id, new.kind, new.owner_id, new.asset, 0, 0, NULL, '{}', 0
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) AS new (id, kind, owner_id, asset)
ORDER BY new.id
ON CONFLICT (id) DO NOTHING
