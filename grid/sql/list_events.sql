-- Purpose: one page of events, newest first: a person's own ($1), or those of territories ($2 for open categories, $3
--          for private ones, $4 for sealed ones), in one state ($5), behind a place in the list ($6, $7).
-- Called by: grid/queries.py (list_events).
-- Locks: none.
-- Index: grid_event_reporter for own ones; grid_event_newest, grid_event_area and identity_area_path_prefix else.
SELECT event.id, event.number, event.category, event.severity_proposed, event.severity, event.state, event.urged,
       event.place, event.area AS area_id, area.path AS area_path, event.department, event.assignee AS assignee_id,
       event.reported_at, event.due_at, event.closed_at, event.rating
FROM grid_event AS event
JOIN grid_category AS category ON category.code = event.category
JOIN identity_area AS area ON area.id = event.area
WHERE ($5::text IS NULL OR event.state = $5)
  AND ($6::timestamptz IS NULL OR (event.reported_at, event.id) < ($6, $7::uuid))
  AND CASE WHEN $1::uuid IS NOT NULL THEN event.reporter = $1 OR event.entered_by = $1
      ELSE EXISTS (
          SELECT FROM unnest(
              CASE WHEN event.identity_sealed THEN $4::text[] WHEN category.private THEN $3::text[] ELSE $2::text[] END
          ) AS territory (path)
          WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')
      END
ORDER BY event.reported_at DESC, event.id DESC
LIMIT $8
