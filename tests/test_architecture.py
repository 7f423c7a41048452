"""ARCHITECTURE.md is true: what its flow table names exists."""

import importlib
import re
from pathlib import Path

TEXT = (Path(__file__).parent.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
TABLE = TEXT.split("## How the flows go down the stack")[1].split("\n## ")[0]
NAMED = sorted(set(re.findall(r"`([a-z_]+\.[a-z_.]+\.[a-z_]+|[a-z]+\.[a-z_]+\.[a-z_]+)`", TABLE)))


def test_every_function_of_the_flow_table_exists() -> None:
    assert len(NAMED) > 30
    missing = [name for name in NAMED if not _exists(name)]
    assert not missing


def _exists(name: str) -> bool:
    module, _, function = name.rpartition(".")
    return callable(getattr(importlib.import_module(module), function, None))
