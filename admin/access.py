"""Who does what with bonuses, by role; where he may is for `Actor.covers`. Pure."""

from typing import Final

NOMINATING_ROLES: Final = ("grid_worker", "village_verifier", "town_verifier", "county_verifier")
SCORING_ROLE: Final = "assessor"
APPROVING_ROLES: Final = ("town_approver", "county_approver", "leader")
CLAWING_BACK_ROLE: Final = "county_approver"
FINANCE_ROLE: Final = "finance"
BUDGET_ROLES: Final = ("finance", "county_approver")
BUDGET_READING_ROLES: Final = (*BUDGET_ROLES, "auditor")
PAYOUT_READING_ROLES: Final = ("finance", "auditor")
STAFF_ROLES: Final = (
    SCORING_ROLE,
    *APPROVING_ROLES,
    FINANCE_ROLE,
    "auditor",
    "village_verifier",
    "town_verifier",
    "county_verifier",
)
