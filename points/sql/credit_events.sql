-- Purpose: the contributions to some people's credit scores, withdrawn ones with the day of it.
-- Called by: points/queries.py (credit_events).
-- Locks: none.
-- Index: points_transfer_credit, points_transfer_reversed_once, points_recovery's key award_id.
SELECT event.id, event.person_id, event.action, event.category, event.tenths, event.counts_from, event.counts_until,
       event.withdrawn_on, event.rule_version_id, rule.version AS rule_version, event.verified_by
FROM points_credit_event AS event
JOIN points_rule_version AS rule ON rule.id = event.rule_version_id
WHERE event.person_id = ANY ($1::uuid[])
