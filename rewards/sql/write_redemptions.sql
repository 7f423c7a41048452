-- Purpose: write redemptions and take their vouchers out of issue; answers how many of each were written.
-- Called by: rewards/redemption.py (redeem_lines), with the vouchers locked.
-- Locks: none new.
-- Index: rewards_voucher_pkey; inserts into rewards_redemption_pkey, rewards_redemption_in_force, the merchant's list.
WITH line AS (
    SELECT * FROM unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[]
    ) AS line (id, voucher, merchant, outlet, till, clerk_id)
), redeemed AS (
    INSERT INTO rewards_redemption (id, voucher, merchant, outlet, till, clerk_id, redeemed_at)
    SELECT id, voucher, merchant, outlet, till, clerk_id, $7 FROM line
    RETURNING 1
), used AS (
    UPDATE rewards_voucher AS voucher SET state = 'redeemed', ended_at = $7
    FROM line WHERE voucher.id = line.voucher AND voucher.state = 'issued'
    RETURNING 1
)
SELECT (SELECT count(*) FROM redeemed) AS redemptions, (SELECT count(*) FROM used) AS vouchers
