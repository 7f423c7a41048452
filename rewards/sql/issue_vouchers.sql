-- Purpose: issue any number of vouchers; one whose 12 digits another voucher has is left out and not answered.
-- Called by: rewards/issuing.py (issue), which gives such a voucher the next issue number and other digits.
-- Locks: none that another waits for, but for the one in 10^11 with the same digits.
-- Index: inserts into the keys of rewards_voucher (id, code_hash, short_code_mac), the holder's list and the due ones.
INSERT INTO rewards_voucher (
    id, exchange, product, person, town, points, value_fen, merchant_fen, town_line, town_fen,
    sponsor_line, sponsor_fen, rotating, key_id, issue_number, code_hash, short_code_mac, state, issued_at, expires_at
)
SELECT
    id, exchange, product, person, town, points, value_fen, merchant_fen, town_line, town_fen,
    sponsor_line, sponsor_fen, rotating, key_id, issue_number, code_hash, short_code_mac, 'issued', issued_at, expires_at
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::integer[], $7::bigint[], $8::bigint[], $9::uuid[],
    $10::bigint[], $11::uuid[], $12::bigint[], $13::boolean[], $14::text[], $15::smallint[], $16::bytea[],
    $17::bytea[], $18::timestamptz[], $19::timestamptz[]
) AS line (
    id, exchange, product, person, town, points, value_fen, merchant_fen, town_line, town_fen,
    sponsor_line, sponsor_fen, rotating, key_id, issue_number, code_hash, short_code_mac, issued_at, expires_at
)
ON CONFLICT (short_code_mac) DO NOTHING
RETURNING id
