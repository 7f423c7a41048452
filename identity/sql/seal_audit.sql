-- Purpose: seal the entries of all finished transactions since the last block into the next one.
-- Called by: identity/audit.py seal_audit. $1 how many entries a block holds at most, if one transaction fits.
-- Locks: none of its own; the caller holds the sealer's advisory lock.
-- Index: identity_audit_entry_transaction_number, identity_audit_block_pkey.
WITH last AS (
    SELECT coalesce(max(number), 0) AS number,
           coalesce(max(below_transaction), 0) AS below_transaction,
           coalesce((array_agg(hash ORDER BY number DESC))[1], sha256('qunzhifen audit'::bytea)) AS hash
    FROM (SELECT number, below_transaction, hash FROM identity_audit_block ORDER BY number DESC LIMIT 1) AS newest
), finished AS (  -- below the oldest transaction that is still running nothing more can appear
    SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS below
), stop AS (  -- a block ends between transactions, so a single large one makes a larger block
    SELECT coalesce(
        (SELECT greatest(entry.transaction_number, first.transaction_number + 1)
         FROM identity_audit_entry AS entry,
              (SELECT min(transaction_number) AS transaction_number FROM identity_audit_entry, last
               WHERE transaction_number >= last.below_transaction) AS first
         WHERE entry.transaction_number >= last.below_transaction AND entry.transaction_number < finished.below
         ORDER BY entry.transaction_number OFFSET $1 LIMIT 1),
        finished.below) AS below
    FROM last, finished
), content AS (
    SELECT count(*)::int AS entries, array_agg(identity_audit_leaf(entry) ORDER BY entry.id) AS leaves
    FROM identity_audit_entry AS entry, last, stop
    WHERE entry.transaction_number >= last.below_transaction AND entry.transaction_number < stop.below
), block AS (
    SELECT last.number + 1 AS number, last.below_transaction AS from_transaction, stop.below AS below_transaction,
           content.entries, identity_merkle_root(content.leaves) AS merkle_root, last.hash AS previous_hash
    FROM last, stop, content
    WHERE content.entries > 0
)
INSERT INTO identity_audit_block
    (number, from_transaction, below_transaction, entries, merkle_root, previous_hash, hash, sealed_at)
SELECT number, from_transaction, below_transaction, entries, merkle_root, previous_hash,
       identity_block_hash(number, from_transaction, below_transaction, entries, merkle_root, previous_hash), now()
FROM block
RETURNING entries
