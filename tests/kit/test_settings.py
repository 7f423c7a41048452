"""Settings: read once, complete, and careful in production."""

import base64
from pathlib import Path

import pytest

from kit.settings import SettingsRefused, child_environment, read_settings

KEYS = "2026a:" + base64.b64encode(b"k" * 32).decode()


def test_nothing_set_means_development_with_stores_of_our_own(tmp_path: Path) -> None:
    found = read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path)})
    assert found.environment == "development"
    assert found.embedded_database
    assert found.embedded_redis
    assert found.database_url != found.migration_database_url


def test_development_keys_are_made_once_and_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    first = read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path)})
    assert read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path)}).keys == first.keys
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_a_key_never_shows_itself(tmp_path: Path) -> None:
    assert "kkkk" not in repr(read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path), "QUNZHIFEN_KEYS": KEYS}))


def test_production_takes_keys_of_its_own(tmp_path: Path) -> None:
    production = {"QUNZHIFEN_ENV": "production", "QUNZHIFEN_DATA_DIR": str(tmp_path)}
    assert read_settings({**production, "QUNZHIFEN_KEYS": KEYS}).production
    with pytest.raises(SettingsRefused, match="QUNZHIFEN_KEYS"):
        read_settings(production)
    with pytest.raises(SettingsRefused, match="development made"):
        read_settings({**production, "QUNZHIFEN_KEYS": KEYS.replace("2026a", "dev-1")})


def test_production_refuses_an_unsafe_database(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match="ALLOW_UNSAFE_DATABASE"):
        read_settings(
            {
                "QUNZHIFEN_ENV": "production",
                "QUNZHIFEN_DATA_DIR": str(tmp_path),
                "QUNZHIFEN_KEYS": KEYS,
                "ALLOW_UNSAFE_DATABASE": "1",
            }
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUNZHIFEN_ENV", "prod"),
        ("PORT", "http"),
        ("QUNZHIFEN_KEYS", "short:YQ=="),
        ("QUNZHIFEN_KEYS", "nothing"),
        ("QUNZHIFEN_SMS_SENDER", "pigeon"),
    ],
)
def test_a_malformed_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsRefused, match=name):
        read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path), name: value})


def test_one_database_url_serves_as_owner_and_app(tmp_path: Path) -> None:
    found = read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path), "DATABASE_URL": "postgresql://civic@db/civic"})
    assert found.migration_database_url == found.database_url
    assert not found.embedded_database


def test_a_child_process_reads_the_same_settings(tmp_path: Path) -> None:
    found = read_settings({"QUNZHIFEN_DATA_DIR": str(tmp_path), "PORT": "8100", "QUNZHIFEN_WORKERS": "1"})
    assert read_settings(child_environment(found)) == found
