"""Forms: what a browser sends becomes the same structs that the API takes, and what does not fit is said per field.

What was typed is kept, so that nobody types it twice. Texts arrive trimmed, an empty field is one that was left out,
a time without offset is Shanghai's.
"""

import re
import types
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

import msgspec
from litestar.datastructures import UploadFile

from identity import cross_site
from kit.errors import EN, Refusal
from kit.wire import In, Invalid
from web.faults import REQUIRED, Fault, fault_of
from web.pages.cookies import AnyRequest, language_for

T = TypeVar("T", bound=msgspec.Struct)
MISFIT: Final = 422
"""The status of a page whose form came with something that does not fit."""
ONCE: Final = "once"
_OURS = frozenset({cross_site.FIELD, ONCE, "next"})
_LOCAL_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?")


@dataclass(frozen=True)  # without slots: a frozen generic with them cannot be made as Form[X](…)
class Form(Generic[T]):
    """A form as it came, or as it is shown for the first time."""

    language: str
    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Sequence[UploadFile]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    value: T | None = None
    message: str = ""
    """What was wrong with the whole of it, or why it was refused."""
    next: str = ""

    def get(self, name: str, usual: str = "") -> str:
        """What was typed into a field."""
        return self.typed[name][0] if self.typed.get(name) else usual

    def has(self, name: str, value: str) -> bool:
        """Whether a box or an option was chosen."""
        return value in self.typed.get(name, ())

    def error(self, name: str) -> str:
        """What is wrong with a field; empty when nothing is."""
        return next((said for place, said in self.errors if place == name), "")

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Each field with what is wrong with it, in the reader's language, for the summary on top."""
        return [
            (pointer.lstrip("/").partition("/")[0], en if self.language == EN else zh)
            for pointer, _, zh, en in self.faults
        ]

    @property
    def wrong(self) -> bool:
        """Whether it has to be shown again."""
        return self.value is None

    def accepted(self) -> T:
        """The struct; raises Invalid where a page has nothing to show the form on again."""
        if self.value is None:
            raise Invalid(*self.faults)
        return self.value

    def refused(self, refusal: Refusal) -> "Form[T]":
        """The form to be shown again with why it was refused."""
        faults = refusal.faults if isinstance(refusal, Invalid) else ()
        return replace(self, value=None, faults=faults, message=refusal.detail(self.language))

    def without(self, *names: str) -> "Form[T]":
        """The form with some fields emptied: passwords and codes are never shown again."""
        return replace(self, typed={name: value for name, value in self.typed.items() if name not in names})


class NoFields(In):
    """A form that says nothing but its own question."""


def blank(request: AnyRequest, **initial: str) -> Form[Any]:
    """A form to be filled in, with what is known already."""
    typed = {name: [value] for name, value in initial.items()}
    return Form(language_for(request), typed=typed, next=request.query_params.get("next", ""))


Named: TypeAlias = Mapping[str, Callable[[str], Awaitable[str | Fault]]]
"""Fields in which something may be typed by its name: each with who finds what is meant, or says why he cannot."""


async def read_form(
    request: AnyRequest, struct: type[T], *, files: Sequence[str] = (), named: Named | None = None
) -> Form[T]:
    """The form that was sent, as this struct where it fits; `files` names the fields that bring files."""
    typed: dict[str, list[str]] = {}
    brought: dict[str, list[UploadFile]] = {name: [] for name in files}
    for name, value in (await request.form()).multi_items():
        if isinstance(value, UploadFile):
            brought.setdefault(name, []).append(value)
        else:
            typed.setdefault(name, []).append(str(value).replace("\r\n", "\n").strip())
    went_on = typed.get("next", [""])[0]
    typed = {name: values for name, values in typed.items() if name not in _OURS and name not in brought}
    typed, missed = await _meant(typed, named or {})
    value, faults = _filled(struct, typed)
    faults = [missed.get(fault[0], fault) for fault in faults]
    faults += [_unknown(name) for name in brought if name not in files]
    form: Form[T] = Form(language_for(request), typed, brought, tuple(faults), None if faults else value, next=went_on)
    return form


async def _meant(typed: dict[str, list[str]], named: Named) -> tuple[dict[str, list[str]], dict[str, Fault]]:
    """What was typed, with what was meant in place of names; and by its pointer what is wrong with a name."""
    found = {name: await find(typed[name][-1]) for name, find in named.items() if any(typed.get(name, ()))}
    meant = {name: [each] for name, each in found.items() if isinstance(each, str)}
    return {**typed, **meant}, {each[0]: each for each in found.values() if not isinstance(each, str)}


def _filled(struct: type[T], typed: Mapping[str, Sequence[str]]) -> tuple[T | None, list[Fault]]:
    """The struct, or what is wrong with each field."""
    hints = typing.get_type_hints(struct, include_extras=True)
    values: dict[str, Any] = {}
    faults = [_unknown(name) for name in typed if name not in hints]
    for each in msgspec.structs.fields(struct):
        hint = hints[each.name]
        sent = [value for value in typed.get(each.name, ()) if value]
        if not sent:
            faults += [(f"/{each.name}", *REQUIRED)] if each.required else []
            continue
        try:
            plain = sent if _is_list(hint) else _as_moment(sent[-1], hint)
            values[each.name] = msgspec.convert(plain, type=hint, strict=False)
        except msgspec.ValidationError as misfit:
            faults.append(fault_of(str(misfit), f"/{each.name}"))
    if faults:
        return None, faults
    try:
        return struct(**values), []
    except ValueError as misfit:  # what the struct itself says about its fields together
        return None, [fault_of(str(misfit))]


def _unknown(name: str) -> Fault:
    return fault_of(f"Object contains unknown field `{name}`")


def _is_list(hint: Any) -> bool:
    return any(typing.get_origin(part) in {list, tuple, set, frozenset} for part in _parts(hint))


def _as_moment(text: str, hint: Any) -> str:
    """A ticked box as true, and a time of day as Shanghai's."""
    kinds = set(_parts(hint))
    if bool in kinds and text == "on":
        return "true"
    local = _LOCAL_TIME.fullmatch(text) if datetime in kinds else None
    return f"{text}{'' if local[1] else ':00'}+08:00" if local else text


def _parts(hint: Any) -> list[Any]:
    """The plain types of which a hint is made: `Annotated[int, …] | None` is int and None."""
    origin = typing.get_origin(hint)
    if origin is Annotated:
        return _parts(typing.get_args(hint)[0])
    if origin in {typing.Union, types.UnionType}:
        return [part for each in typing.get_args(hint) for part in _parts(each)]
    return [hint]
