-- Purpose: what merchants sold, newest first, each with the moment at which it was undone.
-- Called by: merchants/queries.py (list_sales). $1 merchants, $2 $3 the last row of the page before, $4 how many,
--            $5 $6 from which moment until before which, or null.
-- Locks: none.
-- Index: merchants_sale_sold for the page, (redemption_id, sign) for the undo.
SELECT sale.id, sale.redemption_id, sale.merchant, sale.outlet, sale.till, sale.label_zh, sale.label_en,
       sale.value_fen, sale.merchant_fen, sale.town_fen, sale.sponsor_fen, sale.statement, sale.sold_at,
       undo.sold_at AS undone_at
FROM merchants_sale AS sale
LEFT JOIN merchants_sale AS undo ON undo.redemption_id = sale.redemption_id AND undo.sign = -1
WHERE sale.merchant = ANY ($1::uuid[]) AND sale.sign = 1
  AND ($2::timestamptz IS NULL OR (sale.sold_at, sale.id) < ($2, $3::uuid))
  AND ($5::timestamptz IS NULL OR (sale.sold_at >= $5 AND sale.sold_at < $6))
ORDER BY sale.sold_at DESC, sale.id DESC
LIMIT $4
