"""Vouchers as pages show them: the API's words, with a picture and the shelf on which they lie."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from kit import db
from kit.clock import business_day
from rewards import qr
from rewards.queries import Shelf, shelf_of
from rewards.schemas import VoucherLineOut, VoucherOut, voucher_line_out, voucher_out
from web.pages.pictures import picture_of


@dataclass(frozen=True, slots=True)
class VoucherShown:
    """A voucher in a list."""

    out: VoucherLineOut
    shelf: Shelf
    picture: str

    @property
    def last_day(self) -> date:
        """The last day on which it can be used."""
        return _last_day(self.out.expires_at)


@dataclass(frozen=True, slots=True)
class CodeShown:
    """A voucher with its code, and the symbol of it as an address that needs no network."""

    out: VoucherOut
    shelf: Shelf
    picture: str
    symbol: str | None

    @property
    def last_day(self) -> date:
        """The last day on which it can be used."""
        return _last_day(self.out.expires_at)

    @property
    def kept(self) -> bool:
        """Whether a phone may keep it for when there is no network."""
        return self.shelf == "issued"


def voucher_shown(row: db.Row, moment: datetime, language: str) -> VoucherShown:
    """A voucher's row in a list."""
    return VoucherShown(voucher_line_out(row, language), shelf_of(row, moment), _picture(row))


def code_shown(row: db.Row, merchants: Sequence[db.Row], moment: datetime, language: str) -> CodeShown:
    """A voucher's row with its code, while it can be used."""
    out, shelf = voucher_out(row, merchants, moment, language), shelf_of(row, moment)
    symbol = _data(qr.svg(out.code)) if out.code is not None and shelf == "issued" else None
    return CodeShown(out, shelf, _picture(row), symbol)


def _last_day(expires_at: datetime) -> date:
    """A voucher that ends at midnight is good for the whole of the day before."""
    return business_day(expires_at - timedelta(microseconds=1))


def _picture(row: db.Row) -> str:
    return picture_of(row["product_kind"], row["name_zh"])


def _data(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
