"""JSON bodies are decoded once, strictly, straight into the struct that the handler asks for.

Litestar decodes a body to plain values and then converts these leniently ("5" would pass for 5). Here the bytes go
through the struct's own decoder: no second pass, no leniency, and a complaint that names its place in the document.
"""

from collections.abc import Generator
from typing import Any, ClassVar

import msgspec
from litestar.connection import ASGIConnection
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from web.faults import invalid
from web.problems import Malformed, UnsupportedMediaType

JSON = "application/json"
LINES = "application/x-ndjson"


class StrictBody(AbstractDTO[Any]):
    """Litestar's hook for reading `data`; it is used for every handler of the app."""

    _decoders: ClassVar[dict[str, msgspec.json.Decoder[Any]]] = {}
    _line_decoders: ClassVar[dict[str, tuple[msgspec.json.Decoder[Any], Any]]] = {}

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        """Make the decoder of a handler's body, when the app is built."""
        del backend_cls
        body = field_definition.raw  # with its bounds
        cls._decoders[handler_id] = msgspec.json.Decoder(body)
        if field_definition.is_non_string_sequence:
            line = field_definition.inner_types[0].raw
            cls._line_decoders[handler_id] = (msgspec.json.Decoder(line), body)

    def decode_bytes(self, value: bytes) -> Any:
        """The struct that these bytes hold."""
        handler_id = self.asgi_connection.route_handler.handler_id
        sent_as = _media_type(self.asgi_connection)
        try:
            if sent_as == JSON:
                return self._decoders[handler_id].decode(value)
            if sent_as == LINES and handler_id in self._line_decoders:
                return _lines(*self._line_decoders[handler_id], value)
        except msgspec.ValidationError as misfit:
            raise invalid([(str(misfit), "")]) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Malformed from None
        raise UnsupportedMediaType

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: Any
    ) -> Reference | Schema:
        """Document the struct as it is."""
        del handler_id
        schema: Reference | Schema = schema_creator.for_field_definition(field_definition)
        return schema

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        """Nothing is transferred field by field."""
        del model_type
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        """Nothing is transferred field by field."""
        del field_definition
        return False


def _media_type(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return connection.headers.get("content-type", "").partition(";")[0].strip().lower()


def _lines(decoder: msgspec.json.Decoder[Any], whole: Any, value: bytes) -> list[Any]:
    """A line each; a complaint names the line as if it stood in an array."""
    decoded = []
    for line in value.splitlines():
        if not line.strip():
            continue
        try:
            decoded.append(decoder.decode(line))
        except msgspec.ValidationError as misfit:
            raise invalid([(str(misfit), f"/{len(decoded)}")]) from None
    return msgspec.convert(decoded, type=whole)  # type: ignore[no-any-return]  # its number is bounded too
