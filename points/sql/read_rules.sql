-- Purpose: every action with every rule version that is or was in force, to decide awards by.
-- Called by: points/rules.py (rule_book), once per edition of the rules and process.
-- Locks: none.
-- Index: none; some fifty actions and their versions are read whole.
SELECT action.code, action.number, action.name_zh, action.name_en, action.category, action.opened_by, action.enabled,
       rule.id, rule.version, area.path AS area_path, rule.valid_from, rule.valid_to, rule.points,
       rule.credit_tenths, rule.credit_months, rule.per, rule.evidence, rule.verified_by,
       rule.counts_to_global_cap, rule.discretionary, rule.exclusive_group, rule.cap_day, rule.cap_month,
       rule.cap_quarter, rule.cap_year, rule.cap_once, rule.household
FROM points_action AS action
LEFT JOIN points_rule_version AS rule ON rule.action = action.code AND rule.state IN ('in_force', 'retired')
LEFT JOIN identity_area AS area ON area.id = rule.area
ORDER BY action.number, length(area.path) DESC NULLS LAST, rule.valid_from DESC
