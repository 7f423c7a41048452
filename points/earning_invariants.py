"""The invariants of earning: caps, decisions, credit and expiry, each from two sources that are written apart."""

from typing import Final

from kit.invariants import Invariant

_LIVE: Final = """
    SELECT done.*, coalesce(done.household_id, done.person_id) AS subject, rule.cap_day, rule.cap_month,
           rule.cap_quarter, rule.cap_year, rule.points AS rule_points, rule.credit_tenths
    FROM points_participation AS done
    JOIN points_rule_version AS rule ON rule.id = done.rule_version_id
    WHERE done.state IN ('pending', 'awarded')
"""

EARNING: Final = [
    Invariant(
        name="I11 usage of the caps is what counts",
        zh="上限用量与仍有效的参与逐条一致",
        en="What the caps have on record is exactly the participations that are pending or awarded",
        violations=f"""
            WITH noted AS (
                SELECT subject_id, year, use, count(*) AS times
                FROM (
                    SELECT id AS subject_id, used_year AS year, unnest(uses) AS use FROM points_account
                    UNION ALL
                    SELECT subject_id, year, unnest(uses) FROM points_usage
                ) AS used
                GROUP BY 1, 2, 3
            ),
            counted AS (
                SELECT live.subject AS subject_id, extract(year FROM occurred_on)::smallint AS year,
                       extract(doy FROM occurred_on)::bigint * 1000000000000000 + action.number * 100000000000
                           + live.units * 10000000 + live.counted AS use,
                       count(*) AS times
                FROM ({_LIVE}) AS live JOIN points_action AS action ON action.code = live.action
                GROUP BY 1, 2, 3
            )
            SELECT subject_id, year, use, noted.times AS noted, counted.times AS counted
            FROM noted FULL JOIN counted USING (subject_id, year, use)
            WHERE noted.times IS DISTINCT FROM counted.times
        """,
        counts="SELECT count(*) FROM points_account WHERE used_year IS NOT NULL",
    ),
    Invariant(
        name="I11 caps hold",
        zh="每日、每月、每季、每年上限与全局上限均未被突破",
        en="No day, month, quarter or year has more than its cap, and no global ceiling is passed",
        violations=f"""
            WITH live AS ({_LIVE}), ceiling AS (
                SELECT max(value) FILTER (WHERE key = 'points.cap_day_global') AS day,
                       max(value) FILTER (WHERE key = 'points.cap_month_global') AS month
                FROM identity_scheme_setting
            )
            SELECT 'day' AS period, subject, action, occurred_on::text AS at, sum(units) AS used
            FROM live GROUP BY subject, action, occurred_on HAVING sum(units) > max(cap_day)
            UNION ALL
            SELECT 'month', subject, action, to_char(occurred_on, 'YYYY-MM'), sum(units)
            FROM live GROUP BY subject, action, to_char(occurred_on, 'YYYY-MM') HAVING sum(units) > max(cap_month)
            UNION ALL
            SELECT 'quarter', subject, action, to_char(occurred_on, 'YYYY-Q'), sum(units)
            FROM live GROUP BY subject, action, to_char(occurred_on, 'YYYY-Q') HAVING sum(units) > max(cap_quarter)
            UNION ALL
            SELECT 'year', subject, action, to_char(occurred_on, 'YYYY'), sum(units)
            FROM live GROUP BY subject, action, to_char(occurred_on, 'YYYY') HAVING sum(units) > max(cap_year)
            UNION ALL
            SELECT 'day', person_id, 'all', occurred_on::text, sum(counted)
            FROM live, ceiling GROUP BY person_id, occurred_on HAVING sum(counted) > max(ceiling.day)
            UNION ALL
            SELECT 'month', person_id, 'all', to_char(occurred_on, 'YYYY-MM'), sum(counted)
            FROM live, ceiling GROUP BY person_id, to_char(occurred_on, 'YYYY-MM')
            HAVING sum(counted) > max(ceiling.month)
        """,
        counts="SELECT count(*) FROM points_participation WHERE state IN ('pending', 'awarded')",
    ),
    Invariant(
        name="I13 every submission has its decisions",
        zh="经人核实的参与，其核实步骤逐一有决定记录；退回与作废亦然；100 分及以上有两人",
        en="Who was to verify has decided, step by step; refusals and reversals too; two people from 100 points on",
        violations="""
            WITH steps AS (
                SELECT participation_id AS id,
                       count(*) FILTER (WHERE outcome = 'accepted') - count(*) FILTER (WHERE outcome = 'recalled')
                           AS standing,
                       count(*) FILTER (WHERE outcome = 'refused') AS refused,
                       count(*) FILTER (WHERE outcome = 'reversed') AS reversed,
                       count(DISTINCT person_id) FILTER (WHERE outcome = 'accepted') AS people
                FROM points_decision GROUP BY participation_id
            )
            SELECT done.id, done.state, done.code, done.levels, done.steps_done, steps.standing, steps.people
            FROM points_participation AS done LEFT JOIN steps USING (id)
            WHERE (done.levels <> '' AND done.steps_done <> coalesce(steps.standing, 0))
               OR (done.state = 'awarded' AND done.steps_done <> length(done.levels))
               OR (done.code = 'refused_by_verifier' AND coalesce(steps.refused, 0) = 0)
               OR (done.state = 'voided' AND coalesce(steps.reversed, 0) = 0)
               OR (done.state = 'awarded' AND done.points >= 100 AND coalesce(steps.people, 0) < 2)
        """,
        counts="SELECT count(*) FROM points_participation",
    ),
    Invariant(
        name="I14 credit events are what was awarded",
        zh="有效的信用事件之和等于有效参与按其规则应得的信用",
        en="Credit events in force bring each person what the rules of his awards give",
        violations=f"""
            WITH shown AS (
                SELECT person_id, sum(tenths) AS total FROM points_credit_event
                WHERE withdrawn_on IS NULL GROUP BY person_id
            ),
            due AS (
                SELECT live.person_id, sum(coalesce(staged.tenths, live.credit_tenths * live.units)) AS total
                FROM ({_LIVE}) AS live
                LEFT JOIN (
                    SELECT participation,
                           sum(CASE WHEN reversed_at IS NULL AND points > 0 THEN credit_tenths ELSE 0 END) AS tenths
                    FROM points_award_stage GROUP BY participation
                ) AS staged ON staged.participation = live.id
                WHERE live.state = 'awarded' GROUP BY live.person_id
            )
            SELECT person_id, shown.total AS shown, due.total AS due FROM shown FULL JOIN due USING (person_id)
            WHERE coalesce(shown.total, 0) <> coalesce(due.total, 0)
        """,
        counts="SELECT count(*) FROM points_credit_event",
    ),
    Invariant(
        name="I15 expired points are not spent",
        zh="除到期流水外，没有流水动用已到期月份的积分",
        en="Nothing but expiry takes points of a month that had ended",
        violations="""
            SELECT id, kind, debit_id, first_month, posted_at FROM points_transfer
            WHERE asset = 'points' AND debit_version IS NOT NULL AND kind <> 'expiry'
              AND first_month < extract(year FROM posted_at AT TIME ZONE 'Asia/Shanghai') * 12
                              + extract(month FROM posted_at AT TIME ZONE 'Asia/Shanghai') - 1
        """,
        counts="SELECT count(*) FROM points_transfer WHERE asset = 'points' AND debit_version IS NOT NULL",
    ),
    Invariant(
        name="I15 each point expires once",
        zh="每个账户每个到期月：入减出等于账上所存",
        en="Of each account and month, what came less what went is what is held",
        violations="""
            WITH moved AS (
                SELECT account, month, sum(points) AS total FROM (
                    SELECT credit_id AS account, first_month + place::integer - 1 AS month, points::bigint
                    FROM points_transfer, unnest(by_month) WITH ORDINALITY AS part (points, place)
                    WHERE asset = 'points' AND credit_version IS NOT NULL
                    UNION ALL
                    SELECT debit_id, first_month + place::integer - 1, -points::bigint
                    FROM points_transfer, unnest(by_month) WITH ORDINALITY AS part (points, place)
                    WHERE asset = 'points' AND debit_version IS NOT NULL
                ) AS side GROUP BY account, month
            ),
            held AS (
                SELECT id AS account, first_month + place::integer - 1 AS month, points::bigint AS total
                FROM points_account, unnest(by_month) WITH ORDINALITY AS part (points, place)
                WHERE asset = 'points'
            )
            SELECT account, month, moved.total AS moved, held.total AS held
            FROM moved FULL JOIN held USING (account, month)
            WHERE coalesce(moved.total, 0) <> coalesce(held.total, 0)
        """,
        counts="SELECT count(*) FROM points_transfer WHERE asset = 'points'",
    ),
]
