"""Who acts: a person with his roles, an integration with its key, the system itself, or a visitor.

An actor is a value, loaded fresh for each request; flows take it and never ask again.
"""

from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

Role = Literal[
    "resident",
    "micro_grid_head",
    "grid_worker",
    "organiser",
    "village_verifier",
    "town_verifier",
    "county_verifier",
    "assessor",
    "town_approver",
    "county_approver",
    "leader",
    "finance",
    "auditor",
    "rule_editor",
    "operations_admin",
    "system_admin",
    "security_admin",
    "merchant_owner",
    "merchant_clerk",
    "mediator",
    "hotline",
]
ROLES: tuple[str, ...] = get_args(Role)
MERCHANT_ROLES = frozenset({"merchant_owner", "merchant_clerk"})
VOLUNTEER_ROLES = frozenset({"resident", "micro_grid_head", "organiser", "mediator"})
STAFF_ROLES = frozenset(ROLES) - MERCHANT_ROLES - VOLUNTEER_ROLES
"""Roles that sign in with a second factor."""

ActorKind = Literal["person", "integration", "system", "visitor"]
NOBODY = UUID(int=0)


def covers(held_path: str, area_path: str) -> bool:
    """Whether a role held for one area reaches another: the same area or any below it."""
    return area_path == held_path or area_path.startswith(held_path + ".")


def covers_sql(territories: str, path: str) -> str:
    """`covers` as a condition of a statement: whether a path lies in one of the territories.

    Both are the names of a column or a parameter (`$1`, `area.path`), never values.
    """
    return (
        f"EXISTS (SELECT 1 FROM unnest({territories}::text[]) AS own (path)"
        f" WHERE {path} = own.path OR {path} LIKE own.path || '.%')"
    )


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """A role as it counts now: for a territory, or for a merchant."""

    role: str
    area_path: str | None
    merchant_id: UUID | None = None
    reports_to: UUID | None = None
    standing_in_for: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks, what he may do and where, and what the audit entry says about the request."""

    id: UUID
    kind: ActorKind
    name: str
    roles: tuple[RoleHeld, ...] = ()
    area_path: str | None = None
    household_id: UUID | None = None
    actions: frozenset[str] = frozenset()
    language: str = "zh-CN"
    request_id: str | None = None
    source: str | None = None
    session_id: UUID | None = None

    @staticmethod
    def system(name: str) -> "Actor":
        """The system itself, as seed, import and nightly jobs act: it may do everything, under a name."""
        return Actor(id=NOBODY, kind="system", name=name)

    @staticmethod
    def visitor(*, request_id: str | None = None, source: str | None = None) -> "Actor":
        """Somebody who has not signed in."""
        return Actor(id=NOBODY, kind="visitor", name="", request_id=request_id, source=source)

    def has(self, *roles: str) -> bool:
        """Whether he holds one of the roles, anywhere."""
        return self.kind == "system" or any(each.role in roles for each in self.roles)

    def held(self, *roles: str) -> tuple[RoleHeld, ...]:
        """His roles among these (all of them when none is named)."""
        return tuple(each for each in self.roles if not roles or each.role in roles)

    def covers(self, area_path: str, *roles: str) -> bool:
        """Whether one of these roles (any when none is named) reaches the area."""
        return self.kind == "system" or any(
            each.area_path is not None and covers(each.area_path, area_path) for each in self.held(*roles)
        )

    def territories(self, *roles: str) -> tuple[str, ...]:
        """The areas for which he holds one of these roles, each once, for lists."""
        return tuple(sorted({each.area_path for each in self.held(*roles) if each.area_path is not None}))

    def merchant_ids(self, *roles: str) -> tuple[UUID, ...]:
        """The merchants for which he holds one of these roles (owner or clerk when none is named)."""
        wanted = roles or tuple(MERCHANT_ROLES)
        return tuple(sorted({each.merchant_id for each in self.held(*wanted) if each.merchant_id is not None}))
