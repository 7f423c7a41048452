"""One person for each role, signed in, in a small county."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from identity.actor import MERCHANT_ROLES, ROLES, Actor
from identity.api_keys import create_api_key
from identity.areas import NewArea, open_areas
from identity.page_sessions import PageSignedIn
from identity.people import NewPerson, register_people
from identity.roles import RoleGrant, grant_roles
from kit import db
from kit.ids import new_id
from tests.signing_in import signed_in_with_second_factor

from .browsing import COOKIE, changing, page_session

SYSTEM = Actor.system("tests")


@dataclass(frozen=True, slots=True)
class Callers:
    """Access tokens: one for each role, held by a person who holds no other; and an integration's key."""

    tokens: dict[str, str]
    people: dict[str, UUID]
    api_key: str
    browsers: dict[str, PageSignedIn]

    def in_browser(self, role: str) -> dict[str, str]:
        """What the browser of a caller with this role sends from a page of ours; problems come as documents."""
        signed_in = self.browsers[role]
        return {**changing(signed_in), "Cookie": f"{COOKIE}={signed_in.secret}", "Accept": "application/json"}

    def headers(self, role: str) -> dict[str, str]:
        """The header of a caller with this role, or of the `integration`."""
        return {"Authorization": f"Bearer {self.api_key if role == 'integration' else self.tokens[role]}"}


@pytest.fixture
async def callers(database: str) -> Callers:
    (county,) = await open_areas(actor=SYSTEM, areas=[NewArea(path="lyx", name_zh="临溪县", name_en="Linxi")])
    newcomers = [
        NewPerson(name=f"人{place}", area_id=county, phone=f"138000{place:05d}", resident=role == "resident")
        for place, role in enumerate(ROLES)
    ]
    people = dict(zip(ROLES, await register_people(actor=SYSTEM, people=newcomers), strict=True))
    await grant_roles(
        actor=SYSTEM,
        grants=[
            RoleGrant(
                person_id=person,
                role=role,
                area_id=None if role in MERCHANT_ROLES else county,
                merchant_id=new_id() if role in MERCHANT_ROLES else None,
            )
            for role, person in people.items()
            if role != "resident"
        ],
    )
    async with db.transaction():
        sessions = [await signed_in_with_second_factor(person) for person in people.values()]
        browsers = [await page_session(person) for person in people.values()]
    key = await create_api_key(actor=SYSTEM, name="hotline", actions=["VOL-HOUR"], area_id=county)
    tokens = {role: session.access_token for role, session in zip(people, sessions, strict=True)}
    return Callers(tokens, people, key.key, dict(zip(people, browsers, strict=True)))
