"""Signing in, who one is, and the inbox, as they go over the wire."""

from datetime import datetime
from typing import Annotated, TypeAlias
from uuid import UUID

from msgspec import Meta

from identity.actor import Actor, RoleHeld
from identity.areas import AreaRow
from identity.messages import MessageRow
from identity.sessions import SignedIn
from kit.wire import In, Name, Out, Phone, Secret

SixDigits: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9]{6}(?![\s\S])", examples=["287082"])]

LoginName: TypeAlias = Annotated[
    str, Meta(min_length=3, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(?![\s\S])", examples=["li.wei"])
]

Token: TypeAlias = Annotated[
    str,
    Meta(
        max_length=2_048,
        pattern=r"^[A-Za-z0-9._~-]+(?![\s\S])",
        examples=["qzr_Jc5VbUoQ0m8mVvE3hJ1Wk0nX9fYxq2d7sT4rLZg"],
    ),
]


class LoginIn(In):
    """Either `login` and `password` (and `totp`), or `phone` and the `code` that was sent to it."""

    login: Name | None = None
    password: Secret | None = None
    totp: SixDigits | None = None
    phone: Phone | None = None
    code: SixDigits | None = None


class SmsCodeIn(In):
    """The phone to which a code is sent."""

    phone: Phone


class SmsCodeOut(Out):
    """How many seconds the code is good."""

    expires_in: int


class RefreshIn(In):
    """The newest refresh token of a session."""

    refresh_token: Token


class AreaOut(Out):
    """An area, with its name in the reader's language."""

    id: UUID
    path: str
    level: int
    name: str

    @staticmethod
    def of(area: AreaRow, language: str) -> "AreaOut":
        """An area as this reader sees it."""
        return AreaOut(id=area.id, path=area.path, level=area.level, name=area.name(language))


class RoleOut(Out):
    """A role that counts now: for an area and all below it, or for a merchant."""

    role: str
    area: str | None
    merchant_id: UUID | None
    standing_in_for: UUID | None

    @staticmethod
    def of(held: RoleHeld) -> "RoleOut":
        """A role as it goes out."""
        return RoleOut(
            role=held.role, area=held.area_path, merchant_id=held.merchant_id, standing_in_for=held.standing_in_for
        )


class UserOut(Out):
    """Who is signed in."""

    id: UUID
    name: str
    roles: list[str]
    area: AreaOut | None
    roles_held: list[RoleOut]
    language: str

    @staticmethod
    def of(actor: Actor, area: AreaRow | None, language: str) -> "UserOut":
        """The actor as he sees himself."""
        return UserOut(
            id=actor.id,
            name=actor.name,
            roles=sorted({each.role for each in actor.roles}),
            area=AreaOut.of(area, language) if area else None,
            roles_held=[RoleOut.of(each) for each in actor.roles],
            language=actor.language,
        )


class SignedInOut(Out):
    """The tokens of a session; `expires_in` counts the seconds of the access token."""

    access_token: str
    refresh_token: str
    expires_in: int
    user: UserOut

    @staticmethod
    def of(signed_in: SignedIn, user: UserOut) -> "SignedInOut":
        """The tokens with their owner."""
        return SignedInOut(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.expires_in,
            user=user,
        )


class MessageOut(Out):
    """A message in the reader's language."""

    id: UUID
    kind: str
    title: str
    body: str
    sent_at: datetime
    read_at: datetime | None

    @staticmethod
    def of(message: MessageRow, language: str) -> "MessageOut":
        """A message as this reader reads it."""
        title, body = message.rendered(language)
        return MessageOut(
            id=message.id,
            kind=message.template,
            title=title,
            body=body,
            sent_at=message.sent_at,
            read_at=message.read_at,
        )
