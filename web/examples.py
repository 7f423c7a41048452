"""An example for a JSON schema: the examples that its types carry, put together."""

from typing import Any

_DEEPEST = 8
_TEXTS = {"date-time": "2026-03-05T09:30:00+08:00", "date": "2026-03-05"}


def example_of(schema: dict[str, Any], components: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits the schema and reads like a real one."""
    if "$ref" in schema:
        return example_of(components[schema["$ref"].rpartition("/")[2]], components, depth + 1)
    for told in ("examples", "enum"):
        if schema.get(told):
            return schema[told][0]
    for told in ("const", "example"):
        if told in schema:
            return schema[told]
    for union in ("anyOf", "oneOf"):
        if union in schema:
            chosen = next((each for each in schema[union] if each.get("type") != "null"), schema[union][0])
            return example_of(chosen, components, depth)
    return _plain(schema, components, depth)


def _plain(schema: dict[str, Any], components: dict[str, Any], depth: int) -> Any:
    kind = schema.get("type")
    deep = depth >= _DEEPEST
    if kind == "object":
        fields = {} if deep else schema.get("properties", {})
        return {name: example_of(each, components, depth + 1) for name, each in fields.items()}
    if kind == "array":
        items = schema.get("items")
        return [example_of(items, components, depth + 1)] if isinstance(items, dict) and not deep else []
    if kind == "string":
        return _TEXTS.get(schema.get("format", ""), "…")
    return {"integer": schema.get("minimum", 1), "number": schema.get("minimum", 1), "boolean": True}.get(str(kind))
