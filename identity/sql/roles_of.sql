-- Purpose: the roles that a person holds now, by themselves.
-- Called by: identity/roles.py roles_of.
-- Locks: none.
-- Index: identity_role_held_person.
SELECT held.role, place.path AS area_path, held.merchant_id, held.reports_to
FROM identity_role_held AS held
LEFT JOIN identity_area AS place ON place.id = held.area
WHERE held.person = $1 AND held.starts_at <= now() AND (held.ends_at IS NULL OR held.ends_at > now())
ORDER BY held.role, place.path, held.id
