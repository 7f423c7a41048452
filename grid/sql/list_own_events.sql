-- Purpose: one page of the events that a person reported, or entered for somebody else ($1), newest first, in one state
--          ($2), behind a place in the list ($3, $4), so many ($5).
-- Called by: grid/queries.py (list_events).
-- Locks: none.
-- Index: grid_event_reporter and grid_event_entered_by.
SELECT event.id, event.number, event.category, event.severity_proposed, event.severity, event.state, event.urged,
       event.place, event.area AS area_id, area.path AS area_path, event.department, event.assignee AS assignee_id,
       event.reported_at, event.due_at, event.closed_at, event.rating
FROM (
    (SELECT * FROM grid_event
     WHERE reporter = $1 AND ($2::text IS NULL OR state = $2)
       AND ($3::timestamptz IS NULL OR (reported_at, id) < ($3, $4::uuid))
     ORDER BY reported_at DESC, id DESC LIMIT $5)
    UNION ALL  -- nobody enters an event on his own behalf, so none comes twice
    (SELECT * FROM grid_event
     WHERE entered_by = $1 AND ($2::text IS NULL OR state = $2)
       AND ($3::timestamptz IS NULL OR (reported_at, id) < ($3, $4::uuid))
     ORDER BY reported_at DESC, id DESC LIMIT $5)
) AS event
JOIN identity_area AS area ON area.id = event.area
ORDER BY event.reported_at DESC, event.id DESC
LIMIT $5
