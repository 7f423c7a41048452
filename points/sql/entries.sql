-- Purpose: a page of an account's transfers, the newest first.
-- Called by: points/queries.py (entries).
-- Locks: none.
-- Index: points_transfer_debit, points_transfer_credit, both walked backwards from the page's place.
SELECT entry.version, entry.id, entry.posted_at, entry.kind, entry.points, entry.balance_after, rule.action,
       rule.version AS rule_version, entry.reference, entry.label_zh, entry.label_en, entry.first_month,
       entry.last_month
FROM (
    (SELECT debit_version AS version, id, posted_at, kind, -amount AS points, debit_balance AS balance_after,
            rule_version_id, reference, label_zh, label_en, NULL::integer AS first_month, NULL::integer AS last_month
     FROM points_transfer WHERE debit_id = $1 AND debit_version < $2
     ORDER BY debit_version DESC LIMIT $3)
    UNION ALL
    (SELECT credit_version, id, posted_at, kind, amount, credit_balance,
            rule_version_id, reference, label_zh, label_en, first_month, first_month + cardinality(by_month) - 1
     FROM points_transfer WHERE credit_id = $1 AND credit_version < $2
     ORDER BY credit_version DESC LIMIT $3)
) AS entry
LEFT JOIN points_rule_version AS rule ON rule.id = entry.rule_version_id
ORDER BY entry.version DESC
LIMIT $3
