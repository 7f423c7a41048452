-- Purpose: lock vouchers before they are redeemed, given back or issued again, and read what that needs.
-- Called by: rewards/holding.py (lock_vouchers).
-- Locks: rewards_voucher rows, in the order of their ids, until the transaction ends.
-- Index: rewards_voucher_pkey.
SELECT id, product, person, points, value_fen, merchant_fen, town_line, town_fen, sponsor_line, sponsor_fen,
       rotating, key_id, issue_number, state, expires_at
FROM rewards_voucher
WHERE id = ANY ($1::uuid[])
ORDER BY id
FOR NO KEY UPDATE
