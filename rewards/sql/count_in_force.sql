-- Purpose: how many vouchers each person has of a product in the period that its limit counts.
-- Called by: rewards/exchange.py, after the persons' accounts were locked, so that nobody adds one meanwhile.
-- Locks: none.
-- Index: rewards_voucher_holder, once for each person and product.
SELECT asked.person, asked.product, count(voucher.id)::integer AS vouchers
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS asked (person, product, since)
JOIN rewards_voucher AS voucher
    ON voucher.person = asked.person AND voucher.issued_at >= asked.since
    AND voucher.product = asked.product AND voucher.state IN ('issued', 'redeemed')
GROUP BY asked.person, asked.product
