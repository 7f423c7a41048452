-- Purpose: lock some accounts on which points of months that have ended are still held.
-- Called by: points/expiry.py.
-- Locks: the accounts found, in the order of their ids; those that somebody else has locked are left out.
-- Index: points_account_pkey, walked in its order; which month comes first is not indexed, so that awards stay cheap.
SELECT id, kind, owner_id, balance
FROM points_account
WHERE asset = 'points' AND first_month < $1
ORDER BY id
LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED
