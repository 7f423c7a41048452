-- Purpose: the negative sale of an undone redemption.
-- Called by: merchants/sales.py (record_undo). $1 the new id, $2 the redemption, $3 when it was undone.
-- Locks: none that another waits for.
-- Index: (redemption_id, sign).
INSERT INTO merchants_sale (
    id, redemption_id, sign, merchant, outlet, till, label_zh, label_en,
    value_fen, merchant_fen, town_fen, sponsor_fen, statement, sold_at
)
SELECT
    $1, redemption_id, -1, merchant, outlet, till, label_zh, label_en,
    -value_fen, -merchant_fen, -town_fen, -sponsor_fen, NULL, $3
FROM merchants_sale
WHERE redemption_id = $2 AND sign = 1
RETURNING id
