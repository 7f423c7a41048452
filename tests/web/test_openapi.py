"""The description of the API is true: it says everything that happens, and everything it says happens."""

import asyncio
import re
import time
from typing import Any

import httpx
import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from kit.errors import Refusal

from .conftest import Callers

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
SECONDS, SECONDS_IN_FULL = 40.0, 400.0  # shared out evenly over the operations
EXAMPLES, EXAMPLES_IN_FULL = 30, 300
LEFT_OUT = {"POST /api/auth/logout"}  # it would end the session of the one who asks


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    described: dict[str, Any] = (await client.get("/schema/openapi.json")).json()
    return described


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_route_says_what_it_refuses_in_both_languages(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        refused = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert "503" in refused, name
        if "requestBody" in operation:
            assert {"400", "413", "415"} <= refused.keys(), name
        if operation.get("security") != [{}]:
            assert {"401", "403"} <= refused.keys(), name
        for status, each in refused.items():
            (content,) = each["content"].items()
            if (name, status) == ("GET /readyz", "503"):
                assert content == ("application/json", operation["responses"]["200"]["content"]["application/json"])
                continue  # it says what is missing, as it says with 200 that nothing is
            assert content[0] == "application/problem+json", name
            codes = {key.rpartition(".")[0] for key in content[1]["examples"]}
            languages = {key.rpartition(".")[2] for key in content[1]["examples"]}
            assert codes, (name, status)
            assert languages == {"zh-CN", "en"}, (name, status)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert sorted(ids) == sorted(set(ids))


def test_every_body_is_closed_and_has_an_example_that_fits(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type != "application/json":
                continue
            schema = {**content["schema"], "components": document["components"]}
            jsonschema_rs.validator_for(schema).validate(content["example"])
            for reference in re.findall(r"#/components/schemas/([^']+)", str(content["schema"])):
                assert document["components"]["schemas"][reference]["additionalProperties"] is False, name


def test_everything_that_comes_in_is_bounded(document: dict[str, Any]) -> None:
    unbounded = []
    for name, operation in operations(document):
        for parameter in operation["parameters"]:
            unbounded += [f"{name} {parameter['name']}"] if is_unbounded(parameter["schema"], document) else []
        for content in operation.get("requestBody", {}).get("content", {}).values():
            unbounded += [name] if is_unbounded(content["schema"], document) else []
    assert unbounded == []


def is_unbounded(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> bool:
    """Whether a text, a number or a list of this schema has no end."""
    if "$ref" in schema:
        inner = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return depth < 8 and is_unbounded(inner, document, depth + 1)
    if "anyOf" in schema:
        return any(is_unbounded(each, document, depth) for each in schema["anyOf"])
    kind = schema.get("type")
    if kind == "string":
        fixed = {"uuid", "date-time", "date"}
        ends = schema.keys() & {"maxLength", "enum", "pattern", "contentMediaType"}
        return schema.get("format") not in fixed and not ends
    if kind in {"integer", "number"}:
        return not {"minimum", "maximum"} <= schema.keys() and "enum" not in schema
    if kind == "array":
        return "maxItems" not in schema or is_unbounded(schema["items"], document, depth + 1)
    return any(is_unbounded(each, document, depth + 1) for each in schema.get("properties", {}).values())


async def test_the_page_for_people_asks_nobody_else(client: httpx.AsyncClient) -> None:
    for language, word in (("zh-CN", "返回结果"), ("en", "Answers")):
        page = await client.get("/schema", headers={"Accept-Language": language})
        assert page.headers["content-type"].startswith("text/html")
        assert word in page.text
        assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", page.text) == []
        assert "<script" not in page.text
        assert "style-src 'self'" in page.headers["content-security-policy"]
    assert (await client.get("/schema/reference.css")).status_code == 200


def refusals() -> list[type[Refusal]]:
    """Every refusal of the product that has a code; a family of them has none."""
    found, waiting = list[type[Refusal]](), list(Refusal.__subclasses__())
    while waiting:
        each = waiting.pop()
        waiting += each.__subclasses__()
        if hasattr(each, "code") and not each.__module__.startswith("tests"):
            found.append(each)
    return found


async def test_every_code_can_be_looked_up(client: httpx.AsyncClient) -> None:
    for each in refusals():
        answer = await client.get(f"/problems/{each.code}")
        assert answer.status_code == 200, each
        said = {"code": each.code, "status": each.status, "zh": each.zh, "en": each.en}
        assert answer.json() == said, each
    assert (await client.get("/problems/nonsense")).status_code == 404


def test_every_refusal_has_both_texts_and_one_code_has_one_status(app: Litestar) -> None:
    seen = dict[str, type[Refusal]]()
    for each in refusals():
        assert each.zh, each
        assert each.en, each
        assert re.search(r"[\u4e00-\u9fff]", each.zh), each
        assert seen.setdefault(each.code, each).status == each.status, f"{each.code} has two statuses"


async def test_nothing_that_fits_or_does_not_fit_the_document_breaks_the_api(
    client: httpx.AsyncClient, document: dict[str, Any], callers: Callers, *, full: bool
) -> None:
    loop = asyncio.get_running_loop()
    described = schemathesis.openapi.from_dict(without_sign_in(document))
    found = [each.ok() for each in described.get_all_operations()]
    found = [each for each in found if each.label not in LEFT_OUT]

    def ask(case: Any, headers: dict[str, str]) -> None:
        asked = case.as_transport_kwargs(base_url="http://testserver")
        asked.pop("cookies", None)
        prepared = requests.Request(**asked).prepare()
        sent = client.request(
            str(prepared.method), str(prepared.url), headers={**prepared.headers, **headers}, content=prepared.body
        )
        answer = asyncio.run_coroutine_threadsafe(sent, loop).result(30)
        case.validate_response(answer, checks=CHECKS)

    def try_operation(operation: Any, until: float) -> None:
        headers = headers_for(operation.definition.raw, callers)
        both = st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        )

        @settings(
            max_examples=EXAMPLES_IN_FULL if full else EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=both)
        def tried(case: Any) -> None:
            if time.monotonic() < until:
                ask(case, headers)

        tried()

    began, seconds = time.monotonic(), SECONDS_IN_FULL if full else SECONDS
    for place, operation in enumerate(found, 1):
        await asyncio.to_thread(try_operation, operation, began + seconds * place / len(found))


def without_sign_in(document: dict[str, Any]) -> dict[str, Any]:
    """The document as somebody sees it who is signed in already; test_access.py looks after the rest."""
    paths = {
        path: {
            method: {name: value for name, value in operation.items() if name != "security"}
            for method, operation in methods.items()
        }
        for path, methods in document["paths"].items()
    }
    return {**document, "paths": paths, "security": []}


def headers_for(operation: dict[str, Any], callers: Callers) -> dict[str, str]:
    """A caller who may do it: of the first role named, a resident where any will do."""
    if "x-roles" not in operation:
        return {}
    role = operation["x-roles"][0]
    return callers.headers("resident" if role == "*" else role)
