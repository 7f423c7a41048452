-- Purpose: awarded reports of which the first stage is paid, with who verified them and whether both are paid.
-- Called by: points/second_stage.py.
-- Locks: none; the participations are locked just before.
-- Index: points_participation_pkey, points_award_stage_in_force, points_decision_participation.
SELECT done.id, done.person_id, done.act_key, done.action, done.rule_version_id, done.units, stage.split,
       EXISTS (
           SELECT FROM points_award_stage AS second
           WHERE second.participation = done.id AND second.stage = 2 AND second.reversed_at IS NULL
       ) AS has_second,
       ARRAY(
           SELECT decision.person_id FROM points_decision AS decision
           WHERE decision.participation_id = done.id AND decision.outcome = 'accepted'
             AND decision.person_id IS NOT NULL
       ) AS deciders
FROM points_participation AS done
JOIN points_award_stage AS stage
    ON stage.participation = done.id AND stage.stage = 1 AND stage.reversed_at IS NULL
WHERE done.id = ANY ($1::uuid[]) AND done.state = 'awarded'
