-- Purpose: how many units of an action a person was ever given or has pending, for the caps that hold for ever.
-- Called by: points/usage.py (read_tallies), only for rules with such a cap.
-- Locks: none; the persons' accounts are locked before.
-- Index: points_participation_person.
SELECT done.person_id, done.action, sum(done.units)::integer AS units
FROM unnest($1::uuid[], $2::text[]) AS asked (person_id, action)
JOIN points_participation AS done
    ON done.person_id = asked.person_id AND done.action = asked.action AND done.state IN ('pending', 'awarded')
GROUP BY done.person_id, done.action
