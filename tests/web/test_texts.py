"""Every text of the pages is in both catalogues, is used, and takes the same values in both."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import Environment, nodes

import web
from points.ledger import PERSONAL
from web.pages import rendering
from web.pages.texts import FOLDER, LANGUAGES, TextUnknown, catalogue

WEB = Path(web.__file__).parent
PLURAL = "ngettext"
TEXTS = {"_", PLURAL}
IN_PYTHON = {"Key", "text", "plural", "markup", "plural_markup"}
OF_SEVERAL = re.compile(
    r"\{\w+\} (?:more |of them )?(?!(?:is|was|has|as|ms)\b)(?:[a-z]+s|are|were|have|wait|expire)\b"
    r"|^[a-z]+s$"  # a unit that stands behind its number
)
"""English that is right beside any number but one."""
TEXT_OF_A_VALUE = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*\.")
Use = tuple[str, str, frozenset[str] | None]
"""Where a key is used, the key (or `prefix.*`), and the values it is given, where that can be seen."""


def in_templates() -> Iterator[Use]:
    environment = rendering.environment("en")
    for path in sorted(rendering.TEMPLATES.rglob("*.html")):
        name = path.relative_to(rendering.TEMPLATES).as_posix()
        yield from calls_of(name, environment.parse(path.read_text(encoding="utf-8")))


def calls_of(name: str, tree: nodes.Template) -> Iterator[Use]:
    for call in tree.find_all(nodes.Call):
        if not (isinstance(call.node, nodes.Name) and call.node.name in TEXTS):
            continue
        given = {each.key for each in call.kwargs} | ({"n"} if call.node.name == PLURAL else set())
        where = f"{name}:{call.lineno}"
        yield from ((where, key, frozenset(given)) for key in keys_of(where, call.args[0]))


def keys_of(where: str, argument: nodes.Node) -> Iterator[str]:
    """The key itself, each of two that are chosen from, `prefix.*` of one that ends in a value; a variable is a Key."""
    match argument:
        case nodes.Const():
            yield str(argument.value)
        case nodes.CondExpr():
            yield from keys_of(where, argument.expr1)
            if argument.expr2 is not None:
                yield from keys_of(where, argument.expr2)
        case nodes.Concat() | nodes.Add():
            first = argument.nodes[0] if isinstance(argument, nodes.Concat) else argument.left
            assert isinstance(first, nodes.Const), f"{where}: a key begins with what can be found"
            assert TEXT_OF_A_VALUE.fullmatch(str(first.value)), f"{where}: {first.value} does not end in a dot"
            yield f"{first.value}*"
        case _:
            return


def in_python() -> Iterator[Use]:
    for path in sorted(WEB.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called not in IN_PYTHON:
                continue
            first, where = node.args[0], f"{path.relative_to(WEB)}:{node.lineno}"
            given = {each.arg for each in node.keywords if each.arg} | ({"n"} if "plural" in called else set())
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield where, first.value, None if called == "Key" else frozenset(given)
            elif isinstance(first, ast.JoinedStr) and isinstance(first.values[0], ast.Constant):
                yield where, f"{first.values[0].value}*", None


USES = [*in_templates(), *in_python()]


def keys_in(language: str) -> list[str]:
    text = (FOLDER / f"{language}.po").read_text(encoding="utf-8")
    return [key for key in re.findall(r'^msgid "(.*)"$', text, re.MULTILINE) if key]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def is_used(key: str) -> bool:
    return any(key == used or (used.endswith("*") and key.startswith(used[:-1])) for _, used, _ in USES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_is_used_is_there(language: str) -> None:
    known = set(catalogue(language).texts)
    missing = [
        f"{where} {key}"
        for where, key, _ in USES
        if not (any(each.startswith(key[:-1]) for each in known) if key.endswith("*") else key in known)
    ]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_there_for_nobody(language: str) -> None:
    assert sorted(key for key in catalogue(language).texts if not is_used(key)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_twice_and_no_text_is_empty(language: str) -> None:
    keys = keys_in(language)
    assert sorted({key for key in keys if keys.count(key) > 1}) == []
    assert [key for key, forms in catalogue(language).texts.items() if not all(forms)] == []


def test_both_catalogues_have_the_same_keys_with_the_same_values() -> None:
    first, second = (catalogue(language).texts for language in LANGUAGES)
    assert sorted(first.keys() ^ second.keys()) == []
    differing = [
        key
        for key, forms in first.items()
        if {name for form in forms for name in placeholders(form)}
        != {name for form in second[key] for name in placeholders(form)}
    ]
    assert differing == []


def test_english_that_counts_has_a_form_for_one() -> None:
    texts = catalogue("en").texts.items()
    assert [(key, forms) for key, forms in texts if len(forms) == 1 and OF_SEVERAL.search(forms[0])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_way_in_which_a_persons_points_move_is_named(language: str) -> None:
    wanted = {f"points.{about}.{kind}" for kind in PERSONAL for about in ("became", "why")}
    assert sorted(wanted - catalogue(language).texts.keys()) == []


def test_every_use_gives_the_values_that_its_text_names() -> None:
    texts = catalogue("en").texts
    wanting = []
    for where, used, given in USES:
        keys = [key for key in texts if key.startswith(used[:-1])] if used.endswith("*") else [used]
        for key in keys:
            named = {name for form in texts.get(key, ()) for name in placeholders(form)}
            if given is not None and not named <= given:
                wanting.append(f"{where} {key} {sorted(named - given)}")
    assert wanting == []


def test_chinese_texts_are_chinese_and_english_ones_have_no_chinese() -> None:
    words = re.compile(r"[\u4e00-\u9fff]")
    own_name = {"choice.language"}  # a language is named in itself
    english = catalogue("en").texts.items()
    assert [key for key, forms in english if key not in own_name and any(words.search(form) for form in forms)] == []


def test_what_somebody_typed_is_text_in_a_page() -> None:
    shown = catalogue("en").markup("device.seen", time="<b>now</b>")
    assert shown == "Last used: &lt;b&gt;now&lt;/b&gt;"
    assert catalogue("en").plural_markup("time.minutes_ago", 1) == "1 minute ago"
    assert catalogue("en").plural_markup("time.minutes_ago", 2) == "2 minutes ago"
    assert catalogue("zh-CN").plural("time.minutes_ago", 1200) == "1,200 分钟前"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_compiles(language: str) -> None:
    rendering.compile_templates()
    assert rendering.environment(language).cache


def test_an_unknown_text_stops_the_page() -> None:
    with pytest.raises(TextUnknown):
        catalogue("en").text("no.such.text")


def test_the_test_sees_what_templates_use() -> None:
    template = (
        "{{ _('a.b', x=1) }}{{ ngettext('a.n', 2) }}{{ _('a.c' if x else 'a.d') }}{{ _('state.' ~ s) }}{{ _(k) }}"
    )
    found = {(key, given) for _, key, given in calls_of("t", Environment(autoescape=True).parse(template))}
    assert found == {
        ("a.b", frozenset({"x"})),
        ("a.n", frozenset({"n"})),
        ("a.c", frozenset()),
        ("a.d", frozenset()),
        ("state.*", frozenset()),
    }
