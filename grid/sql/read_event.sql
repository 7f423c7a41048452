-- Purpose: one event with its place and what its category says.
-- Called by: grid/queries.py (read_event, sees_event).
-- Locks: none.
-- Index: grid_event_pkey.
SELECT event.id, event.number, event.category, category.name_zh, category.name_en, category.action, category.private,
       event.identity_sealed, event.severity_proposed, event.severity, event.state, event.urged, event.round,
       event.place, event.latitude, event.longitude, event.text, event.text_sealed,
       event.area AS area_id, area.path AS area_path, event.reporter, event.entered_by, event.external_id,
       event.department, event.assignee AS assignee_id, event.rating, event.reported_at, event.accepted_at,
       event.fed_back_at, event.closed_at, event.due_at, event.award_code
FROM grid_event AS event
JOIN grid_category AS category ON category.code = event.category
JOIN identity_area AS area ON area.id = event.area
WHERE event.id = $1
