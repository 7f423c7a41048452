"""The invariants of points: what must hold at every moment, proven by comparing independent sources.

Stored balances, the transfers, the participations, the usage of the caps and the recoveries are written by different
statements; each invariant compares two of them, so that a fault in one shows against the other.
"""

from typing import Final

from kit.invariants import Invariant
from points.accounts import SYSTEM

_SYSTEM: Final = ", ".join(f"'{account.id}'" for account in SYSTEM)

INVARIANTS: Final = [
    Invariant(
        name="I1 books balance",
        zh="每种资产：账户余额加系统账户（由流水推算）为零；预算行的已付等于其流水",
        en="Of each asset, stored balances and derived system accounts sum to zero; budget lines paid what left them",
        violations=f"""
            WITH held AS (SELECT asset, sum(balance) AS total FROM points_account GROUP BY asset),
            derived AS (
                SELECT asset, sum(CASE WHEN credit_id IN ({_SYSTEM}) THEN amount ELSE 0 END)
                            - sum(CASE WHEN debit_id IN ({_SYSTEM}) THEN amount ELSE 0 END) AS total
                FROM points_transfer GROUP BY asset
            ),
            lines AS (SELECT 'fen' AS asset, -coalesce(sum(paid_fen), 0) AS total FROM points_budget_line)
            SELECT coalesce(held.asset, derived.asset) AS asset, held.total AS held, derived.total AS derived
            FROM held FULL JOIN derived USING (asset) LEFT JOIN lines USING (asset)
            WHERE coalesce(held.total, 0) + coalesce(derived.total, 0) + coalesce(lines.total, 0) <> 0
        """,
        counts="SELECT count(*) FROM points_account",
    ),
    Invariant(
        name="I1 budget lines paid what left them",
        zh="预算行的已付等于以它为来源的流水净额",
        en="What a budget line paid is what left it by transfers, less what came back",
        violations="""
            SELECT line.id, line.paid_fen, moved.total
            FROM points_budget_line AS line
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(CASE WHEN transfer.debit_id = line.id THEN amount ELSE -amount END), 0) AS total
                FROM points_transfer AS transfer
                WHERE transfer.asset = 'fen' AND line.id IN (transfer.debit_id, transfer.credit_id)
            ) AS moved
            WHERE line.paid_fen <> moved.total
        """,
        counts="SELECT count(*) FROM points_budget_line",
    ),
    Invariant(
        name="I2 versions have no gap",
        zh="账户版本号从 1 连续到当前版本，余额逐笔相接，等于流水之和与各月之和",
        en="An account's versions run from 1 without a gap, each balance follows from the one before",
        violations="""
            WITH moved AS (
                SELECT debit_id AS id, debit_version AS version, debit_balance AS balance, -amount AS amount
                FROM points_transfer WHERE debit_version IS NOT NULL
                UNION ALL
                SELECT credit_id, credit_version, credit_balance, amount
                FROM points_transfer WHERE credit_version IS NOT NULL
            ),
            chained AS (
                SELECT *, lag(balance, 1, 0) OVER line AS before, row_number() OVER line AS place
                FROM moved WINDOW line AS (PARTITION BY id ORDER BY version)
            )
            SELECT id, version, balance, before, amount FROM chained
            WHERE version <> place OR balance <> before + amount
        """,
        counts="SELECT count(*) FROM points_transfer",
    ),
    Invariant(
        name="I2 balance is the sum of its transfers and of its months",
        zh="余额等于流水之和、最新一笔后的余额与各到期月之和",
        en="A balance is the sum of its transfers, what its newest one left, and the sum of its months",
        violations="""
            WITH moved AS (
                SELECT id, sum(amount) AS total, max(version) AS version FROM (
                    SELECT debit_id AS id, -amount AS amount, debit_version AS version
                    FROM points_transfer WHERE debit_version IS NOT NULL
                    UNION ALL
                    SELECT credit_id, amount, credit_version FROM points_transfer WHERE credit_version IS NOT NULL
                ) AS side GROUP BY id
            )
            SELECT account.id, account.balance, account.version, moved.total, moved.version AS newest
            FROM points_account AS account FULL JOIN moved ON moved.id = account.id
            WHERE account.id IS NULL OR account.balance <> coalesce(moved.total, 0)
               OR account.version <> coalesce(moved.version, 0)
               OR (account.asset = 'points'
                   AND account.balance <> (SELECT coalesce(sum(points), 0) FROM unnest(account.by_month) AS points))
        """,
        counts="SELECT count(*) FROM points_account",
    ),
    Invariant(
        name="I3 nothing below zero, what is owed is known",
        zh="余额不为负；账户待扣回等于未收清的追回记录",
        en="No balance is below zero, and what an account owes is the sum of its open recoveries",
        violations="""
            SELECT account.id, account.balance, account.recovery, owed.total
            FROM points_account AS account
            LEFT JOIN (
                SELECT person_id, sum(points - collected) AS total FROM points_recovery GROUP BY person_id
            ) AS owed ON owed.person_id = account.id
            WHERE account.balance < 0 OR account.recovery <> coalesce(owed.total, 0)
        """,
        counts="SELECT count(*) FROM points_account",
    ),
    Invariant(
        name="I3 recoveries were collected by transfers",
        zh="已追回的分数等于“待扣回”流水之和",
        en="What recoveries collected is what was taken from later awards",
        violations="""
            SELECT coalesce(owed.person_id, taken.person_id) AS person_id, owed.total AS noted, taken.total AS taken
            FROM (SELECT person_id, sum(collected) AS total FROM points_recovery GROUP BY person_id) AS owed
            FULL JOIN (
                SELECT debit_id AS person_id, sum(amount) AS total FROM points_transfer
                WHERE kind = 'recovery' GROUP BY debit_id
            ) AS taken USING (person_id)
            WHERE coalesce(owed.total, 0) <> coalesce(taken.total, 0)
        """,
        counts="SELECT count(*) FROM points_recovery",
    ),
    Invariant(
        name="I5 issued points are somewhere",
        zh="发放减收回等于持有、托管、已兑、到期与捐赠之和",
        en="Issued less taken back is held, in escrow, redeemed, expired or given",
        violations="""
            WITH flow AS (
                SELECT sum(CASE WHEN debit_id = issue.id THEN amount ELSE 0 END)
                     - sum(CASE WHEN credit_id = issue.id THEN amount ELSE 0 END) AS issued,
                       sum(CASE WHEN credit_id IN (escrow.id, redeemed.id, expired.id, given.id) THEN amount ELSE 0 END)
                     - sum(CASE WHEN debit_id IN (escrow.id, redeemed.id, expired.id, given.id) THEN amount ELSE 0 END)
                       AS gone
                FROM points_transfer,
                     (VALUES ('00000000-0000-0000-0000-000000000001'::uuid)) AS issue (id),
                     (VALUES ('00000000-0000-0000-0000-000000000002'::uuid)) AS escrow (id),
                     (VALUES ('00000000-0000-0000-0000-000000000003'::uuid)) AS redeemed (id),
                     (VALUES ('00000000-0000-0000-0000-000000000004'::uuid)) AS expired (id),
                     (VALUES ('00000000-0000-0000-0000-000000000005'::uuid)) AS given (id)
                WHERE asset = 'points'
            ),
            held AS (SELECT coalesce(sum(balance), 0) AS total FROM points_account WHERE asset = 'points')
            SELECT issued, total AS held, gone FROM flow, held
            WHERE coalesce(issued, 0) <> total + coalesce(gone, 0)
        """,
        counts="SELECT count(*) FROM points_transfer WHERE asset = 'points'",
    ),
]
