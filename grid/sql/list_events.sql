-- Purpose: one page of the events of territories, newest first: $1 for open categories, $2 for private ones, $3 for
--          sealed ones; in one state ($4), behind a place in the list ($5, $6), so many ($7); of one category ($8),
--          severity ($9), area ($10), overdue at a moment ($11), sent to one person ($12).
-- Called by: grid/queries.py (list_events).
-- Locks: none.
-- Index: identity_area_path_prefix or identity_area_pkey, then grid_event_area or grid_event_newest, by the size of the
--        territory.
SELECT event.id, event.number, event.category, category.name_zh, category.name_en, event.severity_proposed, event.severity, event.state, event.urged,
       event.place, event.area AS area_id, area.path AS area_path, event.department, event.assignee AS assignee_id,
       event.reported_at, event.due_at, event.closed_at, event.rating
FROM grid_event AS event
JOIN grid_category AS category ON category.code = event.category
JOIN identity_area AS area ON area.id = event.area
WHERE event.area IN (
        SELECT reached.id
        FROM unnest($1::text[] || $2::text[] || $3::text[]) AS territory (path)
        JOIN identity_area AS reached ON reached.path = territory.path OR reached.path LIKE territory.path || '.%')
  AND ($4::text IS NULL OR event.state = $4)
  AND ($5::timestamptz IS NULL OR (event.reported_at, event.id) < ($5, $6::uuid))
  AND ($8::text IS NULL OR event.category = $8)
  AND ($9::integer IS NULL OR coalesce(event.severity, event.severity_proposed) = $9)
  AND ($10::text IS NULL OR area.path = $10 OR area.path LIKE $10 || '.%')
  AND ($11::timestamptz IS NULL OR (event.due_at <= $11 AND event.state NOT IN ('fed_back', 'rated')))
  AND ($12::uuid IS NULL OR event.assignee = $12)
  AND EXISTS (
        SELECT FROM unnest(
            CASE WHEN event.identity_sealed THEN $3::text[] WHEN category.private THEN $2::text[] ELSE $1::text[] END
        ) AS territory (path)
        WHERE area.path = territory.path OR area.path LIKE territory.path || '.%')
ORDER BY event.reported_at DESC, event.id DESC
LIMIT $7
