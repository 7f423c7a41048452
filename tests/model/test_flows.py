"""The flows of the main job beside a model, with the trial balance after each step.

The seed of a run is printed; `--hypothesis-seed` plays the same lives again.
"""

import itertools
import random
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from kit import db
from kit.settings import OWNER_ROLE, install_settings
from tests.conftest import TEMPLATE, RealStores
from tests.faults.town import Town, build_town
from tests.model.machine import GOODS, PEOPLE, START, TownLife

MODEL_TEMPLATE = "template_of_the_model"
_numbers = itertools.count(1)
_towns: dict[str, Town] = {}


async def open_town(migrated: RealStores) -> Town:
    """A database of its own with the town in it, cloned from one that was built once."""
    if not _towns:
        await _clone(migrated, MODEL_TEMPLATE, TEMPLATE)
        install_settings(migrated.settings_for(MODEL_TEMPLATE))
        await db.open_pool()
        _towns[MODEL_TEMPLATE] = await build_town(residents=PEOPLE, goods=GOODS, at=START)
        await db.close_pool()
    name = f"model_{next(_numbers)}"
    await _clone(migrated, name, MODEL_TEMPLATE)
    install_settings(migrated.settings_for(name))
    await db.open_pool()
    return _towns[MODEL_TEMPLATE]


async def close_town(migrated: RealStores) -> None:
    """Let go of the database of this example."""
    name = await db.fetchval("SELECT current_database()::text")
    await db.close_pool()
    install_settings(migrated.settings)
    await migrated.administer(f"DROP DATABASE {name} WITH (FORCE)")


async def _clone(migrated: RealStores, name: str, template: str) -> None:
    await migrated.administer(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE} STRATEGY FILE_COPY")


def play(migrated: RealStores, config: pytest.Config, *, examples: int, steps: int, phases: tuple[Phase, ...]) -> None:
    """So many towns, each with so many steps; making a failing life shorter takes minutes and is asked for."""
    seed = int(config.getoption("--hypothesis-seed") or random.SystemRandom().randrange(10**9))
    sys.stderr.write(f"\n--hypothesis-seed={seed}\n")

    def bound(work: Callable[[RealStores], Coroutine[Any, Any, Any]]) -> Any:
        return staticmethod(lambda: work(migrated))

    machine = type("TownLife", (TownLife,), {"open_town": bound(open_town), "close_town": bound(close_town)})
    machine._hypothesis_internal_use_seed = seed  # type: ignore[attr-defined]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_flows_agree_with_the_model_and_the_books_balance_after_each_step(
    migrated: RealStores, pytestconfig: pytest.Config
) -> None:
    play(migrated, pytestconfig, examples=12, steps=25, phases=(Phase.generate,))


@pytest.mark.prove
def test_the_flows_agree_with_the_model_over_many_long_lives(migrated: RealStores, pytestconfig: pytest.Config) -> None:
    play(migrated, pytestconfig, examples=150, steps=60, phases=(Phase.generate, Phase.shrink))
