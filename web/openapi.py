"""The OpenAPI 3.1 document: every route with its input, its answers, and each refusal that it can give.

It is made from what the code itself goes by: the decoders' types (with their bounds), the guards, and the refusals
that a handler lists with `refuses(…)`, to which is added what follows from the route.
"""

import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from identity.errors import RoleMissing, SignInRequired, TokenInvalid
from identity.guards import Access, access_of
from kit.errors import (
    EN,
    ZH,
    DatabaseAway,
    IdempotencyKeyExpired,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    OutcomeUnknown,
    Refusal,
)
from kit.paging import BadCursor
from kit.refusals import REFUSES, NotFound
from kit.wire import Invalid
from web.bounds import parameter_types
from web.examples import example_of
from web.keys import IDEMPOTENCY_KEY
from web.problems import PROBLEM, BodyTooLarge, Malformed, StorageFull, UnsupportedMediaType

JSON = "application/json"
FORM = "form"
"""The `opt` of a handler that reads a form with files: the names of its files."""
MEDIA_TYPES = "media_types"
"""The `opt` of a handler whose answer is not JSON: what it may be."""
ANSWERS_TOO = "answers_too"
"""The `opt` of a handler that answers its own type with further statuses: each of them with why."""
_SCHEMA = "#/components/schemas/"
_KEYED = (IdempotencyKeyMissing, IdempotencyKeyReused, IdempotencyKeyExpired, OutcomeUnknown, StorageFull)
_BODY = (Malformed, BodyTooLarge, UnsupportedMediaType)
_DESCRIPTION = """群治分开放接口 · The API of the civic points platform.

金额以分为单位，积分为整数，时间带 +08:00。错误均为 `application/problem+json`，`code` 稳定不变。
Money is in fen, points are whole numbers, times carry +08:00. Every error is `application/problem+json` with a stable
`code`; `detail` follows `Accept-Language` (zh-CN, en). A POST that moves value takes an `Idempotency-Key`: send the
same key again when an answer was lost, nothing is done twice."""


class FieldFault(msgspec.Struct, frozen=True):
    """A field that does not fit."""

    pointer: Annotated[str, msgspec.Meta(description="JSON pointer into the body, or /query/…, /path/…, /header/…")]
    code: str
    detail: str


class Problem(msgspec.Struct, frozen=True):
    """An error. Some codes add facts of their own, such as `redeemed_at`."""

    type: str
    title: str
    status: int
    detail: str
    code: Annotated[str, msgspec.Meta(description="Stable; the sentence may change and follows Accept-Language.")]
    request_id: str
    errors: list[FieldFault] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path, with the types that its handler goes by."""

    path: str
    method: str
    handler: HTTPRouteHandler
    access: Access | None
    hints: dict[str, Any]

    @property
    def body(self) -> Any:
        """The type of the body, or None."""
        return self.hints.get("data")

    @property
    def form(self) -> list[str]:
        """The files of the form that it reads, if it reads one."""
        return list(self.handler.opt.get(FORM, ()))

    @property
    def has_body(self) -> bool:
        """Whether anything is sent to it."""
        return self.body is not None or bool(self.form)

    @property
    def media_types(self) -> list[str]:
        """What the answer may be."""
        own = self.handler.media_type
        return list(self.handler.opt.get(MEDIA_TYPES, [str(getattr(own, "value", own) or JSON)]))

    @property
    def answer(self) -> Any:
        """The type of the answer: of JSON, `bytes` for anything else, None for nothing."""
        hint = self.hints.get("return")
        if typing.get_origin(hint) is Response:
            hint = typing.get_args(hint)[0]
        return None if hint in {None, type(None)} else hint

    @property
    def answers_too(self) -> dict[int, str]:
        """Further statuses with which it answers its own type."""
        return dict(self.handler.opt.get(ANSWERS_TOO, {}))

    @property
    def keyed(self) -> bool:
        """Whether it takes an idempotency key."""
        return "keyed" in self.hints


def operations(app: Litestar) -> Iterator[Operation]:
    """Every documented operation of the app, in the order of paths."""
    for route in sorted((each for each in app.routes if isinstance(each, HTTPRoute)), key=lambda each: each.path):
        for handler in route.route_handlers:
            if not handler.resolve_include_in_schema():
                continue
            hints = typing.get_type_hints(handler.fn, include_extras=True)
            for method in sorted(handler.http_methods):
                yield Operation(route.path_format, method.lower(), handler, access_of(handler), hints)


def refusals_of(operation: Operation) -> list[type[Refusal]]:
    """What an operation can refuse: what its handler lists, and what follows from the route."""
    handler = operation.handler
    found: list[type[Refusal]] = list(handler.opt.get(REFUSES, ()))
    if operation.access is not None and operation.access.kind != "public":
        found += [SignInRequired, TokenInvalid, RoleMissing]
    parameters = parameter_types(handler)
    if parameters or operation.has_body:
        found.append(Invalid)
    if "{" in operation.path:
        found.append(NotFound)
    if "cursor" in parameters:
        found.append(BadCursor)
    if operation.has_body:
        found += [*_BODY, StorageFull]
    if operation.keyed:
        found += _KEYED
    if DatabaseAway.status not in operation.answers_too:
        found.append(DatabaseAway)
    return list(dict.fromkeys(found))


def document(app: Litestar, *, version: str) -> dict[str, Any]:
    """The whole document."""
    found = list(operations(app))
    types = [*_types_of(found), Problem]
    schemas, components = msgspec.json.schema_components(types, ref_template=_SCHEMA + "{name}")
    by_type = _Schemas(types, schemas)
    paths: dict[str, dict[str, Any]] = {}
    for operation in found:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, by_type, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "群治分 Qunzhifen", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(operation) for operation in found)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


class _Schemas:
    """The schema of each type; types need not be hashable, so they are found by identity."""

    def __init__(self, types: list[Any], schemas: Iterable[dict[str, Any]]) -> None:
        self._known = list(zip(types, schemas, strict=True))

    def of(self, wanted: Any) -> dict[str, Any]:
        """The schema of a type, a reference for a struct."""
        return next(schema for known, schema in self._known if known is wanted or known == wanted)


def _types_of(found: Iterable[Operation]) -> Iterator[Any]:
    for operation in found:
        yield from (bounded for bounded, _ in parameter_types(operation.handler).values())
        if operation.body is not None:
            yield operation.body
        if operation.media_types == [JSON] and operation.answer is not None:
            yield operation.answer


def _tag(operation: Operation) -> str:
    return str(operation.handler.fn.__module__.partition(".")[0])


def _operation(operation: Operation, schemas: _Schemas, components: dict[str, Any]) -> dict[str, Any]:
    said = (operation.handler.fn.__doc__ or operation.handler.fn.__name__).strip()
    summary, _, rest = said.partition("\n")
    result: dict[str, Any] = {
        "operationId": f"{_tag(operation)}_{operation.handler.fn.__name__}",
        "tags": [_tag(operation)],
        "summary": summary.rstrip("."),
        "parameters": _parameters(operation, schemas),
        "responses": {
            str(operation.handler.status_code): _answer(operation, schemas, components),
            **{
                str(status): {**_answer(operation, schemas, components), "description": why}
                for status, why in operation.answers_too.items()
            },
            **_problems(refusals_of(operation)),
        },
    }
    if rest.strip():
        result["description"] = rest.strip()
    if operation.has_body:
        result["requestBody"] = _body(operation, schemas, components)
    if operation.access is not None and operation.access.kind == "public":
        result["security"] = [{}]
    elif operation.access is not None:
        result["x-roles"] = _callers(operation.access)
    return result


def _callers(access: Access) -> list[str]:
    """The roles that are let in; `*` is any signed-in person, `integration` another system with its key."""
    people = [] if access.kind == "integration" else list(access.roles) or ["*"]
    return people + (["integration"] if access.kind == "integration" or access.integrations else [])


def _parameters(operation: Operation, schemas: _Schemas) -> list[dict[str, Any]]:
    found = []
    for name, (bounded, marker) in parameter_types(operation.handler).items():
        place = type(marker).__name__.removesuffix("Parameter").lower()
        schema = dict(schemas.of(bounded))
        found.append(
            {
                "name": getattr(marker, "name", None) or name,
                "in": place,
                "required": place == "path" or not _has_default(operation.handler, name),
                "schema": schema,
                **({"description": schema["description"]} if "description" in schema else {}),
            }
        )
    if operation.keyed:
        found.append(
            {
                "name": IDEMPOTENCY_KEY,
                "in": "header",
                "required": True,
                "description": "A value of your own for this change; the same one when it is sent again.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                "example": "9b2f6c1e-0d7a-4b55-8c1e-2f6c1e0d7a4b",
            }
        )
    return found


def _has_default(handler: HTTPRouteHandler, name: str) -> bool:
    return bool(handler.parsed_fn_signature.parameters[name].has_default)


def _body(operation: Operation, schemas: _Schemas, components: dict[str, Any]) -> dict[str, Any]:
    if operation.form:
        form = {
            "type": "object",
            "properties": {
                name: {"type": "string", "contentMediaType": "application/octet-stream"} for name in operation.form
            },
            "required": operation.form,
        }
        return {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    schema = schemas.of(operation.body)
    return {"required": True, "content": {JSON: {"schema": schema, "example": example_of(schema, components)}}}


def _answer(operation: Operation, schemas: _Schemas, components: dict[str, Any]) -> dict[str, Any]:
    description = operation.handler.response_description or "完成 · Done"
    if operation.answer is None:
        return {"description": description}
    if operation.media_types != [JSON]:
        content = {each: {"schema": {"type": "string"}} for each in operation.media_types}
        return {"description": description, "content": content}
    schema = schemas.of(operation.answer)
    return {
        "description": description,
        "content": {JSON: {"schema": schema, "example": example_of(schema, components)}},
    }


def _problems(refusals: Iterable[type[Refusal]]) -> dict[str, Any]:
    """The refusals by status, each code with its text in both languages."""
    by_status: dict[str, list[type[Refusal]]] = {}
    for refusal in refusals:
        by_status.setdefault(str(refusal.status), []).append(refusal)
    return {
        status: {
            "description": "\n".join(f"- `{each.code}` {each.zh} {each.en}" for each in group),
            "content": {
                PROBLEM: {
                    "schema": {"$ref": f"{_SCHEMA}{Problem.__name__}"},
                    "examples": {
                        f"{each.code}.{language}": {"value": _example_problem(each, language)}
                        for each in group
                        for language in (ZH, EN)
                    },
                }
            },
        }
        for status, group in sorted(by_status.items())
    }


def _example_problem(refusal: type[Refusal], language: str) -> dict[str, Any]:
    text = refusal.en if language == EN else refusal.zh
    return {
        "type": f"/problems/{refusal.code}",
        "title": text,
        "status": refusal.status,
        "detail": text,
        "code": refusal.code,
        "request_id": "0198f2c46b1a7c3e9d214a5b6c7d8e9f",
    }
