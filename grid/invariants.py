"""What must hold in the grid at every moment."""

from kit.invariants import Invariant

INVARIANTS = (
    Invariant(
        name="E1 event stages",
        zh="每一笔上报奖励都有一个相应状态的事件",
        en="every stage of a report's award is explained by an event that got that far",
        violations="""
            SELECT stage.id, stage.stage, participation.act_key
            FROM points_award_stage AS stage
            JOIN points_participation AS participation ON participation.id = stage.participation
            LEFT JOIN grid_event AS event ON event.participation_id = participation.id
            WHERE participation.source = 'event' AND stage.reversed_at IS NULL
              AND (event.id IS NULL OR event.reporter IS DISTINCT FROM participation.person_id
                   OR event.state IN ('reported', 'refused') OR (stage.stage = 2 AND event.state <> 'closed'))
        """,
        counts="""
            SELECT count(*) FROM points_award_stage AS stage
            JOIN points_participation AS participation ON participation.id = stage.participation
            WHERE participation.source = 'event'
        """,
    ),
    Invariant(
        name="E2 closed events are paid",
        zh="已办结事件的两段奖励都已发放",
        en="a closed event whose first stage was paid has paid its second stage too",
        violations="""
            SELECT event.id, event.number
            FROM grid_event AS event
            JOIN points_participation AS participation ON participation.id = event.participation_id
            WHERE event.state = 'closed' AND participation.state = 'awarded' AND participation.action LIKE 'RPT-%'
              AND NOT EXISTS (
                  SELECT FROM points_award_stage AS stage
                  WHERE stage.participation = participation.id AND stage.stage = 2 AND stage.reversed_at IS NULL)
        """,
        counts="SELECT count(*) FROM grid_event WHERE state = 'closed' AND participation_id IS NOT NULL",
    ),
    Invariant(
        name="E3 events are confirmed by others",
        zh="事件由非上报人、非同户且足够级别的人核实",
        en="who confirmed an event did not report it, and every accepted event was confirmed",
        violations="""
            SELECT event.id, event.number
            FROM grid_event AS event
            WHERE event.state NOT IN ('reported', 'refused') AND NOT EXISTS (
                SELECT FROM grid_event_verification AS verification WHERE verification.event = event.id)
            UNION ALL
            SELECT event.id, event.number
            FROM grid_event AS event JOIN grid_event_verification AS verification ON verification.event = event.id
            WHERE verification.verifier IN (event.reporter, event.entered_by)
        """,
        counts="SELECT count(*) FROM grid_event",
    ),
    Invariant(
        name="E4 steps tell the state",
        zh="事件状态与其最后一步一致",
        en="an event is in the state in which its newest step left it",
        violations="""
            SELECT event.id, event.number, event.state
            FROM grid_event AS event
            LEFT JOIN LATERAL (
                SELECT step.state FROM grid_event_step AS step
                WHERE step.event = event.id ORDER BY step.at DESC, step.id DESC LIMIT 1
            ) AS newest ON true
            WHERE newest.state IS DISTINCT FROM event.state
        """,
        counts="SELECT count(*) FROM grid_event",
    ),
)
