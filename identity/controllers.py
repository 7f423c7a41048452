"""Signing in and out over HTTP, who one is, and the inbox."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from identity import messages, sessions, sign_in, sms_codes
from identity.actor import Actor
from identity.actor_loading import load_actor
from identity.areas import find_area_by_path
from identity.errors import (
    BadCredentials,
    PasswordRequired,
    SignInBusy,
    TokenInvalid,
    TooManySmsCodes,
    TooManyWrongTries,
    TotpRequired,
)
from identity.guards import allow, public
from identity.schemas import (
    LoginIn,
    MessageOut,
    RefreshIn,
    SignedInOut,
    SmsCodeIn,
    SmsCodeOut,
    UserOut,
)
from identity.sessions import SignedIn
from kit.errors import raised
from kit.paging import Cursor, Limit, Page, after, page
from kit.refusals import refuses
from kit.wire import Invalid


@post(
    "/api/auth/login",
    guards=[public()],
    status_code=HTTP_200_OK,
    opt=refuses(BadCredentials, TotpRequired, PasswordRequired, TooManyWrongTries, SignInBusy),
)
async def log_in(data: JSONBody[LoginIn], actor: NamedDependency[Actor], language: NamedDependency[str]) -> SignedInOut:
    """Sign in with login and password, or with phone and code."""
    if data.login and data.password and not (data.phone or data.code):
        outcome = await sign_in.sign_in_by_password(
            actor=actor, login=data.login, password=data.password, totp_code=data.totp, begin=sessions.start_session
        )
    elif data.phone and data.code and not (data.login or data.password or data.totp):
        outcome = await sign_in.sign_in_by_sms(
            actor=actor, phone=data.phone, code=data.code, begin=sessions.start_session
        )
    else:
        raise Invalid(
            (
                "",
                "one_way_only",
                "请填写登录名和密码，或手机号和验证码。",
                "Give login and password, or phone and code.",
            )
        )
    return await _signed_in(raised(outcome), language)


@post("/api/auth/sms-codes", guards=[public()], status_code=HTTP_202_ACCEPTED, opt=refuses(TooManySmsCodes))
async def send_sms_code(data: JSONBody[SmsCodeIn], actor: NamedDependency[Actor]) -> SmsCodeOut:
    """Send a sign-in code to a phone; the answer is the same whether or not anybody has registered it."""
    sent = await sms_codes.request_sms_code(actor=actor, phone=data.phone)
    return SmsCodeOut(expires_in=sent.expires_in)


@post("/api/auth/refresh", guards=[public()], status_code=HTTP_200_OK, opt=refuses(TokenInvalid))
async def refresh(
    data: JSONBody[RefreshIn], actor: NamedDependency[Actor], language: NamedDependency[str]
) -> SignedInOut:
    """Change the newest refresh token of a session for new tokens."""
    outcome = await sessions.refresh_session(actor=actor, refresh_token=data.refresh_token)
    return await _signed_in(raised(outcome), language)


@post("/api/auth/logout", guards=[allow()], status_code=HTTP_204_NO_CONTENT)
async def log_out(actor: NamedDependency[Actor]) -> None:
    """End this session; its tokens are refused from the next request on."""
    await sessions.sign_out(actor=actor)


@get("/api/me", guards=[allow()])
async def who_am_i(actor: NamedDependency[Actor], language: NamedDependency[str]) -> UserOut:
    """Who is signed in, with the roles that count now."""
    return await _user(actor, language)


@get("/api/me/messages", guards=[allow()])
async def my_messages(
    actor: NamedDependency[Actor],
    language: NamedDependency[str],
    cursor: FromQuery[Cursor | None] = None,
    limit: Annotated[Limit, QueryParameter()] = 20,
) -> Page[MessageOut]:
    """The inbox, newest first."""
    scope = f"messages {actor.id}"
    place = after(cursor, scope, UUID)
    rows = await messages.inbox(actor.id, before=place[0] if place else None, limit=limit + 1)
    return page(
        rows,
        limit=limit,
        scope=scope,
        position=lambda row: (row.id,),
        show=lambda row: MessageOut.of(row, language),
    )


async def _signed_in(signed_in: SignedIn, language: str) -> SignedInOut:
    actor = await load_actor(signed_in.access_token)
    return SignedInOut.of(signed_in, await _user(actor, language))


async def _user(actor: Actor, language: str) -> UserOut:
    area = await find_area_by_path(actor.area_path) if actor.area_path else None
    return UserOut.of(actor, area, language)


routes = [log_in, send_sms_code, refresh, log_out, who_am_i, my_messages]
