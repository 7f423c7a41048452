-- Purpose: write down what vouchers bought, any number of sales at once.
-- Called by: merchants/sales.py (record_sales).
-- Locks: none that another waits for; the keys of merchant, outlet and till are shared.
-- Index: inserts into merchants_sale_pkey, (redemption_id, sign), the merchant's list, and the unsettled ones.
INSERT INTO merchants_sale (
    id, redemption_id, sign, merchant, outlet, till, label_zh, label_en,
    value_fen, merchant_fen, town_fen, sponsor_fen, statement, sold_at
)
SELECT
    id, redemption_id, 1, merchant, outlet, till, label_zh, label_en,
    value_fen, merchant_fen, town_fen, sponsor_fen, NULL, sold_at
FROM unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
    $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::timestamptz[]
) AS line (
    id, redemption_id, merchant, outlet, till, label_zh, label_en,
    value_fen, merchant_fen, town_fen, sponsor_fen, sold_at
)
