-- Purpose: write down any number of exchanges.
-- Called by: rewards/exchange.py (exchange_lines).
-- Locks: none that another waits for.
-- Index: inserts into rewards_exchange_pkey and rewards_exchange_person.
INSERT INTO rewards_exchange (
    id, person, product, quantity, points, person_limit, limit_from, entered_by, exchanged_at
)
SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::integer[], $5::bigint[], $6::integer[], $7::timestamptz[],
    $8::uuid[], $9::timestamptz[]
)
