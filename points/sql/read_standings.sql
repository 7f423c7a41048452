-- Purpose: participations that are changed after they were decided, with their stages in force.
-- Called by: points/reversals.py (lock_participations), after the rows are locked.
-- Locks: none.
-- Index: points_participation_pkey, points_award_stage_in_force.
SELECT done.id, done.person_id, done.household_id, done.action, done.rule_version_id, done.occurred_on, done.units,
       done.counted, done.points, done.state, done.recalls, live.ids AS stage_ids, live.stages, live.splits,
       live.points AS stage_points
FROM points_participation AS done
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(stage.id ORDER BY stage.stage), '{}') AS ids,
           coalesce(array_agg(stage.stage ORDER BY stage.stage), '{}') AS stages,
           coalesce(array_agg(stage.split ORDER BY stage.stage), '{}') AS splits,
           coalesce(array_agg(stage.points ORDER BY stage.stage), '{}') AS points
    FROM points_award_stage AS stage
    WHERE stage.participation = done.id AND stage.reversed_at IS NULL
) AS live
WHERE done.id = ANY ($1::uuid[])
