"""The description of the API as a page: rendered here, with no request to anybody else's machine."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_WORDS = {
    "zh-CN": {
        "title": "群治分开放接口",
        "contents": "目录",
        "parameters": "参数",
        "body": "请求内容",
        "answers": "返回结果",
        "required": "必填",
        "public": "公开",
        "roles": "角色",
        "signed_in": "任何已登录的人",
        "example": "示例",
        "types": "数据类型",
        "field": "字段",
        "kind": "类型",
        "bounds": "限制",
        "document": "OpenAPI 3.1 文档",
    },
    "en": {
        "title": "Qunzhifen API",
        "contents": "Contents",
        "parameters": "Parameters",
        "body": "Body",
        "answers": "Answers",
        "required": "required",
        "public": "public",
        "roles": "Roles",
        "signed_in": "anybody signed in",
        "example": "Example",
        "types": "Types",
        "field": "Field",
        "kind": "Type",
        "bounds": "Bounds",
        "document": "OpenAPI 3.1 document",
    },
}
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "maxItems", "pattern")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["pretty"] = _pretty
    environment.filters["kind"] = kind_of
    environment.filters["bounds"] = bounds_of
    return environment


def reference_page(document: dict[str, Any], language: str) -> str:
    """The page in the reader's language."""
    by_tag: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append({"path": path, "method": method, **operation})
    return (
        _environment()
        .get_template("reference.html")
        .render(document=document, by_tag=by_tag, words=_WORDS[language], language=language)
    )


def _pretty(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def kind_of(schema: dict[str, Any]) -> str:
    """A schema in a word or two: `integer`, `[ProductOut]`, `string (uuid) | null`."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " | ".join(kind_of(each) for each in schema[union])
    if "enum" in schema:
        return " | ".join(repr(each) for each in schema["enum"])
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return f"[{kind_of(schema['items'])}]"
    kind = str(schema.get("type", "any"))
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def bounds_of(schema: dict[str, Any]) -> str:
    """The bounds of a schema on one line."""
    inner = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    return ", ".join(f"{name} {inner[name]}" for name in _BOUNDS if name in inner)
