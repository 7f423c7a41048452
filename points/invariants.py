"""The invariants of points: what must hold at every moment, proven by comparing independent sources.

Stored balances, the transfers, the participations, the usage of the caps and the recoveries are written by different
statements; each invariant compares two of them, so that a fault in one shows against the other.
"""

from typing import Final

from kit.invariants import Invariant
from points.accounts import SYSTEM
from points.earning_invariants import EARNING

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
    Invariant(
        name="I6 every award has its participation",
        zh="每次参与实发分数等于发放流水减收回与待扣回；每笔相关流水都指向存在的参与",
        en="What a participation was paid is its award transfers less what was taken back; none stands without one",
        violations="""
            WITH net AS (
                SELECT fact_id AS id, sum(CASE kind WHEN 'award' THEN amount ELSE -amount END) AS total
                FROM points_transfer WHERE kind IN ('award', 'award_reversal') GROUP BY fact_id
            ),
            owed AS (SELECT participation_id AS id, sum(points) AS total FROM points_recovery GROUP BY participation_id)
            SELECT coalesce(done.id, net.id) AS id, done.state, done.points, net.total, owed.total AS recovery
            FROM points_participation AS done
            FULL JOIN net USING (id) LEFT JOIN owed USING (id)
            WHERE done.id IS NULL
               OR coalesce(net.total, 0) - coalesce(owed.total, 0)
                  <> CASE done.state WHEN 'awarded' THEN done.points ELSE 0 END
        """,
        counts="SELECT count(*) FROM points_participation",
    ),
    Invariant(
        name="I6 every award reaches the one who took part",
        zh="发放与收回流水的对方账户就是参与人",
        en="Awards go to the person of their participation, by a rule version of its action",
        violations="""
            SELECT award.id, award.credit_id, done.person_id, rule.action, done.action AS done
            FROM points_transfer AS award
            JOIN points_participation AS done ON done.id = award.fact_id
            LEFT JOIN points_rule_version AS rule ON rule.id = award.rule_version_id
            WHERE award.kind = 'award'
              AND (award.credit_id <> done.person_id OR award.rule_version_id IS DISTINCT FROM done.rule_version_id
                   OR rule.action IS DISTINCT FROM done.action OR award.fact_kind <> 'participation')
        """,
        counts="SELECT count(*) FROM points_transfer WHERE kind = 'award'",
    ),
    Invariant(
        name="I6 stages sum to their participation",
        zh="两阶段奖励各有效阶段之和等于该次参与的分数，且各有流水",
        en="Stages in force sum to what their participation was paid, and each has its transfer",
        violations="""
            SELECT done.id, done.points, staged.total, staged.unpaid
            FROM points_participation AS done
            JOIN (
                SELECT stage.participation,
                       coalesce(sum(stage.points) FILTER (WHERE stage.reversed_at IS NULL), 0) AS total,
                       count(*) FILTER (WHERE stage.points <> coalesce(award.amount, 0)) AS unpaid
                FROM points_award_stage AS stage
                LEFT JOIN points_transfer AS award ON award.kind = 'award' AND award.reference = stage.id
                GROUP BY stage.participation
            ) AS staged ON staged.participation = done.id
            WHERE staged.unpaid > 0 OR staged.total <> CASE done.state WHEN 'awarded' THEN done.points ELSE 0 END
        """,
        counts="SELECT count(*) FROM points_award_stage",
    ),
    *EARNING,
]
