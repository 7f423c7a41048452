-- Purpose: of many people, what decides whether they take part and where; the hot part of `find_people`.
-- Called by: identity/people.py (find_standings).
-- Locks: none.
-- Index: identity_person_pkey, identity_area_pkey.
SELECT person.id, person.status, person.resident, person.area AS area_id,
       (SELECT path FROM identity_area WHERE id = person.area) AS area_path
FROM identity_person AS person
WHERE person.id = ANY ($1::text::uuid[])
