"""Partners as staff keep them, each within his territory: taking them in, pausing them, their shops and their people.

Outside of one's territory there is no such merchant.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from identity import audit
from identity.actor import MERCHANT_ROLES, Actor
from identity.areas import AreaRow, find_area
from identity.errors import AreaUnknown, RoleNeedsPlace
from identity.role_requests import ASKING, ask_for_role, ask_for_taking
from kit import clock, db
from merchants import partners
from merchants.errors import MerchantNotApproved, MerchantNotSuspended, MerchantUnknown, OutletUnknown
from merchants.partners import Contact

KEEPING: Final = ("operations_admin",)
"""Who keeps the partners of his territory."""


@db.flow
async def apply_for_merchant(
    *, actor: Actor, name_zh: str, name_en: str, area_id: UUID, contact: Contact | None = None
) -> UUID:
    """Take down the application of an organisation of one's territory.

    Moves: nothing.
    Answers: the merchant's id; it is `applied` until somebody else approves it.
    Raises: AreaUnknown.
    """
    area = await _own_area(actor, area_id)
    return await partners.put_merchant(actor, name_zh, name_en, area.id, contact, at=await clock.value_time(None))


@db.flow
async def take_in_merchant(*, actor: Actor, merchant_id: UUID) -> None:
    """Approve a partner of one's territory; never the one who registered it.

    Moves: nothing.
    Answers: nothing.
    Raises: MerchantUnknown, MerchantAlreadyDecided, OwnDecision.
    """
    await _own_merchant(actor, merchant_id)
    await partners.put_approval(actor, merchant_id, await clock.value_time(None))


@db.flow
async def suspend_merchant(*, actor: Actor, merchant_id: UUID, why: str) -> None:
    """Pause a partner: its tills redeem nothing until it goes on; what it is owed stays.

    Moves: nothing.
    Answers: nothing.
    Raises: MerchantUnknown, MerchantNotSuspended (it is no partner at present).
    """
    await _turn(actor, merchant_id, "approved", "suspended", why)


@db.flow
async def resume_merchant(*, actor: Actor, merchant_id: UUID, why: str) -> None:
    """Let a suspended partner go on.

    Moves: nothing.
    Answers: nothing.
    Raises: MerchantUnknown, MerchantNotSuspended.
    """
    await _turn(actor, merchant_id, "suspended", "approved", why)


@db.flow
async def add_outlet(*, actor: Actor, merchant_id: UUID, name_zh: str, name_en: str, area_id: UUID) -> UUID:
    """Open a shop of a partner of one's territory.

    Moves: nothing.
    Answers: the outlet's id.
    Raises: MerchantUnknown, MerchantNotApproved, AreaUnknown.
    """
    await _own_merchant(actor, merchant_id)
    return await partners.put_outlet(actor, merchant_id, name_zh, name_en, area_id, at=await clock.value_time(None))


@db.flow
async def add_till(*, actor: Actor, merchant_id: UUID, outlet_id: UUID, name: str) -> UUID:
    """Give an outlet of such a partner a device.

    Moves: nothing.
    Answers: the till's id.
    Raises: MerchantUnknown, OutletUnknown, MerchantNotApproved.
    """
    await _own_merchant(actor, merchant_id)
    owner = await db.current().fetchval("SELECT merchant FROM merchants_outlet WHERE id = $1", outlet_id)
    if owner != merchant_id:
        raise OutletUnknown
    return await partners.put_till(actor, outlet_id, name, await clock.value_time(None))


@db.flow
async def request_shop_role(
    *, actor: Actor, merchant_id: UUID, person_id: UUID, role: str, ends_at: datetime | None = None, why: str
) -> UUID:
    """Ask that a person own or work for a merchant; another person confirms it.

    Moves: nothing.
    Answers: the request's id.
    Raises: MerchantUnknown, MerchantNotApproved, RoleNeedsPlace, OwnRoles, PersonUnknown, RoleHeldAlready,
        RoleRequestOpen, DaysInThePast.
    """
    merchant = await _own_merchant(actor, merchant_id, *ASKING)
    if merchant["state"] != "approved":
        raise MerchantNotApproved
    if role not in MERCHANT_ROLES:
        raise RoleNeedsPlace
    area = await _area_of(merchant)
    return await ask_for_role(actor, person_id, role, area=area, merchant_id=merchant_id, ends_at=ends_at, why=why)


@db.flow
async def request_shop_revocation(*, actor: Actor, merchant_id: UUID, role_id: UUID, why: str) -> UUID:
    """Ask that somebody no longer own or work for a merchant; another person confirms it.

    Moves: nothing.
    Answers: the request's id.
    Raises: MerchantUnknown, RoleUnknown, SecondPersonNeeded, RoleRequestOpen.
    """
    merchant = await _own_merchant(actor, merchant_id, *ASKING)
    return await ask_for_taking(actor, role_id, area=await _area_of(merchant), merchant_id=merchant_id, why=why)


async def _turn(actor: Actor, merchant_id: UUID, before: str, after: str, why: str) -> None:
    merchant = await _own_merchant(actor, merchant_id)
    if merchant["state"] != before:
        raise MerchantNotSuspended
    await db.current().execute("UPDATE merchants_merchant SET state = $2 WHERE id = $1", merchant_id, after)
    await audit.record(
        actor,
        action="merchant.suspended" if after == "suspended" else "merchant.resumed",
        subject=("merchant", merchant_id),
        before={"state": before},
        after={"state": after},
        why=why,
    )


async def _own_merchant(actor: Actor, merchant_id: UUID, *roles: str) -> db.Row:
    """A merchant of the actor's territory, locked."""
    row = await db.current().fetchrow(
        "SELECT merchant.id, merchant.state, merchant.area, area.path FROM merchants_merchant AS merchant"
        " JOIN identity_area AS area ON area.id = merchant.area WHERE merchant.id = $1 FOR NO KEY UPDATE OF merchant",
        merchant_id,
    )
    if row is None or not actor.covers(row["path"], *(roles or KEEPING)):
        raise MerchantUnknown
    return row


async def _area_of(merchant: db.Row) -> AreaRow:
    area = await find_area(merchant["area"])
    if area is None:
        raise AreaUnknown
    return area


async def _own_area(actor: Actor, area_id: UUID) -> AreaRow:
    area = await find_area(area_id)
    if area is None or not actor.covers(area.path, *KEEPING):
        raise AreaUnknown
    return area
