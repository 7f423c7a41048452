-- Purpose: people by id, with the path of their area and the household they live in now.
-- Called by: identity/people.py find_people.
-- Locks: none.
-- Index: identity_person_pkey, identity_area_pkey, identity_household_membership_one_open.
SELECT person.id, person.name, person.status, person.resident, person.area AS area_id, area.path AS area_path,
       membership.household AS household_id, person.birth_year, person.sex, person.language
FROM identity_person AS person
JOIN identity_area AS area ON area.id = person.area
LEFT JOIN identity_household_membership AS membership ON membership.person = person.id AND membership.until IS NULL
WHERE person.id = ANY ($1::text::uuid[])
