-- Purpose: a resident's account, how many acts are pending and for how much, his honour and hours of a lifetime.
-- Called by: points/queries.py (wallet).
-- Locks: none.
-- Index: points_account_pkey, points_participation_person, points_rule_version_pkey.
SELECT account.first_month, account.by_month, coalesce(account.recovery, 0) AS recovery,
       done.waiting, coalesce(done.pending, 0) AS pending, coalesce(done.honour, 0) AS honour,
       coalesce(done.hours, 0) AS hours
FROM (
    SELECT count(*) FILTER (WHERE done.state = 'pending') AS waiting,
           sum(done.points) FILTER (WHERE done.state = 'pending') AS pending,
           sum(done.points) FILTER (WHERE done.state = 'awarded') AS honour,
           sum(done.units) FILTER (WHERE done.state = 'awarded' AND rule.per = 'hour') AS hours
    FROM points_participation AS done
    JOIN points_rule_version AS rule ON rule.id = done.rule_version_id
    WHERE done.person_id = $1 AND done.state IN ('pending', 'awarded')
) AS done
LEFT JOIN points_account AS account ON account.id = $1
