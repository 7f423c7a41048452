-- Purpose: how many wrong short codes a clerk or a till gave lately, and when the lock they make is over.
-- Called by: rewards/scanning.py (scan), after the advisory locks of these clerks were taken.
-- Locks: none.
-- Index: rewards_short_code_try_clerk, rewards_short_code_try_till.
SELECT asked.place, count(wrong.id)::integer AS tries, min(wrong.tried_at) AS first_at
FROM unnest($1::integer[], $2::uuid[], $3::uuid[]) AS asked (place, clerk_id, till)
CROSS JOIN LATERAL (
    SELECT id, tried_at FROM rewards_short_code_try
    WHERE clerk_id = asked.clerk_id AND tried_at > $4
    UNION
    SELECT id, tried_at FROM rewards_short_code_try
    WHERE till = asked.till AND tried_at > $4
) AS wrong
GROUP BY asked.place
