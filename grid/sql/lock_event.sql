-- Purpose: lock an event for a step of its way, and read it with what its category says.
-- Called by: grid/events.py (lock_event).
-- Locks: one grid_event row, until the transaction ends.
-- Index: grid_event_pkey.
SELECT event.id, event.number, event.category, category.action, category.private,
       category.accept_minutes_1 AS accept_1, category.accept_minutes_3 AS accept_3,
       category.accept_minutes_5 AS accept_5, category.close_minutes_1 AS close_1,
       category.close_minutes_3 AS close_3, category.close_minutes_5 AS close_5,
       event.area AS area_id, area.path AS area_path, event.reporter AS reporter_id,
       event.entered_by AS entered_by_id, event.identity_sealed, event.severity_proposed, event.severity,
       event.state, event.round, event.department, event.assignee AS assignee_id,
       event.reported_at, event.accepted_at, event.fed_back_at, event.participation_id
FROM grid_event AS event
JOIN grid_category AS category ON category.code = event.category
JOIN identity_area AS area ON area.id = event.area
WHERE event.id = $1
FOR NO KEY UPDATE OF event
