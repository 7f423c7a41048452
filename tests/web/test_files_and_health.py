"""Pictures over HTTP, readiness, and an app that serves without Valkey."""

import io
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from PIL import Image

from identity.actor import Actor
from kit import db, embedded, files
from kit.embedded import Server
from kit.ids import new_id
from kit.settings import install_settings, read_settings, settings
from web import health, wiring
from web.app import create_app
from web.health import UnsafeDatabase

from .conftest import Callers


def picture(**options: Any) -> bytes:
    encoded = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(encoded, "JPEG", **options)
    return encoded.getvalue()


async def upload(client: httpx.AsyncClient, headers: dict[str, str], data: bytes, name: str = "file") -> httpx.Response:
    return await client.post("/api/files", files={name: ("photo.jpg", data, "image/jpeg")}, headers=headers)


async def test_a_picture_comes_back_to_its_owner_without_its_place(client: httpx.AsyncClient, callers: Callers) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    me = callers.headers("resident")
    sent = await upload(client, me, picture(exif=exif))
    assert sent.status_code == 201, sent.text
    got = await client.get(f"/api/files/{sent.json()['id']}", headers=me)
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["cache-control"] == "no-store"
    assert b"SecretCamera" not in got.content
    with Image.open(io.BytesIO(got.content)) as opened:
        assert opened.size == (40, 30)
    assert await db.fetchval("SELECT count(*) FROM identity_audit_entry WHERE action = 'file.uploaded'") == 1


async def test_a_picture_that_belongs_to_nothing_yet_is_its_owners_alone(
    client: httpx.AsyncClient, callers: Callers
) -> None:
    sent = await upload(client, callers.headers("resident"), picture())
    path = f"/api/files/{sent.json()['id']}"
    status = {
        role: (await client.get(path, headers=callers.headers(role))).status_code
        for role in ("village_verifier", "micro_grid_head", "merchant_clerk")
    }
    assert status == {"village_verifier": 404, "micro_grid_head": 404, "merchant_clerk": 404}
    assert (await client.get(path, headers=callers.headers("resident"))).status_code == 200
    assert (await client.get(path)).status_code == 401
    assert (await client.get(f"/api/files/{new_id()}", headers=callers.headers("resident"))).status_code == 404


async def test_the_thing_s_package_says_who_sees_what_was_claimed_for_it(
    client: httpx.AsyncClient, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = await upload(client, callers.headers("resident"), picture())
    subject = ("testthing", new_id())
    async with db.transaction():
        await files.claim([UUID(sent.json()["id"])], owner_id=callers.people["resident"], subject=subject)

    async def only_clerks(actor: Actor, thing_id: UUID) -> bool:
        return actor.has("merchant_clerk") and thing_id == subject[1]

    monkeypatch.setattr(wiring, "collect_file_viewers", lambda: {"testthing": only_clerks})
    monkeypatch.setattr("web.uploads.collect_file_viewers", wiring.collect_file_viewers)
    status = {
        role: (await client.get(f"/api/files/{sent.json()['id']}", headers=callers.headers(role))).status_code
        for role in ("resident", "village_verifier", "merchant_clerk")
    }
    assert status == {"resident": 200, "village_verifier": 404, "merchant_clerk": 200}


async def test_what_is_no_upload_is_refused_with_its_reason(client: httpx.AsyncClient, callers: Callers) -> None:
    me = callers.headers("resident")
    answers = {
        "text": await upload(client, me, b"no picture at all"),
        "huge": await upload(client, me, bytes(files.MOST_BYTES + 1)),
        "endless": await upload(client, me, bytes(files.MOST_BYTES * 2)),
        "misnamed": await upload(client, me, picture(), name="photo"),
        "field": await client.post("/api/files", data={"file": "text"}, files={"x": b""}, headers=me),
        "json": await client.post("/api/files", json={}, headers=me),
        "nothing": await client.post("/api/files", headers=me),
        "broken": await client.post(
            "/api/files", content=b"nonsense", headers={**me, "content-type": "multipart/form-data; boundary=x"}
        ),
        "unbounded": await client.post(
            "/api/files", content=b"nonsense", headers={**me, "content-type": "multipart/form-data"}
        ),
    }
    codes = {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()}
    assert codes == {
        "text": (400, "file_unreadable"),
        "huge": (413, "file_too_large"),
        "endless": (413, "body_too_large"),
        "misnamed": (400, "invalid"),
        "field": (400, "invalid"),
        "json": (415, "unsupported_media_type"),
        "nothing": (415, "unsupported_media_type"),
        "broken": (400, "malformed"),
        "unbounded": (400, "invalid"),
    }


async def test_a_ready_app_says_so_and_counts(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).json() == {"status": "ok"}
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert (await client.request("INVENTED-1", "/readyz")).status_code == 405
    counted = await client.get("/metrics")
    assert "INVENTED" not in counted.text
    assert counted.headers["content-type"].startswith("text/plain")
    assert 'qunzhifen_http_requests_total{method="GET",route="/readyz",status="200"}' in counted.text
    assert "qunzhifen_jobs_waiting" in counted.text


async def test_a_missing_migration_is_not_ready(client: httpx.AsyncClient, owner: "asyncpg.Connection") -> None:
    await owner.execute("DELETE FROM migration WHERE name = (SELECT min(name) FROM migration)")
    health._Migrations.applied_to = ""
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
    assert ready.json()["checks"]["migrations"] == "waiting: 1"


async def test_without_the_database_it_lives_and_is_not_ready(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "PATIENCE", 0.2)
    await db.close_pool()
    await db.open_pool("postgresql://nobody@127.0.0.1:9/nowhere")
    assert (await client.get("/livez")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "away")
    answer = await client.post("/api/auth/login", json={"login": "a", "password": "correct horse battery"})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
    assert answer.headers["retry-after"]
    assert (await client.get("/metrics")).status_code == 200


async def test_a_forgetful_database_is_not_served_with(database: str) -> None:
    install_settings(replace(settings(), allow_unsafe_database=False))
    made = create_app()
    with pytest.RaisesGroup(pytest.RaisesExc(UnsafeDatabase, match="fsync")):
        await made.lifespan().__aenter__()


@pytest.fixture
def own_valkey(tmp_path: Path, database: str) -> Iterator[Server]:
    """A Valkey of this test's own, which the app then uses."""
    own = read_settings({"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(tmp_path)})
    own.embedded.sockets.mkdir(mode=0o700, exist_ok=True)
    server = embedded.start_valkey(own)
    install_settings(replace(settings(), redis_url=own.redis_url))
    yield server
    server.stop()


async def test_without_valkey_it_is_degraded_and_everything_works(
    own_valkey: Server, client: httpx.AsyncClient, callers: Callers
) -> None:
    assert (await client.get("/readyz")).json()["status"] == "ok"
    assert own_valkey.process is not None
    own_valkey.process.send_signal(signal.SIGKILL)
    own_valkey.process.wait()
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    me = callers.headers("resident")
    assert (await client.get("/api/me", headers=me)).status_code == 200
    assert (await client.get("/api/me/messages", headers=me)).status_code == 200
    assert (await upload(client, me, picture())).status_code == 201
