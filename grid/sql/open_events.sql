-- Purpose: how many events of territories wait for which step, since when, and how many of them are overdue at a moment
--          ($4): $1 for open categories, $2 for private ones, $3 for sealed ones; counting stops at so many ($5).
-- Called by: grid/queries.py (open_events).
-- Locks: none.
-- Index: grid_event_clock, which holds the events that are not closed; identity_area_pkey.
SELECT state, count(*)::int AS waiting, min(due_at) AS next_due,
       (count(*) FILTER (WHERE due_at <= $4 AND state NOT IN ('fed_back', 'rated')))::int AS overdue
FROM (
    SELECT event.state, event.due_at
    FROM grid_event AS event
    JOIN grid_category AS category ON category.code = event.category
    JOIN identity_area AS area ON area.id = event.area
    WHERE event.due_at IS NOT NULL
      AND EXISTS (
            SELECT FROM unnest(
                CASE WHEN event.identity_sealed THEN $3::text[] WHEN category.private THEN $2::text[] ELSE $1::text[] END
            ) AS territory (path)
            WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')
    ORDER BY event.due_at
    LIMIT $5
) AS open
GROUP BY state
