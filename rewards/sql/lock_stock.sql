-- Purpose: lock what is left of the products that a batch hands out or takes back.
-- Called by: rewards/stock.py (open_shelves).
-- Locks: rewards_stock rows, in the order of their products, until the transaction ends.
-- Index: rewards_stock_pkey.
SELECT product, remaining
FROM rewards_stock
WHERE product = ANY ($1::uuid[])
ORDER BY product
FOR NO KEY UPDATE
