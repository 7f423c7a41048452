-- Purpose: which vouchers have these codes.
-- Called by: rewards/scanning.py (scan). $1 hashes of codes, $2 keyed digests of short codes.
-- Locks: none.
-- Index: rewards_voucher_code_hash_key, rewards_voucher_short_code_mac_key.
SELECT id, code_hash AS found_by FROM rewards_voucher WHERE code_hash = ANY ($1::bytea[])
UNION ALL
SELECT id, short_code_mac FROM rewards_voucher WHERE short_code_mac = ANY ($2::bytea[])
