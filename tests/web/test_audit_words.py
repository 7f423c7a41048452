"""Whatever the record can hold has words: each act and each thing that a flow writes down, and no others."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import web
from admin.results_file import Outcome as PaymentOutcome
from admin.schemas import StateName
from grid.states import State as EventState
from identity.role_requests import State as RequestState
from points.awards import LineResult
from points.decisions import Outcome
from web.pages.texts import LANGUAGES, catalogue
from web.staff.audit_words import AuditWords

ROOT = Path(web.__file__).parent.parent
PACKAGES = ("kit", "identity", "points", "merchants", "rewards", "grid", "admin", "web")
ENDINGS = {
    "award": set(get_args(LineResult)),
    "participation": set(get_args(LineResult)) - {"duplicate"},
    "verification": set(get_args(Outcome)) - {"reversed", "changed"},
    "event": set(get_args(EventState)),
    "bonus": set(get_args(StateName)) - {"exported", "paid", "failed", "returned"},
    "payout": set(get_args(PaymentOutcome)),
    "role_request": set(get_args(RequestState)) - {"open"},
}
"""Acts whose name ends in what came of them, `bonus.{state}`: what those can be."""


def calls() -> Iterator[ast.Call]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    yield node


def acts() -> Iterator[str]:
    for call in calls():
        for given in call.keywords:
            if given.arg != "action":
                continue
            match given.value:
                case ast.Constant(value=str(code)) if "." in code:
                    yield code
                case ast.IfExp(body=ast.Constant(value=str(one)), orelse=ast.Constant(value=str(other))):
                    yield from (one, other)
                case ast.JoinedStr(values=[ast.Constant(value=str(begin)), ast.FormattedValue()]):
                    yield from (f"{begin}{ending}" for ending in ENDINGS[begin.removesuffix(".")])


def things() -> Iterator[str]:
    for call in calls():
        for given in call.keywords:
            if given.arg == "subject" and isinstance(given.value, ast.Tuple):
                first = given.value.elts[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_act_and_every_thing_of_the_record_has_words(language: str) -> None:
    called = AuditWords(catalogue(language))
    assert sorted(set(acts()) ^ called.acts.keys()) == []
    assert sorted(set(things()) ^ called.things.keys()) == []


def test_a_code_without_words_shows_itself() -> None:
    called = AuditWords(catalogue("en"))
    assert called.act("bonus.approved") == "Bonus approved"
    assert called.act("moon.landed") == "moon.landed"
    assert called.thing("moon") == "moon"
