"""Issuing vouchers: what a voucher is when it is made, and the code that belongs to it (steps)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from kit import crypto, db
from rewards import codes

_ISSUE = db.load_sql(__file__, "issue_vouchers")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVoucher:
    """A voucher that is to be issued, with the shares that the money was set aside for."""

    id: UUID
    exchange_id: UUID
    product_id: UUID
    person_id: UUID
    town_id: UUID
    points: int
    value_fen: int
    merchant_fen: int
    town_line: UUID | None
    town_fen: int
    sponsor_line: UUID | None
    sponsor_fen: int
    rotating: bool
    issued_at: datetime
    expires_at: datetime
    issue_number: int = 1

    @property
    def issue(self) -> codes.Issue:
        """What its code is derived from."""
        return codes.Issue(self.id, self.issue_number, crypto.current_key_id(), self.rotating)


async def issue(vouchers: Sequence[NewVoucher]) -> dict[UUID, codes.Issue]:
    """Write the vouchers and give what their codes are derived from (a step).

    Where another voucher has the same 12 digits already, the next issue number gives other ones.
    """
    issued: dict[UUID, codes.Issue] = {}
    waiting = list(vouchers)
    while waiting:
        rows = await db.current().fetch(_ISSUE, *_columns(waiting))
        written = {row["id"] for row in rows}
        issued |= {each.id: each.issue for each in waiting if each.id in written}
        waiting = [replace(each, issue_number=each.issue_number + 1) for each in waiting if each.id not in written]
    return issued


def _columns(vouchers: Sequence[NewVoucher]) -> list[list[object]]:
    """The columns of `sql/issue_vouchers.sql`, each as one array."""
    rows = [
        (
            each.id,
            each.exchange_id,
            each.product_id,
            each.person_id,
            each.town_id,
            each.points,
            each.value_fen,
            each.merchant_fen,
            each.town_line,
            each.town_fen,
            each.sponsor_line,
            each.sponsor_fen,
            each.rotating,
            each.issue.key_id,
            each.issue_number,
            codes.finder_hash(each.issue),
            codes.short_code_mac(each.issue),
            each.issued_at,
            each.expires_at,
        )
        for each in vouchers
    ]
    return [list(column) for column in zip(*rows, strict=True)]
