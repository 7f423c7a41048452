"""What must hold among vouchers, redemptions, stock, budgets and the ledger."""

from kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="I1 escrow",
        zh="待核销积分等于所有有效券的积分之和。",
        en="Escrow holds the points of the vouchers in state issued.",
        violations="""
            SELECT held.points AS in_escrow, coalesce(issued.points, 0) AS of_vouchers
            FROM (
                SELECT coalesce(sum(CASE WHEN credit_id = '00000000-0000-0000-0000-000000000002' THEN amount
                                         ELSE -amount END), 0) AS points
                FROM points_transfer
                WHERE '00000000-0000-0000-0000-000000000002' IN (credit_id, debit_id)
            ) AS held, (SELECT sum(points) AS points FROM rewards_voucher WHERE state = 'issued') AS issued
            WHERE held.points <> coalesce(issued.points, 0)
        """,
        counts="SELECT count(*) FROM rewards_voucher WHERE state = 'issued'",
    ),
    Invariant(
        name="I1 redeemed",
        zh="已核销积分等于所有有效核销的积分之和。",
        en="Redeemed points are those of the redemptions in force.",
        violations="""
            SELECT held.points AS redeemed, coalesce(used.points, 0) AS of_redemptions
            FROM (
                SELECT coalesce(sum(CASE WHEN credit_id = '00000000-0000-0000-0000-000000000003' THEN amount
                                         ELSE -amount END), 0) AS points
                FROM points_transfer
                WHERE '00000000-0000-0000-0000-000000000003' IN (credit_id, debit_id)
            ) AS held, (
                SELECT sum(voucher.points) AS points FROM rewards_redemption AS redemption
                JOIN rewards_voucher AS voucher ON voucher.id = redemption.voucher
                WHERE redemption.undone_at IS NULL
            ) AS used
            WHERE held.points <> coalesce(used.points, 0)
        """,
        counts="SELECT count(*) FROM rewards_redemption WHERE undone_at IS NULL",
    ),
    Invariant(
        name="I1 reserved",
        zh="镇和赞助方预算的预留与已付等于未核销和已核销券的相应份额。",
        en="Reserved and paid fen of town and sponsor lines are those of their unredeemed and redeemed vouchers.",
        violations="""
            SELECT line.id, line.reserved_fen, line.paid_fen, share.reserved, share.paid
            FROM points_budget_line AS line
            LEFT JOIN (
                SELECT line, coalesce(sum(fen) FILTER (WHERE state = 'issued'), 0) AS reserved,
                       coalesce(sum(fen) FILTER (WHERE state = 'redeemed'), 0) AS paid
                FROM (
                    SELECT town_line AS line, state, town_fen AS fen FROM rewards_voucher
                    UNION ALL
                    SELECT sponsor_line, state, sponsor_fen FROM rewards_voucher
                ) AS part
                GROUP BY line
            ) AS share ON share.line = line.id
            WHERE line.purpose IN ('town', 'sponsor')
              AND (line.reserved_fen, line.paid_fen) <> (coalesce(share.reserved, 0), coalesce(share.paid, 0))
        """,
        counts="SELECT count(*) FROM points_budget_line WHERE purpose IN ('town', 'sponsor')",
    ),
    Invariant(
        name="I6 vouchers",
        zh="每张有价券对应一笔兑换，退回的券对应一笔退款。",
        en="Every voucher with a price has one exchange in the ledger, and a refund exactly if it was given back.",
        violations="""
            SELECT voucher.id, voucher.state, taken.amount AS taken, returned.amount AS returned
            FROM (SELECT * FROM rewards_voucher WHERE points > 0) AS voucher
            FULL JOIN (SELECT * FROM points_transfer WHERE kind = 'exchange') AS taken
                ON taken.reference = voucher.id
            LEFT JOIN points_transfer AS returned
                ON returned.kind = 'refund' AND returned.reference = coalesce(voucher.id, taken.reference)
            WHERE taken.amount IS DISTINCT FROM voucher.points OR taken.debit_id IS DISTINCT FROM voucher.person
               OR (voucher.state IN ('expired', 'cancelled')) <> (returned.id IS NOT NULL)
               OR returned.amount <> voucher.points OR returned.credit_id <> voucher.person
        """,
        counts="SELECT count(*) FROM rewards_voucher WHERE points > 0",
    ),
    Invariant(
        name="I7 redemptions",
        zh="每张券至多一次有效核销，状态与核销一致。",
        en="A voucher has at most one redemption in force, and is redeemed exactly if it has one.",
        violations="""
            SELECT voucher.id, voucher.state, count(redemption.id) AS in_force
            FROM rewards_voucher AS voucher
            LEFT JOIN rewards_redemption AS redemption
                ON redemption.voucher = voucher.id AND redemption.undone_at IS NULL
            GROUP BY voucher.id
            HAVING count(redemption.id) <> CASE WHEN voucher.state = 'redeemed' THEN 1 ELSE 0 END
        """,
        counts="SELECT count(*) FROM rewards_voucher",
    ),
    Invariant(
        name="I8 undone",
        zh="撤销的核销把积分退回待核销，且只退一次。",
        en="An undone redemption has its points back in escrow once, one in force has not.",
        violations="""
            SELECT redemption.id, redemption.undone_at, used.amount AS used, undone.amount AS undone
            FROM rewards_redemption AS redemption
            JOIN rewards_voucher AS voucher ON voucher.id = redemption.voucher AND voucher.points > 0
            LEFT JOIN points_transfer AS used ON used.kind = 'redemption' AND used.reference = redemption.id
            LEFT JOIN points_transfer AS undone
                ON undone.kind = 'redemption_undo' AND undone.reference = redemption.id
            WHERE used.amount IS DISTINCT FROM voucher.points
               OR (redemption.undone_at IS NOT NULL) <> (undone.id IS NOT NULL)
               OR undone.amount <> voucher.points
        """,
        counts="SELECT count(*) FROM rewards_redemption",
    ),
    Invariant(
        name="I9 stock",
        zh="库存减少数等于在用和已核销的券数。",
        en="What left the shelf is what is out in vouchers or was redeemed.",
        violations="""
            SELECT product, stock.supplied, stock.remaining, out.pieces
            FROM rewards_stock AS stock
            LEFT JOIN (
                SELECT product, count(*) AS pieces FROM rewards_voucher
                WHERE state IN ('issued', 'redeemed') GROUP BY product
            ) AS out USING (product)
            WHERE stock.supplied - stock.remaining <> coalesce(out.pieces, 0)
        """,
        counts="SELECT count(*) FROM rewards_stock",
    ),
    Invariant(
        name="I9 limits",
        zh="每人每期兑换数不超过兑换时的限额。",
        en="Nobody has more vouchers of a period than the limit that held at the exchange.",
        violations="""
            SELECT exchange.id, exchange.person, exchange.product, exchange.person_limit, had.vouchers
            FROM rewards_exchange AS exchange
            CROSS JOIN LATERAL (
                SELECT count(*) AS vouchers FROM rewards_voucher AS voucher
                WHERE voucher.person = exchange.person AND voucher.product = exchange.product
                  AND voucher.state IN ('issued', 'redeemed')
                  AND voucher.issued_at BETWEEN exchange.limit_from AND exchange.exchanged_at
            ) AS had
            WHERE had.vouchers > exchange.person_limit
        """,
        counts="SELECT count(*) FROM rewards_exchange WHERE person_limit IS NOT NULL",
    ),
    Invariant(
        name="I10 sales",
        zh="每次核销恰有一笔销售，撤销的另有一笔冲销。",
        en="Every redemption has one sale of the voucher's worth, and a negative one exactly if it was undone.",
        violations="""
            SELECT redemption.id AS redemption, sale.id AS sale, undo.id AS undo
            FROM rewards_redemption AS redemption
            JOIN rewards_voucher AS voucher ON voucher.id = redemption.voucher
            FULL JOIN (SELECT * FROM merchants_sale WHERE sign = 1) AS sale ON sale.redemption_id = redemption.id
            LEFT JOIN merchants_sale AS undo ON undo.redemption_id = redemption.id AND undo.sign = -1
            WHERE (sale.merchant, sale.value_fen, sale.merchant_fen, sale.town_fen, sale.sponsor_fen)
                IS DISTINCT FROM (redemption.merchant, voucher.value_fen, voucher.merchant_fen, voucher.town_fen,
                    voucher.sponsor_fen)
               OR (redemption.undone_at IS NOT NULL) <> (undo.id IS NOT NULL)
               OR undo.value_fen <> -sale.value_fen
        """,
        counts="SELECT count(*) FROM rewards_redemption",
    ),
)
