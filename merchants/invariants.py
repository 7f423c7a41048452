"""What must hold among sales, statements and the ledger."""

from kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="I10 statements",
        zh="每张结算单等于其明细之和。",
        en="A settlement statement equals its lines.",
        violations="""
            SELECT statement.id, statement.number, statement.lines AS written, count(sale.id) AS found
            FROM merchants_statement AS statement
            LEFT JOIN merchants_sale AS sale ON sale.statement = statement.id AND sale.merchant = statement.merchant
            GROUP BY statement.id
            HAVING (statement.lines, statement.value_fen, statement.merchant_fen, statement.town_fen,
                    statement.sponsor_fen)
                IS DISTINCT FROM (count(sale.id), sum(sale.value_fen), sum(sale.merchant_fen), sum(sale.town_fen),
                    sum(sale.sponsor_fen))
        """,
        counts="SELECT count(*) FROM merchants_statement",
    ),
    Invariant(
        name="I10 lines",
        zh="结算单上的每条明细都属于该商户。",
        en="Every line is on a statement of its own merchant.",
        violations="""
            SELECT sale.id, sale.statement FROM merchants_sale AS sale
            JOIN merchants_statement AS statement ON statement.id = sale.statement
            WHERE statement.merchant <> sale.merchant
        """,
        counts="SELECT count(*) FROM merchants_sale WHERE statement IS NOT NULL",
    ),
    Invariant(
        name="I1 payable",
        zh="应付商户余额等于其销售中由公共资金承担的部分减去已支付的结算单。",
        en="What a merchant is owed equals the public part of its sales less the statements that were paid.",
        violations="""
            SELECT merchant.id, coalesce(account.balance, 0) AS held, sold.fen - paid.fen AS expected
            FROM merchants_merchant AS merchant
            LEFT JOIN points_account AS account ON account.id = merchant.id
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(sale.town_fen + sale.sponsor_fen), 0) AS fen
                FROM merchants_sale AS sale WHERE sale.merchant = merchant.id
            ) AS sold
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(statement.town_fen + statement.sponsor_fen), 0) AS fen
                FROM merchants_statement AS statement
                WHERE statement.merchant = merchant.id AND statement.state = 'paid'
            ) AS paid
            WHERE coalesce(account.balance, 0) <> sold.fen - paid.fen
        """,
        counts="SELECT count(*) FROM merchants_merchant",
    ),
    Invariant(
        name="I6 settlements",
        zh="每笔结算付款对应一张已支付的结算单，金额一致。",
        en="Every payment of a settlement is explained by one paid statement of the same amount.",
        violations="""
            SELECT transfer.id AS transfer, statement.id AS statement
            FROM (SELECT * FROM points_transfer WHERE kind = 'settlement') AS transfer
            FULL JOIN (SELECT * FROM merchants_statement WHERE state = 'paid') AS statement
                ON statement.id = transfer.reference
            WHERE transfer.amount IS DISTINCT FROM statement.town_fen + statement.sponsor_fen
               OR transfer.debit_id IS DISTINCT FROM statement.merchant
        """,
        counts="SELECT count(*) FROM merchants_statement WHERE state = 'paid'",
    ),
)
