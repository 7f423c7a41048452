"""The partners open their shops: merchants with outlets, tills and staff, registered by one and approved by another."""

from uuid import UUID

from identity.actor import Actor, RoleHeld
from identity.roles import RoleGrant, grant_roles
from merchants.partners import (
    Contact,
    approve_merchant,
    open_outlet,
    open_till,
    propose_pledge,
    register_merchant,
    sign_pledge,
)
from seed.geography import DEMO_TOWN
from seed.goods import GOODS, PARTNERS, Partner
from seed.offices import CLERK_LOGINS, OWNER_LOGINS, resident_actor
from seed.people import Resident
from seed.surroundings import SYSTEM, Shop, Town


async def open_shops(town: Town) -> None:
    """Register, approve and open all partners; the last application still waits for its approval."""
    draw = town.draw("shops")
    for number, partner in enumerate(PARTNERS):
        owner, clerk = town.cast.shopkeepers[2 * number : 2 * number + 2]
        merchant_id = await _register(town, partner, owner, f"1{draw.choice('35789')}{draw.randint(0, 10**9 - 1):09d}")
        outlet_id, till_id = await _open_outlets(town, partner, merchant_id)
        town.shops[partner.key] = Shop(
            merchant_id,
            partner.key,
            _works_for(owner, "merchant_owner", merchant_id),
            _works_for(clerk, "merchant_clerk", merchant_id),
            outlet_id,
            till_id,
        )
        await _pledge(town, partner, merchant_id)
    await _give_roles(town)
    await register_merchant(
        actor=town.cast.one("town_verifier"),
        name_zh="溪口早点铺",
        name_en="Xikou Breakfast",
        area_id=town.areas[f"{DEMO_TOWN}.v8"],
        contact=Contact(name="溪口早点铺", phone="13800000000"),
        at=town.calendar.ago(2),
    )


async def _register(town: Town, partner: Partner, owner: Resident, phone: str) -> UUID:
    opening = town.calendar.opening
    village = partner.outlets[0][2]
    merchant_id = await register_merchant(
        actor=town.cast.one("town_verifier"),
        name_zh=partner.name_zh,
        name_en=partner.name_en,
        area_id=town.areas[f"{DEMO_TOWN}.{village}"],
        contact=Contact(name=owner.name, phone=phone),
        at=opening,
    )
    await approve_merchant(actor=town.cast.one("town_approver"), merchant_id=merchant_id, at=opening)
    return merchant_id


async def _open_outlets(town: Town, partner: Partner, merchant_id: UUID) -> tuple[UUID, UUID]:
    """Open all outlets with a till each; the first of them is where clerks redeem."""
    opened = []
    for name_zh, name_en, village in partner.outlets:
        outlet_id = await open_outlet(
            actor=SYSTEM,
            merchant_id=merchant_id,
            name_zh=name_zh,
            name_en=name_en,
            area_id=town.areas[f"{DEMO_TOWN}.{village}"],
            at=town.calendar.opening,
        )
        till_id = await open_till(actor=SYSTEM, outlet_id=outlet_id, name="收银台 1", at=town.calendar.opening)
        opened.append((outlet_id, till_id))
    return opened[0]


async def _pledge(town: Town, partner: Partner, merchant_id: UUID) -> None:
    """Take down what the partner gives of its own; every third promise is still to be signed."""
    own = [each for each in GOODS if partner.key in each.partners and each.shares[0] and each.value_fen]
    for number, good in enumerate(own[:3]):
        pledge_id = await propose_pledge(
            actor=town.cast.one("town_verifier"),
            merchant_id=merchant_id,
            goods_zh=good.name_zh,
            goods_en=good.name_en,
            quantity=good.stock or 200,
            value_fen=good.value_fen * good.shares[0] // 100,
            at=town.calendar.opening,
        )
        if number != 2:  # noqa: PLR2004 - the third of each
            await sign_pledge(actor=town.cast.one("town_approver"), pledge_id=pledge_id, at=town.calendar.opening)


def _works_for(resident: Resident, role: str, merchant_id: UUID) -> Actor:
    own = resident_actor(resident)
    held = (*own.roles, RoleHeld(role, None, merchant_id=merchant_id))
    return Actor(
        id=own.id, kind="person", name=own.name, roles=held, area_path=own.area_path, household_id=own.household_id
    )


async def _give_roles(town: Town) -> None:
    """Give owners and clerks their roles; those of the first shops sign in, each of another merchant."""
    shops = list(town.shops.values())
    people = [("merchant_owner", shop.owner, shop.id) for shop in shops]
    people += [("merchant_clerk", shop.clerk, shop.id) for shop in shops]
    await grant_roles(
        actor=SYSTEM,
        grants=[
            RoleGrant(person_id=actor.id, role=role, merchant_id=merchant_id, starts_at=town.calendar.opening)
            for role, actor, merchant_id in people
        ],
        why="建立演示镇",
    )
    for role, actor, _ in people:
        town.cast.by_role.setdefault(role, []).append(actor)
    town.cast.signing_in += [("merchant_owner", shop.owner) for shop in shops[:OWNER_LOGINS]]
    town.cast.signing_in += [("merchant_clerk", shop.clerk) for shop in shops[:CLERK_LOGINS]]
