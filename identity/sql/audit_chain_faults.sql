-- Purpose: name every block that is not what was sealed: an entry changed, removed or added, a link broken, a block
--          changed, removed or out of its place.
-- Called by: identity/audit.py verify_chain, identity/invariants.py.
-- Locks: none.
-- Index: identity_audit_entry_transaction_number, once for each block.
SELECT number, fault
FROM (
    SELECT block.number, content.entries AS found, block.entries,
           content.merkle_root IS DISTINCT FROM block.merkle_root AS content_changed,
           block.hash IS DISTINCT FROM identity_block_hash(
               block.number, block.from_transaction, block.below_transaction, block.entries,
               block.merkle_root, block.previous_hash) AS block_changed,
           block.previous_hash IS DISTINCT FROM coalesce(
               lag(block.hash) OVER in_order, sha256('qunzhifen audit'::bytea)) AS link_broken,
           block.number <> row_number() OVER in_order
               OR block.from_transaction <> coalesce(lag(block.below_transaction) OVER in_order, 0) AS out_of_place
    FROM identity_audit_block AS block
    CROSS JOIN LATERAL (
        SELECT count(*)::int AS entries,
               identity_merkle_root(array_agg(identity_audit_leaf(entry) ORDER BY entry.id)) AS merkle_root
        FROM identity_audit_entry AS entry
        WHERE entry.transaction_number >= block.from_transaction AND entry.transaction_number < block.below_transaction
    ) AS content
    WINDOW in_order AS (ORDER BY block.number)
) AS walked
CROSS JOIN LATERAL (VALUES
    (found < walked.entries, 'entries were removed'),
    (found > walked.entries, 'entries were added'),
    (found = walked.entries AND content_changed, 'an entry was changed'),
    (block_changed, 'the block was changed'),
    (link_broken, 'the block before it is not the one it was sealed to'),
    (out_of_place, 'a block before it is missing')
) AS judged (is_so, fault)
WHERE is_so
ORDER BY number, fault
