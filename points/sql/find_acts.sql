-- Purpose: which of these acts are pending or awarded already.
-- Called by: points/submissions.py, points/awards.py.
-- Locks: none; the persons' accounts are locked before.
-- Index: points_participation_act.
SELECT done.id, done.person_id, done.household_id, done.act_key, done.action, done.rule_version_id, done.points,
       done.occurred_on, done.units, done.counted, done.state
FROM unnest($1::uuid[], $2::text[]) AS asked (person_id, act_key)
JOIN points_participation AS done
    ON done.person_id = asked.person_id AND done.act_key = asked.act_key AND done.state IN ('pending', 'awarded')
