"""The limits of the house, which no exception list softens."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("kit", "identity", "points", "merchants", "rewards", "grid", "admin", "web", "seed")
FUNCTION_LINES = 60
FILE_LINES = 400
TEST_FILE_LINES = 600
RUFF_IGNORES = 20
BANNED_NAMES = {"service", "services", "utils", "util", "helpers", "helper", "common", "core", "base", "manager"}
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ENVIRONMENT = re.compile(r"\bos\.(environ|getenv|putenv)\b|from os import .*\b(environ|getenv)\b")
SQL_HEADER = ("Purpose", "Called by", "Locks", "Index")


def _sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sorted(path for path in found if "piccolo_migrations" not in path.parts)


PRODUCT = [*_sources(*PACKAGES), ROOT / "piccolo_conf.py"]
ALL = [*PRODUCT, *_sources("tests", "bench")]


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call))


def _spoken(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in ALL
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_no_file_is_longer_than_its_limit() -> None:
    long = [
        _name(path)
        for path in ALL
        if len(path.read_text(encoding="utf-8").splitlines())
        > (TEST_FILE_LINES if path.is_relative_to(ROOT / "tests") else FILE_LINES)
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [_name(path) for path in ALL if BANNED_NAMES & {path.stem, path.parent.name}] == []


def test_nothing_is_left_for_later() -> None:
    here = Path(__file__)
    texts = [*ALL, *(path for folder in PACKAGES for path in (ROOT / folder).rglob("*.sql"))]
    assert [_name(path) for path in texts if path != here and LEFTOVERS.search(path.read_text(encoding="utf-8"))] == []


def test_nothing_prints_but_commands_through_click() -> None:
    assert [
        f"{_name(path)}:{call.lineno}" for path in PRODUCT for call in _calls(path) if _spoken(call) == "print"
    ] == []


def test_the_environment_is_read_in_settings_alone() -> None:
    readers = {_name(path) for path in ALL if path != Path(__file__) and ENVIRONMENT.search(path.read_text("utf-8"))}
    assert readers <= {"kit/settings.py"}


def test_every_module_says_what_it_is_for() -> None:
    assert [_name(path) for path in ALL if not ast.get_docstring(_tree(path)) and path.read_text("utf-8").strip()] == []


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        f"{_name(path)}:{inner.lineno}"
        for path in PRODUCT
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_another_packages_tables_are_imported_by_tables_alone() -> None:
    strays = []
    for path in PRODUCT:
        own = path.relative_to(ROOT).parts[0]
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".tables"):
                owner = node.module.split(".")[0]
                if owner in PACKAGES and owner != own and path.stem != "tables":
                    strays.append(f"{_name(path)}:{node.lineno} {node.module}")
    assert strays == []


def test_migrations_import_no_live_table() -> None:
    names = "|".join(PACKAGES)
    live = re.compile(rf"^\s*(from|import) ({names})(\.tables| import (.*, )?tables\b)", re.MULTILINE)
    migrations = [path for folder in PACKAGES for path in (ROOT / folder).glob("piccolo_migrations/*.py")]
    assert [_name(path) for path in migrations if live.search(path.read_text(encoding="utf-8"))] == []


def test_transactions_are_opened_through_the_one_door() -> None:
    """A package opens a transaction by making a function a flow; only kit and the tools of the schema open one bare."""
    allowed = {"web/migrate.py"}
    bare = [
        f"{_name(path)}:{call.lineno}"
        for path in PRODUCT
        if path.relative_to(ROOT).parts[0] != "kit" and _name(path) not in allowed
        for call in _calls(path)
        if _spoken(call).endswith(".transaction") and not any(word.arg == "read_only" for word in call.keywords)
    ]
    assert bare == []


def test_a_tables_module_has_tables_and_no_functions() -> None:
    functions = [
        f"{_name(path)}:{node.lineno}"
        for path in PRODUCT
        if path.stem == "tables"
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert functions == []


def test_every_foreign_key_restricts_and_defaults_to_nothing() -> None:
    careless = []
    for path in PRODUCT:
        for call in _calls(path):
            if _spoken(call) != "ForeignKey":
                continue
            given = {word.arg: ast.unparse(word.value) for word in call.keywords}
            if given.get("on_delete") != "OnDelete.restrict" or given.get("default") != "None" or "null" not in given:
                careless.append(f"{_name(path)}:{call.lineno}")
    assert careless == []


def test_every_statement_has_its_header() -> None:
    without = [
        _name(path)
        for folder in PACKAGES
        for path in (ROOT / folder).rglob("sql/*.sql")
        if any(f"-- {part}:" not in path.read_text(encoding="utf-8") for part in SQL_HEADER)
    ]
    assert without == []


def test_every_statement_is_explained_by_a_test() -> None:
    """Somewhere a test looks at its plan: it names the statement, and asks for EXPLAIN."""
    tests = [path.read_text(encoding="utf-8") for path in _sources("tests") if path != Path(__file__)]
    explaining = [text for text in tests if "EXPLAIN" in text]
    statements = [path for folder in PACKAGES for path in (ROOT / folder).rglob("sql/*.sql")]
    assert len(statements) > 1
    assert [
        _name(path)
        for path in statements
        if not any(re.search(rf"\b{path.stem}\b", text) and path.parts[-3] in text for text in explaining)
    ] == []


def _refusals() -> list[tuple[str, str, bool]]:
    """Where each refusal stands, its code, and whether it has its two texts."""
    found = []
    for path in PRODUCT:
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ClassDef):
                values = {
                    ast.unparse(each.targets[0]): ast.unparse(each.value)
                    for each in node.body
                    if isinstance(each, ast.Assign)
                }
                if "code" in values and {"zh", "en"} & values.keys():
                    found.append((f"{_name(path)} {node.name}", values["code"], {"zh", "en"} <= values.keys()))
    return found


def test_every_refusal_has_a_code_of_its_own_and_both_languages() -> None:
    refusals = _refusals()
    codes = [code for _, code, _ in refusals]
    assert sorted(code for code in set(codes) if codes.count(code) > 1) == []
    assert [where for where, _, both in refusals if not both] == []


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_path_a_document_names_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    tops = "|".join([*PACKAGES, "tests", "bench", "docs", "requirements"])
    named = set(re.findall(rf"`((?:{tops})/[\w./-]*)`", text)) | set(
        re.findall(r"\]\(((?!https?:|#|mailto:)[^)#\s]+)", text)
    )
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_ruff_ignores_at_most_twenty_rules_each_with_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert len(lint["ignore"]) <= RUFF_IGNORES
    unexplained = [code for code in lint["ignore"] if not re.search(rf'"{code}",\s+# \w', text)]
    assert unexplained == []


def test_every_package_has_its_directions_of_imports() -> None:
    """import-linter proves the directions; here a package that has no contract of its own is seen."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    exhaustive = {each["containers"][0] for each in contracts if each.get("exhaustive")}
    assert set(PACKAGES) - {"seed"} == exhaustive


def test_requirement_files_name_no_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        assert not re.search(r"://|^-", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


def test_every_dependency_has_its_reason_in_contributing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    names = {re.split(r"[\[><=!~ ]", each)[0] for each in (*project["dependencies"], *extras)}
    rows = re.findall(r"^\| ([\w, -]+) \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    explained = {name.strip() for row in rows for name in row.split(",")}
    assert sorted(names - explained) == []


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, wanted in (
        ("runtime", project["dependencies"]),
        ("dev", [*project["dependencies"], *project["optional-dependencies"]["dev"]]),
    ):
        pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / f"requirements/{name}.txt").read_text("utf-8"), re.MULTILINE))
        assert sorted({re.split(r"[\[><=!~ ]", each)[0].lower() for each in wanted} - pinned) == [], name
