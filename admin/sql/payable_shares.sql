-- Purpose: shares that can be paid in some territories ($1), with the line that a new one replaces; not those of the
--          person who pays ($2) or of his household.
-- Called by: admin/payout_lists.py (waiting_payments, without its lock); admin/payouts.py (make_payout_batch), which holds the batches' advisory lock.
-- Locks: the bonuses, in the order of their ids.
-- Index: admin_bonus_state; shares and lines by the keys of their bonus and share.
SELECT share.id AS share_id, bonus.id AS bonus_id, bonus.number AS bonus_number, share.person AS person_id,
       share.amount_fen, last.id AS replaces
FROM admin_bonus AS bonus
JOIN identity_area AS area ON area.id = bonus.area
JOIN admin_bonus_share AS share ON share.bonus = bonus.id
LEFT JOIN LATERAL (
    SELECT line.id, line.state FROM admin_payout_line AS line WHERE line.share = share.id ORDER BY line.id DESC LIMIT 1
) AS last ON true
WHERE bonus.state IN ('payable', 'failed', 'returned')
  AND (last.id IS NULL OR last.state IN ('failed', 'returned'))
  AND EXISTS (
      SELECT FROM unnest($1::text[]) AS territory (path)
      WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')
  AND NOT EXISTS (
      SELECT FROM (SELECT $2::uuid AS person) AS payer
      LEFT JOIN identity_household_membership AS own ON own.person = payer.person AND own.until IS NULL
      LEFT JOIN identity_household_membership AS theirs ON theirs.household = own.household AND theirs.until IS NULL
      WHERE share.person IN (payer.person, theirs.person))
ORDER BY bonus.id, share.id
FOR NO KEY UPDATE OF bonus
