-- Purpose: how many blocks there are, how many entries they hold, and how many wait to be sealed.
-- Called by: identity/audit.py verify_chain.
-- Locks: none.
-- Index: identity_audit_entry_transaction_number.
SELECT count(*) AS blocks, coalesce(sum(entries), 0)::bigint AS entries,
       (SELECT count(*) FROM identity_audit_entry
        WHERE transaction_number >= (SELECT coalesce(max(below_transaction), 0) FROM identity_audit_block)) AS unsealed
FROM identity_audit_block
