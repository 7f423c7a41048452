-- Purpose: lock the accounts that a book is opened for, and read what they hold.
-- Called by: points/ledger.py (open_book).
-- Locks: points_account rows, in the order of their ids, until the transaction ends.
-- Index: points_account_pkey.
SELECT id, version, balance, first_month, by_month, recovery, used_year, uses
FROM points_account
WHERE id = ANY ($1::text::uuid[])
ORDER BY id
FOR NO KEY UPDATE
