"""What must hold for bonuses and their money at every moment."""

from kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="I16 one matter one bonus",
        zh="一事一奖；每份至多一条有效付款；一条付款一张回单；批次与明细一致",
        en="one matter one bonus, one payout line in force a share, one receipt a line, batches equal their lines",
        violations="""
            SELECT 'matter' AS what, event AS id FROM admin_bonus GROUP BY event HAVING count(*) > 1
            UNION ALL
            SELECT 'share', share FROM admin_payout_line WHERE state IN ('exported', 'paid')
            GROUP BY share HAVING count(*) > 1
            UNION ALL
            SELECT 'receipt', min(id::text)::uuid FROM admin_payout_line WHERE receipt_number IS NOT NULL
            GROUP BY receipt_number HAVING count(*) > 1
            UNION ALL
            SELECT 'line replaced unnamed', line.id FROM admin_payout_line AS line
            WHERE line.replaces IS NULL AND EXISTS (
                SELECT FROM admin_payout_line AS other
                WHERE other.share = line.share AND other.id <> line.id AND other.replaces IS NULL)
            UNION ALL
            SELECT 'batch', batch.id FROM admin_payout_batch AS batch
            JOIN admin_payout_line AS line ON line.batch = batch.id
            GROUP BY batch.id HAVING count(*) <> batch.lines OR sum(line.amount_fen) <> batch.amount_fen
            UNION ALL
            SELECT 'amount', line.id FROM admin_payout_line AS line
            JOIN admin_bonus_share AS share ON share.id = line.share WHERE line.amount_fen <> share.amount_fen
            UNION ALL
            SELECT 'shares', bonus.id FROM admin_bonus AS bonus
            JOIN admin_bonus_share AS share ON share.bonus = bonus.id
            GROUP BY bonus.id HAVING sum(share.percent) <> 100
                OR (bonus.approved_at IS NOT NULL AND sum(share.amount_fen) IS DISTINCT FROM bonus.amount_fen)
        """,
        counts="SELECT count(*) FROM admin_bonus",
    ),
    Invariant(
        name="I17 four eyes",
        zh="上报、核实、评分、审批为不同户的不同人",
        en="reporter, verifier, assessor and approver are different people of different households",
        violations="""
            WITH part AS (
                SELECT bonus.id AS bonus, event.reporter AS person, 'reporter' AS part
                FROM admin_bonus AS bonus JOIN grid_event AS event ON event.id = bonus.event
                UNION SELECT bonus.id, verification.verifier, 'verifier'
                FROM admin_bonus AS bonus JOIN grid_event_verification AS verification
                    ON verification.event = bonus.event
                UNION SELECT bonus, assessor, 'assessor' FROM admin_bonus_score
                UNION SELECT bonus, approver, 'approver' FROM admin_bonus_approval
            )
            SELECT one.bonus, one.person, one.part, other.part AS other_part
            FROM part AS one JOIN part AS other ON other.bonus = one.bonus AND other.part <> one.part
            WHERE one.person = other.person
            UNION ALL
            SELECT one.bonus, one.person, one.part, other.part
            FROM admin_bonus_party AS one
            JOIN admin_bonus_party AS other ON other.bonus = one.bonus AND other.person <> one.person
            WHERE one.household = other.household
            UNION ALL
            SELECT part.bonus, part.person, part.part, 'none' FROM part
            WHERE NOT EXISTS (
                SELECT FROM admin_bonus_party AS party
                WHERE party.bonus = part.bonus AND party.person = part.person AND party.part = part.part)
        """,
        counts="SELECT count(*) FROM admin_bonus_party",
    ),
    Invariant(
        name="I18 bonus budgets",
        zh="奖励预算：已留等于未发放奖励，已付等于已入账转账，且不超预算",
        en="of bonus lines reserved equals open bonuses, paid equals the transfers, and both stay within the amount",
        violations="""
            SELECT line.id, line.amount_fen, line.reserved_fen, line.paid_fen, open.fen AS open_fen,
                   moved.fen AS moved_fen
            FROM points_budget_line AS line
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(bonus.amount_fen), 0) AS fen FROM admin_bonus AS bonus
                WHERE bonus.budget_line = line.id AND bonus.state IN ('approved', 'noticed')
            ) AS open ON true
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(
                    CASE WHEN transfer.debit_id = line.id THEN transfer.amount ELSE -transfer.amount END), 0) AS fen
                FROM points_transfer AS transfer
                WHERE transfer.kind IN ('bonus', 'claw_back') AND line.id IN (transfer.debit_id, transfer.credit_id)
            ) AS moved ON true
            WHERE line.purpose IN ('bonus', 'bonus_special')
              AND (line.reserved_fen <> open.fen OR line.paid_fen <> moved.fen
                   OR line.reserved_fen + line.paid_fen > line.amount_fen)
        """,
        counts="SELECT count(*) FROM points_budget_line WHERE purpose IN ('bonus', 'bonus_special')",
    ),
    Invariant(
        name="B1 bonus transfers",
        zh="每一笔奖励、发放、退回、追回转账都有且只有一个业务事实",
        en="every bonus, payout, return and claw-back transfer has its share or line, and the other way round",
        violations="""
            SELECT transfer.id, transfer.kind, transfer.reference FROM points_transfer AS transfer
            LEFT JOIN admin_bonus_share AS share ON share.id = transfer.reference
            LEFT JOIN admin_bonus AS bonus ON bonus.id = share.bonus
            LEFT JOIN admin_payout_line AS line ON line.id = transfer.reference
            WHERE CASE transfer.kind
                WHEN 'bonus' THEN bonus.payable_at IS NULL OR transfer.amount <> share.amount_fen
                WHEN 'claw_back' THEN bonus.state IS DISTINCT FROM 'clawed_back'
                    OR transfer.amount IS DISTINCT FROM (
                        SELECT CASE WHEN claim.taken_fen > 0 THEN claim.taken_fen
                                    WHEN EXISTS (SELECT FROM admin_payout_line AS returned
                                                 WHERE returned.share = share.id AND returned.state = 'returned'
                                                   AND returned.receipt_number IS NOT NULL)
                                    THEN claim.owed_fen END
                        FROM admin_claw_back AS claim WHERE claim.share = share.id)
                WHEN 'payout' THEN line.receipt_number IS NULL OR transfer.amount <> line.amount_fen
                WHEN 'payout_return' THEN line.state IS DISTINCT FROM 'returned' OR transfer.amount <> line.amount_fen
                ELSE false END
            UNION ALL
            SELECT share.id, 'bonus', share.id FROM admin_bonus_share AS share
            JOIN admin_bonus AS bonus ON bonus.id = share.bonus
            WHERE bonus.payable_at IS NOT NULL AND NOT EXISTS (
                SELECT FROM points_transfer AS transfer
                WHERE transfer.kind = 'bonus' AND transfer.reference = share.id)
            UNION ALL
            SELECT line.id, 'payout', line.id FROM admin_payout_line AS line
            WHERE line.receipt_number IS NOT NULL AND NOT EXISTS (
                SELECT FROM points_transfer AS transfer
                WHERE transfer.kind = 'payout' AND transfer.reference = line.id)
        """,
        counts="""
            SELECT count(*) FROM points_transfer WHERE kind IN ('bonus', 'claw_back', 'payout', 'payout_return')
        """,
    ),
    Invariant(
        name="B2 payable accounts",
        zh="应付个人奖励余额等于尚未发放的份额",
        en="what workers' accounts hold equals the shares that were neither paid nor taken back",
        violations="""
            SELECT account.id, account.balance, due.fen FROM points_account AS account
            LEFT JOIN LATERAL (
                SELECT coalesce(sum(share.amount_fen), 0) AS fen
                FROM admin_bonus_share AS share JOIN admin_bonus AS bonus ON bonus.id = share.bonus
                WHERE share.person = account.owner_id AND bonus.payable_at IS NOT NULL AND bonus.state <> 'clawed_back'
                  AND NOT EXISTS (
                      SELECT FROM admin_payout_line AS line WHERE line.share = share.id AND line.state = 'paid')
            ) AS due ON true
            WHERE account.kind = 'worker' AND account.balance <> due.fen
        """,
        counts="SELECT count(*) FROM points_account WHERE kind = 'worker'",
    ),
)
