-- Purpose: the awards with these references that were not taken back, neither from the balance nor by a recovery.
-- Called by: points/paying.py (read_paid).
-- Locks: none; the accounts are locked before.
-- Index: points_transfer's key (reference, kind), points_transfer_reversed_once, points_recovery's key award_id.
SELECT award.id, award.reference, award.credit_id, award.fact_id, award.amount, award.label_zh, award.label_en
FROM points_transfer AS award
LEFT JOIN points_transfer AS undone ON undone.reverses_id = award.id
LEFT JOIN points_recovery AS recovery ON recovery.award_id = award.id
WHERE award.kind = 'award' AND award.reference = ANY ($1::uuid[]) AND undone.id IS NULL AND recovery.id IS NULL
ORDER BY award.id
