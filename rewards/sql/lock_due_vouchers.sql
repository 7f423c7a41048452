-- Purpose: lock vouchers whose days are over; those that somebody holds at this moment come the next time.
-- Called by: rewards/vouchers.py (expire_vouchers). $1 now, $2 how many.
-- Locks: rewards_voucher rows, never waiting for one.
-- Index: rewards_voucher_due.
SELECT id, product, person, points, value_fen, merchant_fen, town_line, town_fen, sponsor_line, sponsor_fen,
       rotating, key_id, issue_number, state, expires_at
FROM rewards_voucher
WHERE state = 'issued' AND expires_at <= $1
ORDER BY expires_at
LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED
