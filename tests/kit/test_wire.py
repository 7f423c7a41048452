"""The types of the wire: what they take, what they refuse, how moments are shown."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from kit.wire import Code, Day, Id, In, Instant, Invalid, Name, Out, Phone, Quantity, ShortText, Text, day, encode


class AskedIn(In):
    """A body for these tests."""

    at: Instant = datetime(2026, 3, 5, tzinfo=UTC)
    on: Day | None = None
    name: Name = "张"
    text: Text = "x"
    short: ShortText = "x"
    code: Code = "VOL-HOUR"
    phone: Phone = "13800138000"
    quantity: Quantity = 1
    ids: Annotated[list[Id], Meta(max_length=2)] = msgspec.field(default_factory=list)


class ToldOut(Out):
    """An answer for these tests."""

    at: Instant
    until: Instant | None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "a\0"),
        ("name", "a\n"),
        ("name", " \t "),
        ("name", ""),
        ("name", "长" * 65),
        ("text", "a\0b"),
        ("text", "a\x1bb"),
        ("text", "x" * 2_001),
        ("code", "a\n"),
        ("code", "a b"),
        ("phone", "1380013800"),
        ("phone", "13800138000\n"),
        ("quantity", 0),
        ("quantity", 1_001),
        ("quantity", 10**30),
        ("quantity", -(10**30)),
        ("quantity", "5"),
        ("quantity", 1.5),
        ("quantity", True),
        ("at", "2026-03-05T09:30:00"),
        ("at", "1999-12-31T23:59:59Z"),
        ("at", "9999-12-31T23:59:59Z"),
        ("on", "0001-01-01"),
        ("ids", ["nonsense"]),
        ("ids", ["0198f2c4-6b1a-7c3e-9d21-4a5b6c7d8e9f"] * 3),
        ("unknown", 1),
    ],
)
def test_what_does_not_fit_is_refused_before_any_code_sees_it(field: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            msgspec.json.encode({field: value}) if value != 10**30 else b'{"quantity":1' + b"0" * 30 + b"}",
            type=AskedIn,
        )


def test_texts_of_several_lines_are_taken_where_they_belong() -> None:
    assert msgspec.json.decode('{"text": "一\\n二\\t三"}', type=AskedIn).text == "一\n二\t三"


def test_moments_are_shown_in_shanghai_wherever_they_come_from() -> None:
    shown = encode(ToldOut(at=datetime(2026, 3, 5, 20, tzinfo=UTC), until=None))
    assert shown == b'{"at":"2026-03-06T04:00:00+08:00","until":null}'


def test_the_bounds_are_in_the_schema_and_unknown_fields_are_closed_out() -> None:
    schema = msgspec.json.schema(AskedIn)["$defs"]["AskedIn"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["quantity"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 1,
        "examples": [1],
    }


def test_a_day_of_the_query_is_a_day_of_the_calendar() -> None:
    assert day("2026-02-28") == date(2026, 2, 28)
    with pytest.raises(Invalid):
        day("2026-02-30")
