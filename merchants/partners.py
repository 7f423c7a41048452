"""Partners (共治账户): a merchant applies and is approved by somebody else, opens outlets and tills, pledges goods."""

from datetime import datetime
from uuid import UUID

import msgspec

from identity import audit
from identity.actor import Actor
from identity.areas import require_area
from kit import clock, crypto, db
from kit.ids import new_id
from merchants.errors import (
    MerchantAlreadyDecided,
    MerchantNotApproved,
    MerchantUnknown,
    OutletUnknown,
    OwnDecision,
    PledgeAlreadySigned,
    PledgeUnknown,
)


class Contact(msgspec.Struct, frozen=True):
    """Whom to call at a merchant; stored encrypted."""

    name: str
    phone: str


@db.flow
async def register_merchant(
    *,
    actor: Actor,
    name_zh: str,
    name_en: str,
    area_id: UUID,
    contact: Contact | None = None,
    at: datetime | None = None,
) -> UUID:
    """Take down the application of an organisation that wants to be a partner.

    Moves: nothing.
    Answers: the merchant's id; it is `applied` until somebody else approves it.
    Raises: AreaUnknown.
    """
    return await put_merchant(actor, name_zh, name_en, area_id, contact, at=await clock.value_time(at))


async def put_merchant(
    actor: Actor, name_zh: str, name_en: str, area_id: UUID, contact: Contact | None, *, at: datetime
) -> UUID:
    """Write an application down (a step)."""
    await require_area(area_id)
    merchant_id = new_id()
    await db.current().execute(
        "INSERT INTO merchants_merchant"
        " (id, name_zh, name_en, area, contact_sealed, state, registered_by, registered_at)"
        " VALUES ($1, $2, $3, $4, $5, 'applied', $6, $7)",
        merchant_id,
        name_zh,
        name_en,
        area_id,
        None if contact is None else crypto.seal(msgspec.json.encode(contact), _contact_place(merchant_id)),
        actor.id,
        at,
    )
    await audit.record(actor, action="merchant.registered", subject=("merchant", merchant_id), after={"area": area_id})
    return merchant_id


@db.flow
async def approve_merchant(*, actor: Actor, merchant_id: UUID, at: datetime | None = None) -> None:
    """Approve a partner; never the one who registered it.

    Moves: nothing.
    Answers: nothing.
    Raises: MerchantUnknown, MerchantAlreadyDecided, OwnDecision.
    """
    await put_approval(actor, merchant_id, await clock.value_time(at))


async def put_approval(actor: Actor, merchant_id: UUID, moment: datetime) -> None:
    """Approve a merchant and write it down (a step)."""
    merchant = await db.current().fetchrow(
        "SELECT state, registered_by FROM merchants_merchant WHERE id = $1 FOR NO KEY UPDATE", merchant_id
    )
    if merchant is None:
        raise MerchantUnknown
    if merchant["state"] != "applied":
        raise MerchantAlreadyDecided
    _refuse_own(actor, merchant["registered_by"])
    await db.current().execute(
        "UPDATE merchants_merchant SET state = 'approved', decided_by = $2, decided_at = $3 WHERE id = $1",
        merchant_id,
        actor.id,
        moment,
    )
    await audit.record(
        actor,
        action="merchant.approved",
        subject=("merchant", merchant_id),
        before={"state": "applied"},
        after={"state": "approved"},
    )


@db.flow
async def open_outlet(
    *, actor: Actor, merchant_id: UUID, name_zh: str, name_en: str, area_id: UUID, at: datetime | None = None
) -> UUID:
    """Open a shop of an approved merchant.

    Moves: nothing.
    Answers: the outlet's id.
    Raises: MerchantUnknown, MerchantNotApproved, AreaUnknown.
    """
    return await put_outlet(actor, merchant_id, name_zh, name_en, area_id, at=await clock.value_time(at))


async def put_outlet(
    actor: Actor, merchant_id: UUID, name_zh: str, name_en: str, area_id: UUID, *, at: datetime
) -> UUID:
    """Write an outlet down (a step)."""
    await _require_approved(merchant_id)
    await require_area(area_id)
    outlet_id = new_id()
    await db.current().execute(
        "INSERT INTO merchants_outlet (id, merchant, name_zh, name_en, area, opened_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        outlet_id,
        merchant_id,
        name_zh,
        name_en,
        area_id,
        at,
    )
    await audit.record(actor, action="outlet.opened", subject=("outlet", outlet_id), after={"merchant": merchant_id})
    return outlet_id


@db.flow
async def open_till(*, actor: Actor, outlet_id: UUID, name: str, at: datetime | None = None) -> UUID:
    """Give an outlet a device at which vouchers are redeemed.

    Moves: nothing.
    Answers: the till's id.
    Raises: OutletUnknown, MerchantNotApproved.
    """
    return await put_till(actor, outlet_id, name, await clock.value_time(at))


async def put_till(actor: Actor, outlet_id: UUID, name: str, moment: datetime) -> UUID:
    """Write a till down (a step)."""
    merchant_id = await db.current().fetchval("SELECT merchant FROM merchants_outlet WHERE id = $1", outlet_id)
    if merchant_id is None:
        raise OutletUnknown
    await _require_approved(merchant_id)
    till_id = new_id()
    await db.current().execute(
        "INSERT INTO merchants_till (id, outlet, name, opened_at) VALUES ($1, $2, $3, $4)",
        till_id,
        outlet_id,
        name,
        moment,
    )
    await audit.record(actor, action="till.opened", subject=("till", till_id), after={"outlet": outlet_id})
    return till_id


@db.flow
async def propose_pledge(
    *,
    actor: Actor,
    merchant_id: UUID,
    goods_zh: str,
    goods_en: str,
    quantity: int,
    value_fen: int,
    at: datetime | None = None,
) -> UUID:
    """Take down what a partner promises: so many pieces of so much worth each.

    Moves: nothing.
    Answers: the pledge's id; it is `proposed` until somebody else signs it.
    Raises: MerchantUnknown, MerchantNotApproved.
    """
    moment = await clock.value_time(at)
    await _require_approved(merchant_id)
    pledge_id = new_id()
    await db.current().execute(
        "INSERT INTO merchants_pledge"
        " (id, merchant, goods_zh, goods_en, quantity, value_fen, state, proposed_by, proposed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'proposed', $7, $8)",
        pledge_id,
        merchant_id,
        goods_zh,
        goods_en,
        quantity,
        value_fen,
        actor.id,
        moment,
    )
    await audit.record(
        actor,
        action="pledge.proposed",
        subject=("pledge", pledge_id),
        after={"merchant": merchant_id, "quantity": quantity, "value_fen": value_fen},
    )
    return pledge_id


@db.flow
async def sign_pledge(*, actor: Actor, pledge_id: UUID, at: datetime | None = None) -> None:
    """Sign a pledge; never the one who entered it.

    Moves: nothing.
    Answers: nothing.
    Raises: PledgeUnknown, PledgeAlreadySigned, OwnDecision.
    """
    moment = await clock.value_time(at)
    pledge = await db.current().fetchrow(
        "SELECT state, proposed_by FROM merchants_pledge WHERE id = $1 FOR NO KEY UPDATE", pledge_id
    )
    if pledge is None:
        raise PledgeUnknown
    if pledge["state"] != "proposed":
        raise PledgeAlreadySigned
    _refuse_own(actor, pledge["proposed_by"])
    await db.current().execute(
        "UPDATE merchants_pledge SET state = 'signed', signed_by = $2, signed_at = $3 WHERE id = $1",
        pledge_id,
        actor.id,
        moment,
    )
    await audit.record(
        actor,
        action="pledge.signed",
        subject=("pledge", pledge_id),
        before={"state": "proposed"},
        after={"state": "signed"},
    )


async def _require_approved(merchant_id: UUID) -> None:
    """Hold the merchant as approved until the transaction ends."""
    state = await db.current().fetchval("SELECT state FROM merchants_merchant WHERE id = $1 FOR SHARE", merchant_id)
    if state is None:
        raise MerchantUnknown
    if state != "approved":
        raise MerchantNotApproved


def _refuse_own(actor: Actor, entered_by: UUID) -> None:
    if actor.kind == "person" and actor.id == entered_by:
        raise OwnDecision


async def contact_of(merchant_id: UUID) -> Contact | None:
    """Whom to call at a merchant, in plain."""
    sealed = await db.fetchval("SELECT contact_sealed FROM merchants_merchant WHERE id = $1", merchant_id)
    if sealed is None:
        return None
    return msgspec.json.decode(crypto.open_sealed(sealed, _contact_place(merchant_id)), type=Contact)


def _contact_place(merchant_id: UUID) -> crypto.Place:
    return ("merchants_merchant", "contact_sealed", merchant_id)
