-- Purpose: one transfer of an account with everything that explains it: what it undid, what undid it, its rule.
-- Called by: points/statement.py (explain_entry).
-- Locks: none.
-- Index: points_transfer_pkey, points_transfer_reversed_once, points_rule_version_pkey, points_award_stage_pkey.
SELECT moved.id, moved.posted_at, moved.kind, moved.label_zh, moved.label_en, moved.fact_kind, moved.fact_id,
       CASE WHEN moved.debit_id = $2 THEN -moved.amount ELSE moved.amount END AS points,
       CASE WHEN moved.debit_id = $2 THEN moved.debit_balance ELSE moved.credit_balance END AS balance_after,
       CASE WHEN moved.credit_id = $2 THEN moved.first_month END AS first_month,
       CASE WHEN moved.credit_id = $2 THEN moved.by_month END AS by_month,
       stage.stage, moved.credit_tenths, moved.credit_until, moved.rule_version_id, rule.action,
       undone.id AS undone_id, undone.label_zh AS undone_zh, undone.label_en AS undone_en,
       undone.posted_at AS undone_at, reversal.id AS reversal_id, reversal.label_zh AS reversal_zh,
       reversal.label_en AS reversal_en, reversal.posted_at AS reversal_at
FROM points_transfer AS moved
LEFT JOIN points_rule_version AS rule ON rule.id = moved.rule_version_id
LEFT JOIN points_award_stage AS stage ON stage.id = moved.reference
LEFT JOIN points_transfer AS undone ON undone.id = moved.reverses_id
LEFT JOIN points_transfer AS reversal ON reversal.reverses_id = moved.id
WHERE moved.id = $1 AND (moved.debit_id = $2 OR moved.credit_id = $2)
