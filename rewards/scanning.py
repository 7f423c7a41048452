"""At the till: which merchant scans, which voucher a code means, and whether that merchant may take it now (steps).

A short code is a guess that can be right, so wrong ones are counted in PostgreSQL, for the clerk and for the till:
five in a quarter of an hour lock short codes there; scanning goes on. A short code means something at the voucher's
own merchants alone, so that nobody learns of it elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from identity import scheme
from identity.actor import Actor
from kit import db
from kit.errors import Refusal
from kit.ids import new_id
from merchants.errors import MerchantNotApproved, TillUnknown
from merchants.queries import MerchantRow, TillRow, find_merchants, find_tills
from rewards import codes
from rewards.codes import ReadCode
from rewards.errors import (
    ShortCodeLocked,
    TillNeeded,
    VoucherCancelled,
    VoucherExpired,
    VoucherUnknown,
    WrongMerchant,
)
from rewards.holding import HeldVoucher, lock_vouchers
from rewards.queries import honoured
from rewards.vouchers import already_redeemed

LOCKED_FOR: Final = timedelta(minutes=15)

_FIND = db.load_sql(__file__, "find_by_code")
_WRONG = db.load_sql(__file__, "count_wrong_codes")
_ONE_BY_ONE = """
    SELECT pg_advisory_xact_lock(hashtextextended('short code ' || clerk, 0))
    FROM (SELECT DISTINCT clerk FROM unnest($1::text[]) AS given (clerk) ORDER BY clerk) AS clerks
"""
_RECORD = """
    INSERT INTO rewards_short_code_try (id, clerk_id, till, tried_at)
    SELECT id, clerk_id, till, $4 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS wrong (id, clerk_id, till)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who scans, and where."""

    actor: Actor
    till_id: UUID | None = None
    merchant_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What a code means at this merchant; `refusal` says why it cannot be redeemed now."""

    merchant: MerchantRow
    till: TillRow | None
    voucher: HeldVoucher
    refusal: Refusal | None


async def scan(asked: Sequence[tuple[Desk, str]], moment: datetime) -> list[Scan | Refusal]:
    """Find and lock the vouchers of these codes; a wrong short code leaves its trace (a step)."""
    places = await _places([desk for desk, _ in asked])
    read = [codes.read(text) for _, text in asked]
    locked = await _locked(
        [
            (number, desk)
            for number, ((desk, _), code) in enumerate(zip(asked, read, strict=True))
            if code is not None and code.kind == "short" and not isinstance(places[number], Refusal)
        ],
        moment,
    )
    found = await _find([code for code in read if code is not None])
    vouchers = await lock_vouchers({voucher_id for ids in found.values() for voucher_id in ids})
    merchants = [place[0].id for place in places if not isinstance(place, Refusal)]
    honours = await honoured([voucher.product_id for voucher in vouchers.values()], merchants)
    redeemed = await already_redeemed([each.id for each in vouchers.values() if each.state == "redeemed"])
    outcomes: list[Scan | Refusal] = []
    for number, (place, code) in enumerate(zip(places, read, strict=True)):
        if isinstance(place, Refusal):
            outcomes.append(place)
            continue
        if number in locked:
            outcomes.append(locked[number])
            continue
        candidates = [vouchers[each] for each in found.get(code, ())] if code is not None else []
        voucher = _meant(code, candidates, place[0], honours, moment)
        if voucher is None:
            outcomes.append(VoucherUnknown())
            continue
        here = (voucher.product_id, place[0].id) in honours
        refusal = redeemed.get(voucher.id) or judge(voucher, moment) if here else WrongMerchant()
        outcomes.append(Scan(place[0], place[1], voucher, refusal))
    await _record_wrong(asked, read, outcomes, moment)
    return outcomes


def judge(voucher: HeldVoucher, moment: datetime) -> Refusal | None:
    """Why a voucher that was not redeemed cannot be: cancelled, or expired although no job ran."""
    if voucher.state == "cancelled":
        return VoucherCancelled()
    if voucher.state == "expired" or voucher.expires_at <= moment:
        return VoucherExpired()
    return None


def _meant(
    code: ReadCode | None,
    candidates: Sequence[HeldVoucher],
    merchant: MerchantRow,
    honours: set[tuple[UUID, UUID]],
    moment: datetime,
) -> HeldVoucher | None:
    """The voucher that the code means at this merchant."""
    if code is None or not codes.well_formed(code):
        return None
    for voucher in candidates:
        here = code.kind != "short" or (voucher.product_id, merchant.id) in honours
        if here and codes.is_good(code, voucher.issue, moment):
            return voucher
    return None


async def _places(desks: Sequence[Desk]) -> list[tuple[MerchantRow, TillRow | None] | Refusal]:
    """For which merchant each desk scans, and at which of its tills."""
    tills = await find_tills([desk.till_id for desk in desks if desk.till_id is not None])
    named = [_merchant_of(desk, tills) for desk in desks]
    merchants = await find_merchants(list({each for each in named if isinstance(each, UUID)}))
    places: list[tuple[MerchantRow, TillRow | None] | Refusal] = []
    for desk, merchant_id in zip(desks, named, strict=True):
        if isinstance(merchant_id, Refusal):
            places.append(merchant_id)
        elif merchant_id not in merchants or not merchants[merchant_id].approved:
            places.append(MerchantNotApproved())
        else:
            places.append((merchants[merchant_id], tills.get(desk.till_id) if desk.till_id is not None else None))
    return places


def _merchant_of(desk: Desk, tills: dict[UUID, TillRow]) -> UUID | Refusal:
    own = desk.actor.merchant_ids()
    merchant_id = desk.merchant_id
    if desk.till_id is not None:
        till = tills.get(desk.till_id)
        if till is None or merchant_id not in {None, till.merchant_id}:
            return TillUnknown()
        merchant_id = till.merchant_id
    if merchant_id is None:
        return own[0] if len(own) == 1 else TillNeeded()
    return merchant_id if merchant_id in own or desk.actor.kind == "system" else TillUnknown()


async def _find(read: Sequence[ReadCode]) -> dict[ReadCode, list[UUID]]:
    """The vouchers that the database knows under each code."""
    digests: dict[bytes, ReadCode] = {}
    short: dict[bytes, ReadCode] = {}
    for code in read:
        if code.kind != "short":
            digests[code.finder_hash] = code
        elif codes.well_formed(code):
            short |= dict.fromkeys(code.short_code_macs, code)
    rows = await db.current().fetch(_FIND, list(digests), list(short)) if digests or short else []
    by_digest: dict[bytes, list[UUID]] = {}
    for row in rows:
        by_digest.setdefault(row["found_by"], []).append(row["id"])
    found: dict[ReadCode, list[UUID]] = {}
    for code in read:
        keys = code.short_code_macs if code.kind == "short" else [code.finder_hash]
        found[code] = [voucher_id for key in keys for voucher_id in by_digest.get(key, ())]
    return found


async def _locked(asked: Sequence[tuple[int, Desk]], moment: datetime) -> dict[int, ShortCodeLocked]:
    """The places of those who gave too many wrong short codes; their clerks come one after the other from here on."""
    if not asked:
        return {}
    tries = await scheme.number("voucher.short_code_tries")
    await db.current().execute(_ONE_BY_ONE, [str(desk.actor.id) for _, desk in asked])
    rows = await db.current().fetch(
        _WRONG,
        [number for number, _ in asked],
        [desk.actor.id for _, desk in asked],
        [desk.till_id for _, desk in asked],
        moment - LOCKED_FOR,
    )
    return {
        row["place"]: ShortCodeLocked(retry_after=max(1, int((row["first_at"] + LOCKED_FOR - moment).total_seconds())))
        for row in rows
        if row["tries"] >= tries
    }


async def _record_wrong(
    asked: Sequence[tuple[Desk, str]],
    read: Sequence[ReadCode | None],
    outcomes: Sequence[Scan | Refusal],
    moment: datetime,
) -> None:
    wrong = [
        desk
        for (desk, _), code, outcome in zip(asked, read, outcomes, strict=True)
        if code is not None and code.kind == "short" and isinstance(outcome, VoucherUnknown)
    ]
    if wrong:
        await db.current().execute(
            _RECORD,
            [new_id() for _ in wrong],
            [desk.actor.id for desk in wrong],
            [desk.till_id for desk in wrong],
            moment,
        )
