-- Purpose: the person behind an access token with every role that counts now, if his session and record are good.
--          Roles of staff ($3) count only in a session that began with a second factor, whoever was given them since
--          or stands in for their holder: a login that has one is never signed in to without it.
-- Called by: identity/actor_loading.py, for each request. $1 session, $2 person.
-- Locks: none.
-- Index: identity_session_pkey, identity_person_pkey, identity_role_held_person, identity_stand_in_stand_in.
SELECT person.id, person.name, person.language, person.resident, area.path AS area_path,
       membership.household AS household_id,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(
                   held.role, place.path, held.merchant_id, held.reports_to, counted.standing_in_for)
               ORDER BY held.role, place.path, held.id), '[]')::text
        FROM (SELECT person.id AS holder, NULL::uuid AS standing_in_for
              UNION ALL
              SELECT stand_in.person, stand_in.person
              FROM identity_stand_in AS stand_in
              JOIN identity_person AS absent ON absent.id = stand_in.person AND absent.status = 'active'
              WHERE stand_in.stand_in = person.id AND stand_in.ended_at IS NULL
                AND (now() AT TIME ZONE 'Asia/Shanghai')::date BETWEEN stand_in.starts_on AND stand_in.ends_on
             ) AS counted
        JOIN identity_role_held AS held ON held.person = counted.holder
            AND held.starts_at <= now() AND (held.ends_at IS NULL OR held.ends_at > now())
            AND (held.role <> ALL ($3::text[]) OR login.totp_sealed IS NOT NULL)
        LEFT JOIN identity_area AS place ON place.id = held.area) AS roles
FROM identity_session AS session
JOIN identity_person AS person ON person.id = session.person AND person.status = 'active'
JOIN identity_area AS area ON area.id = person.area
LEFT JOIN identity_household_membership AS membership ON membership.person = person.id AND membership.until IS NULL
LEFT JOIN identity_login AS login ON login.id = session.login
WHERE session.id = $1 AND session.person = $2 AND session.revoked_at IS NULL AND session.expires_at > now()
  AND (session.login IS NULL OR login.enabled)
