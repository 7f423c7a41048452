-- Purpose: an account's transfers of one stretch of time, the newest first, with what took each of them back.
-- Called by: points/statement.py (month_entries).
-- Locks: none.
-- Index: points_transfer_debit, points_transfer_credit, points_transfer_reversed_once.
SELECT entry.version, entry.id, entry.posted_at, entry.kind, entry.points, entry.balance_after, entry.label_zh,
       entry.label_en, entry.fact_kind, reversal.posted_at AS reversed_at
FROM (
    SELECT debit_version AS version, id, posted_at, kind, -amount AS points, debit_balance AS balance_after, label_zh,
           label_en, fact_kind
    FROM points_transfer WHERE debit_id = $1 AND debit_version < $4 AND posted_at >= $2 AND posted_at < $3
    UNION ALL
    SELECT credit_version, id, posted_at, kind, amount, credit_balance, label_zh, label_en, fact_kind
    FROM points_transfer WHERE credit_id = $1 AND credit_version < $4 AND posted_at >= $2 AND posted_at < $3
) AS entry
LEFT JOIN points_transfer AS reversal ON reversal.reverses_id = entry.id
ORDER BY entry.version DESC
LIMIT $5
