"""Types of the wire: every text, number and moment that comes in is bounded here, once.

`In` structs refuse unknown fields and moments outside of this century's working range; `Out` structs turn every
moment to Shanghai's offset. The bounds are part of the OpenAPI document, and so are the examples.
"""

import types
import typing
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from kit.clock import SHANGHAI
from kit.errors import Refusal

_FIRST_YEAR, _LAST_YEAR = 2000, 2099

# `$` would let a trailing line break through, so the lookahead forbids what must not be anywhere in the text.
_ONE_LINE = r"^(?![\s\S]*[\u0000-\u001f\u007f])[\s\S]*\S"
_LINES = r"^(?![\s\S]*[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f])[\s\S]*\S"
_CODE = r"^[A-Za-z0-9][A-Za-z0-9_.:-]*(?![\s\S])"
_DIGITS_OF_A_PHONE = r"^1[3-9][0-9]{9}(?![\s\S])"
_DAY = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?![\s\S])"

Id: TypeAlias = Annotated[UUID, Meta(examples=["0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f"])]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_ONE_LINE, examples=["张小兰"])]
ShortText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=_ONE_LINE, examples=["路灯不亮"])]
Text: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=2_000, pattern=_LINES, examples=["桥头第二盏路灯三天没有亮。"])
]
Code: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, pattern=_CODE, examples=["VOL-HOUR"])]
Reference: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=_ONE_LINE, examples=["hotline-2026-000123"])
]
Phone: TypeAlias = Annotated[str, Meta(pattern=_DIGITS_OF_A_PHONE, examples=["13800138000"])]
Secret: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=256, pattern=_ONE_LINE, examples=["correct horse battery staple"])
]

Points: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000, examples=[20])]
SignedPoints: TypeAlias = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000, examples=[-20])]
Fen: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000_000, examples=[1250])]
SignedFen: TypeAlias = Annotated[int, Meta(ge=-1_000_000_000_000, le=1_000_000_000_000, examples=[-1250])]
Quantity: TypeAlias = Annotated[int, Meta(ge=1, le=1_000, examples=[1])]
Count: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000, examples=[12])]
Percent: TypeAlias = Annotated[int, Meta(ge=0, le=100, examples=[60])]
Severity: TypeAlias = Annotated[int, Meta(ge=1, le=5, examples=[3])]
Version: TypeAlias = Annotated[int, Meta(ge=0, le=2_147_483_647, examples=[1])]
Latitude: TypeAlias = Annotated[float, Meta(ge=-90, le=90, examples=[30.2741])]
Longitude: TypeAlias = Annotated[float, Meta(ge=-180, le=180, examples=[120.1551])]
Instant: TypeAlias = Annotated[datetime, Meta(tz=True, examples=["2026-03-05T09:30:00+08:00"])]
Day: TypeAlias = Annotated[date, Meta(examples=["2026-03-05"])]
DayText: TypeAlias = Annotated[
    str, Meta(pattern=_DAY, examples=["2026-03-05"], description="A day of the calendar, YYYY-MM-DD.")
]


class Invalid(Refusal):
    """What was sent does not fit; `errors` says where and why."""

    status = 400
    code = "invalid"
    zh = "提交的内容有误，请检查标出的字段。"
    en = "What was sent does not fit; see the fields that are named."

    def __init__(self, *faults: tuple[str, str, str, str]) -> None:
        """Each fault is (JSON pointer, code, Chinese, English)."""
        super().__init__()
        self.faults = faults


@cache
def _moments(struct: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a struct that hold a moment or a day."""
    hints = typing.get_type_hints(struct)
    return tuple(name for name, hint in hints.items() if any(_is_moment(part) for part in _alternatives(hint)))


def _is_moment(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, date)


def _alternatives(hint: Any) -> tuple[Any, ...]:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return typing.get_args(hint)
    return (hint,)


class _Wire(msgspec.StructMeta):
    """Makes every struct of the wire frozen and built by keywords, without each one saying so."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> Any:
        config.setdefault("kw_only", True)
        config.setdefault("frozen", True)
        return super().__new__(cls, name, bases, namespace, **config)


@typing.dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class In(msgspec.Struct, metaclass=_Wire, frozen=True, forbid_unknown_fields=True):
    """A body that a client sends."""

    def __post_init__(self) -> None:
        """Refuse moments that no calendar of the scheme reaches; the database would answer them with an error."""
        for name in _moments(type(self)):
            moment = getattr(self, name)
            if isinstance(moment, date) and not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
                message = f"Expected `{name}` between {_FIRST_YEAR} and {_LAST_YEAR}"
                raise ValueError(message)


@typing.dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(msgspec.field,))
class Out(msgspec.Struct, metaclass=_Wire, frozen=True):
    """An answer; its moments are shown at +08:00 wherever the server stands."""

    def __post_init__(self) -> None:
        """Turn every moment to Shanghai's offset."""
        for name in _moments(type(self)):
            moment = getattr(self, name)
            if isinstance(moment, datetime):
                msgspec.structs.force_setattr(self, name, moment.astimezone(SHANGHAI))


def day(text: str) -> date:
    """The day that a query parameter of type `DayText` names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(("", "no_such_day", f"没有 {text} 这一天。", f"There is no day {text}.")) from None


def encode(answer: object) -> bytes:
    """An answer as the bytes that go over the wire."""
    return msgspec.json.encode(answer)
