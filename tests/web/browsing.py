"""A browser without a window: what it sends with each request, and a session in its cookie."""

from uuid import UUID

import httpx

from identity import cross_site
from identity.actor import Actor
from identity.page_sessions import PageSignedIn, start_page_session
from kit import db

COOKIE = "qunzhifen"
OWN_PAGE = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Site": "same-origin"}
"""What a browser says when a page of this site asks."""


async def page_session(person_id: UUID) -> PageSignedIn:
    """A session in a browser; with the rights of staff where the person has a login (a step)."""
    login_id = await db.fetchval(
        "SELECT id FROM identity_login WHERE person = $1 AND totp_sealed IS NOT NULL", person_id
    )
    return await start_page_session(
        Actor.system("tests"), person_id, login_id=login_id, second_factor=login_id is not None, device="Chrome · Linux"
    )


async def browse(client: httpx.AsyncClient, person_id: UUID) -> PageSignedIn:
    """Sign a person in in this browser."""
    async with db.transaction():
        signed_in = await page_session(person_id)
    client.cookies.set(COOKIE, signed_in.secret)
    return signed_in


def changing(signed_in: PageSignedIn) -> dict[str, str]:
    """The headers with which a page of this session asks for a change."""
    return {**OWN_PAGE, "X-CSRF-Token": cross_site.new_token(signed_in.session_id)}
