"""Who sees an event and who works on it. Pure: an actor, a place and a category in, yes or no out."""

from typing import Final

from identity.actor import Actor
from points.levels import LEVEL_OF_ROLE

ON_BEHALF_ROLES: Final = (
    "hotline",
    "micro_grid_head",
    "grid_worker",
    "village_verifier",
    "town_verifier",
    "county_verifier",
)
WORKING_ROLES: Final = ("grid_worker", "village_verifier", "town_verifier", "county_verifier")
REOPENING_ROLES: Final = ("town_verifier", "county_verifier")
JUDGING_ROLES: Final = ("assessor", "town_approver", "county_approver", "leader")
READING_ROLES: Final = ("micro_grid_head", "organiser", "hotline", "auditor", *WORKING_ROLES, *JUDGING_ROLES)
PRIVATE_ROLES: Final = (*WORKING_ROLES, *JUDGING_ROLES)
SEALED_ROLES: Final = ("town_verifier", "county_verifier", "assessor", "county_approver", "leader")
IDENTITY_ROLES: Final = ("town_verifier", "county_verifier")


def roles_that_read(*, private: bool, identity_sealed: bool) -> tuple[str, ...]:
    """The roles that see such an event in their territory: all staff, or named ones for private and sealed cases."""
    if identity_sealed:
        return SEALED_ROLES
    return PRIVATE_ROLES if private else READING_ROLES


def reads(actor: Actor, area_path: str, *, private: bool, identity_sealed: bool) -> bool:
    """Whether the actor's roles let him see the event; its reporter and its assignee see it in any case."""
    return actor.covers(area_path, *roles_that_read(private=private, identity_sealed=identity_sealed))


def level_held(actor: Actor, area_path: str) -> int:
    """The highest verifier level that the actor has over the area; 0 for none."""
    return max((level for role, level in LEVEL_OF_ROLE.items() if actor.covers(area_path, role)), default=0)
