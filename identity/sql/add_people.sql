-- Purpose: add people; one whose phone was taken meanwhile is left out, which the caller sees by the count.
-- Called by: identity/people.py register_person, register_people.
-- Locks: the new rows.
-- Index: identity_person_pkey, identity_person_phone_index_key.
INSERT INTO identity_person
    (id, name, phone_sealed, phone_index, birth_year, sex, area, resident, language, data_key, status, registered_at)
SELECT one.*, 'active', $11
FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::smallint[], $6::text[], $7::uuid[], $8::boolean[],
            $9::text[], $10::bytea[]) AS one
ON CONFLICT (phone_index) DO NOTHING
RETURNING id
