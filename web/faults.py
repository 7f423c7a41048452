"""What does not fit in a request, said per field: a JSON pointer, a stable code and a sentence in two languages."""

import re
from collections.abc import Callable, Iterable

from kit.wire import Invalid

Fault = tuple[str, str, str, str]
"""Pointer, code, Chinese, English."""

REQUIRED = ("required", "缺少此项。", "This is required.")
_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_LONGEST_NAME = 64
_KINDS = {
    "object": ("对象", "an object"),
    "array": ("数组", "an array"),
    "str": ("文本", "a text"),
    "int": ("整数", "a whole number"),
    "float": ("数字", "a number"),
    "bool": ("true 或 false", "true or false"),
    "uuid": ("UUID", "a UUID"),
    "datetime": ("带时区的时间", "a time with its offset"),
    "date": ("日期", "a date"),
    "null": ("null", "null"),
}


def _kind(names: str) -> tuple[str, str]:
    kinds = [_KINDS.get(name.strip(), (name, name)) for name in names.split("|")]
    return "或".join(zh for zh, _ in kinds), " or ".join(en for _, en in kinds)


def _wrong_type(found: re.Match[str]) -> tuple[str, str, str, str]:
    zh, en = _kind(found["wanted"])
    return "", "wrong_type", f"这里应为{zh}。", f"This must be {en}."


def _range(found: re.Match[str]) -> tuple[str, str, str, str]:
    sign, bound = found["sign"], found["bound"]
    return "", "out_of_range", f"数值须 {sign} {bound}。", f"This must be {sign} {bound}."


def _length(found: re.Match[str]) -> tuple[str, str, str, str]:
    sign, bound = found["sign"], found["bound"]
    code = "too_long" if sign.startswith("<") else "too_short"
    return "", code, f"长度须 {sign} {bound}。", f"Its length must be {sign} {bound}."


def _named(code: str, zh: str, en: str) -> Callable[[re.Match[str]], tuple[str, str, str, str]]:
    return lambda found: (found["name"], code, zh, en)


def _said(code: str, zh: str, en: str) -> Callable[[re.Match[str]], tuple[str, str, str, str]]:
    return lambda _: ("", code, zh, en)


# What msgspec says, in the order in which it is looked for.
_SAYINGS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[str, str, str, str]]], ...] = (
    (
        re.compile(
            r"missing required (?:field|argument) `(?P<name>[^`]*)`|Missing required argument '(?P<other>[^']*)'"
        ),
        lambda found: (found["name"] or found["other"] or "", *REQUIRED),
    ),
    (
        re.compile(r"contains unknown field `(?P<name>[^`]*)`"),
        _named("unknown_field", "没有这个字段。", "There is no such field."),
    ),
    (
        re.compile(r"Expected `(?P<name>[^`]*)` between 2000 and 2099"),
        _named("out_of_range", "日期须在 2000 年至 2099 年之间。", "The date must lie between 2000 and 2099."),
    ),
    (re.compile(r"of length (?P<sign>[<>]=) (?P<bound>\d+)"), _length),
    (re.compile(r"Expected `[^`]*` (?P<sign>[<>]=?) (?P<bound>-?[\d.e+]+)"), _range),
    (
        re.compile(r"matching regex"),
        _said(
            "bad_format", "格式不符，或含有不允许的字符。", "It has the wrong form, or characters that are not allowed."
        ),
    ),
    (
        re.compile(r"with a timezone component"),
        _said("offset_missing", "时间须带时区，例如 +08:00。", "The time needs an offset, such as +08:00."),
    ),
    (re.compile(r"Expected `(?P<wanted>[^`]*)`, got"), _wrong_type),
    (re.compile(r"Integer value out of range"), _said("out_of_range", "数值过大。", "The number is too large.")),
    (
        re.compile(r"Invalid enum value"),
        _said("not_allowed", "不在允许的取值之内。", "It is none of the allowed values."),
    ),
    (re.compile(r"Invalid UUID"), _said("bad_format", "不是有效的 UUID。", "It is not a UUID.")),
    (re.compile(r"Invalid RFC3339"), _said("bad_format", "不是有效的时间或日期。", "It is not a time or date.")),
)


def pointer_of(path: str) -> str:
    """Msgspec's `.shares[0].percent` as the JSON pointer `/shares/0/percent`."""
    return "".join("/" + _escaped(name or index) for name, index in _STEP.findall(path))


def _escaped(step: str) -> str:
    """One step of a pointer; a client's own endless field name is cut short."""
    return step[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def fault_of(message: str, root: str = "") -> Fault:
    """What msgspec complains about, as a fault under this root pointer."""
    place = _PLACE.search(message)
    pointer = root + (pointer_of(place["path"]) if place else "")
    for saying, explain in _SAYINGS:
        if found := saying.search(message):
            name, code, zh, en = explain(found)
            return (f"{pointer}/{_escaped(name)}" if name else pointer), code, zh, en
    return pointer, "invalid", "内容无效。", "It is not valid."


def invalid(messages: Iterable[tuple[str, str]]) -> Invalid:
    """The refusal for these complaints of msgspec, each with its root pointer."""
    return Invalid(*(fault_of(message, root) for message, root in messages))
