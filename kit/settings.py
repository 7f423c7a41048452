"""Settings: the one place that reads the environment, once, into a value that never changes.

With no variable set the product runs for development: its own embedded PostgreSQL and Valkey under `.data/`, keys
made at the first start. Production must be told everything that a default could get wrong.
"""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

Environment = Literal["development", "test", "production"]
SmsSender = Literal["log"]

OWNER_ROLE = "qunzhifen_owner"
APP_ROLE = "qunzhifen_app"
DATABASE = "qunzhifen"

_KEY_BYTES = 32


class SettingsRefused(RuntimeError):
    """The settings are missing, malformed or not safe for this environment; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class SecretKey:
    """One key of the ring: the id that is written beside what it signed or sealed, and 32 bytes."""

    id: str
    material: bytes

    def __repr__(self) -> str:
        """Name the key without showing it."""
        return f"SecretKey({self.id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedPaths:
    """Where the stores that we run ourselves live; derived from the data folder, so every process agrees."""

    postgres_data: Path
    valkey_data: Path
    sockets: Path
    """A short path: a socket's address has at most 107 bytes."""
    lock: Path

    @staticmethod
    def under(data_dir: Path) -> "EmbeddedPaths":
        """The paths for this data folder."""
        mark = sha256(f"{os.geteuid()}:{data_dir}".encode()).hexdigest()[:12]
        return EmbeddedPaths(
            postgres_data=data_dir / "postgres",
            valkey_data=data_dir / "valkey",
            sockets=Path("/tmp") / f"qunzhifen-{mark}",  # noqa: S108 - made 0700 and its owner checked before use
            lock=data_dir / "stores.lock",
        )

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """The address of a database of the embedded server, for this role."""
        return f"postgresql://{role}@/{database}?host={self.sockets}"

    @property
    def redis_url(self) -> str:
        """The address of the embedded Valkey."""
        return f"unix://{self.sockets}/valkey.sock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a process needs to know about its surroundings."""

    environment: Environment
    database_url: str
    """The app's connection: a role that may not change transfers, decisions and audit rows."""
    migration_database_url: str
    """The owner of the tables; the same as `database_url` where only one role exists."""
    redis_url: str
    embedded_database: bool
    embedded_redis: bool
    data_dir: Path
    files_dir: Path
    keys: tuple[SecretKey, ...]
    """The ring, newest first: the first signs and seals, all of them open. `kit.crypto` derives a key per purpose."""
    allow_unsafe_database: bool
    port: int
    workers: int
    sms_sender: SmsSender
    postgres_bin: Path | None
    """A folder of PostgreSQL programs to run instead of the wheel's."""
    redis_server: Path | None
    """A redis-server or valkey-server to run instead of the wheel's."""
    service_phone: str = "12345"
    """Whom residents ring when they need help; the hotline of every Chinese county."""

    @property
    def embedded(self) -> EmbeddedPaths:
        """Where the embedded stores of this data folder live."""
        return EmbeddedPaths.under(self.data_dir)

    @property
    def production(self) -> bool:
        """Whether real residents depend on this process."""
        return self.environment == "production"


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from variables; development keys are made in the data folder the first time."""
    environment = _environment(environ)
    data_dir = Path(environ.get("QUNZHIFEN_DATA_DIR", ".data")).resolve()
    paths = EmbeddedPaths.under(data_dir)
    database_url = environ.get("DATABASE_URL", "")
    redis_url = environ.get("REDIS_URL", "")
    result = Settings(
        environment=environment,
        database_url=database_url or paths.database_url(APP_ROLE),
        migration_database_url=(
            environ.get("MIGRATION_DATABASE_URL", "") or database_url or paths.database_url(OWNER_ROLE)
        ),
        redis_url=redis_url or paths.redis_url,
        embedded_database=not database_url,
        embedded_redis=not redis_url,
        data_dir=data_dir,
        files_dir=Path(environ.get("FILES_DIR", str(data_dir / "files"))).resolve(),
        keys=_keys(environ.get("QUNZHIFEN_KEYS", ""), environment, data_dir),
        allow_unsafe_database=_flag(environ, "ALLOW_UNSAFE_DATABASE"),
        port=_number(environ, "PORT", 8000),
        workers=_number(environ, "QUNZHIFEN_WORKERS", min(2, os.cpu_count() or 1)),
        sms_sender=_sms_sender(environ),
        postgres_bin=_path(environ, "QUNZHIFEN_PG_BIN"),
        redis_server=_path(environ, "QUNZHIFEN_REDIS_SERVER"),
        service_phone=environ.get("QUNZHIFEN_SERVICE_PHONE", "") or "12345",
    )
    _refuse_unsafe(result)
    return result


def settings() -> Settings:
    """The settings of this process, read from the environment the first time."""
    if _installed.value is None:
        _installed.value = read_settings(os.environ)
    return _installed.value


def install_settings(value: Settings | None) -> None:
    """Use these settings from now on (tests, and commands with options); `None` reads the environment again."""
    _installed.value = value


def child_environment(value: Settings) -> dict[str, str]:
    """Variables from which a child process reads the same settings."""
    chosen = {
        "QUNZHIFEN_ENV": value.environment,
        "QUNZHIFEN_DATA_DIR": str(value.data_dir),
        "FILES_DIR": str(value.files_dir),
        "QUNZHIFEN_KEYS": write_keys(value.keys),
        "PORT": str(value.port),
        "QUNZHIFEN_WORKERS": str(value.workers),
        "QUNZHIFEN_SMS_SENDER": value.sms_sender,
        "ALLOW_UNSAFE_DATABASE": "1" if value.allow_unsafe_database else "",
        "QUNZHIFEN_PG_BIN": str(value.postgres_bin or ""),
        "QUNZHIFEN_REDIS_SERVER": str(value.redis_server or ""),
        "QUNZHIFEN_SERVICE_PHONE": value.service_phone,
        "DATABASE_URL": "" if value.embedded_database else value.database_url,
        "MIGRATION_DATABASE_URL": "" if value.embedded_database else value.migration_database_url,
        "REDIS_URL": "" if value.embedded_redis else value.redis_url,
    }
    return {**os.environ, **chosen}


def write_keys(keys: tuple[SecretKey, ...]) -> str:
    """The ring as `QUNZHIFEN_KEYS` takes it: `id:base64,id:base64`, newest first."""
    return ",".join(f"{key.id}:{base64.b64encode(key.material).decode()}" for key in keys)


class _Installed:
    """The one mutable thing here: which settings this process uses."""

    value: Settings | None = None


_installed = _Installed()


def _environment(environ: Mapping[str, str]) -> Environment:
    name = environ.get("QUNZHIFEN_ENV", "development")
    if name in {"development", "test", "production"}:
        return name  # type: ignore[return-value]
    raise SettingsRefused(f"QUNZHIFEN_ENV is {name!r}; use development, test or production.")


def _sms_sender(environ: Mapping[str, str]) -> SmsSender:
    name = environ.get("QUNZHIFEN_SMS_SENDER", "log")
    if name == "log":
        return "log"
    raise SettingsRefused(f"QUNZHIFEN_SMS_SENDER is {name!r}; the only sender so far is log.")


def _flag(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() in {"1", "true", "yes", "on"}


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdigit():
        raise SettingsRefused(f"{name} is {text!r}; give a whole number.")
    return int(text)


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    text = environ.get(name, "")
    return Path(text) if text else None


def _keys(text: str, environment: Environment, data_dir: Path) -> tuple[SecretKey, ...]:
    if text:
        return tuple(_key(entry) for entry in text.split(","))
    if environment == "production":
        raise SettingsRefused("QUNZHIFEN_KEYS is not set; production needs its own keys: id:base64 of 32 random bytes.")
    return _development_keys(data_dir / "secrets.json")


def _key(entry: str) -> SecretKey:
    name, _, encoded = entry.strip().partition(":")
    try:
        material = base64.b64decode(encoded, validate=True)
    except ValueError:
        material = b""
    if not name or len(material) != _KEY_BYTES:
        raise SettingsRefused("QUNZHIFEN_KEYS holds a malformed key; each is id:base64 of 32 random bytes.")
    return SecretKey(name, material)


def _development_keys(path: Path) -> tuple[SecretKey, ...]:
    """Keys kept in a file that only this user may read, made complete under another name and then put in place."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = SecretKey(f"dev-{secrets.token_hex(4)}", secrets.token_bytes(_KEY_BYTES))
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"keys": write_keys((fresh,))}, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its keys are the ones
        finally:
            draft.unlink()
    return tuple(_key(entry) for entry in json.loads(path.read_text())["keys"].split(","))


def _refuse_unsafe(value: Settings) -> None:
    if not value.production:
        return
    if value.allow_unsafe_database:
        raise SettingsRefused("ALLOW_UNSAFE_DATABASE is for tests; production refuses it.")
    if any(key.id.startswith("dev-") for key in value.keys):
        raise SettingsRefused("QUNZHIFEN_KEYS holds a key that development made; make new ones for production.")
