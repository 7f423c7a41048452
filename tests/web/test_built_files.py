"""Built files: kept for ever under their names, packed when asked, and nothing beside them is ever served."""

import gzip
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from web.pages import assets


@pytest.fixture(autouse=True)
def dist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small build."""
    (tmp_path / "secret.txt").write_text("not for anybody")
    folder = tmp_path / "dist"
    (folder / "deep").mkdir(parents=True)
    (folder / "app-1.css").write_text("body{}")
    (folder / "app-1.css.gz").write_bytes(gzip.compress(b"body{}"))
    (folder / "app-1.css.br").write_bytes(b"brotli")
    (folder / "deep" / "reader-1.wasm").write_bytes(b"\0asm")
    (folder / "sw-1.js").write_text("self")
    (folder / "manifest.json").write_text('{"app.css": "app-1.css", "sw.js": "sw-1.js"}')
    monkeypatch.setattr(assets, "DIST", folder)
    assets._manifest.cache_clear()
    assets._served_files.cache_clear()
    return folder


async def test_a_built_file_is_kept_for_ever_and_packed_as_the_browser_likes(
    client: httpx.AsyncClient, app: Litestar
) -> None:
    assert assets.asset("app.css") == "/static/app-1.css"
    for accepted, encoding, body in (
        ("gzip, br", "br", b"brotli"),
        ("gzip;q=1.0", "gzip", b"body{}"),
        ("br;q=0, gzip", "gzip", b"body{}"),
        ("identity", None, b"body{}"),
    ):
        async with client.stream("GET", "/static/app-1.css", headers={"Accept-Encoding": accepted}) as answer:
            raw = b"".join([part async for part in answer.aiter_raw()])
            assert answer.headers.get("content-encoding") == encoding
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["content-type"] == "text/css; charset=utf-8"
            assert (gzip.decompress(raw) if encoding == "gzip" else raw) == body
    wasm = await client.get("/static/deep/reader-1.wasm")
    assert wasm.headers["content-type"] == "application/wasm"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../secret.txt",
        "/static/..%2fsecret.txt",
        "/static/deep/../../secret.txt",
        "/static/%2e%2e/secret.txt",
        "/static//etc/passwd",
        "/static/manifest.json",
        "/static/app-1.css.gz",
        "/static/deep",
        "/static/app-1.css%00",
    ],
)
async def test_nothing_but_the_build_is_served(client: httpx.AsyncClient, app: Litestar, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code in {400, 404}, path
    assert "not for anybody" not in answer.text


async def test_the_service_worker_answers_for_the_whole_site(client: httpx.AsyncClient, app: Litestar) -> None:
    worker = await client.get("/sw.js")
    assert (worker.status_code, worker.text) == (200, "self")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    assert worker.headers["content-type"].startswith("text/javascript")


async def test_a_new_build_is_seen_without_a_restart_while_pages_are_written(
    client: httpx.AsyncClient, app: Litestar, dist: Path
) -> None:
    await client.get("/static/app-1.css")
    (dist / "app-2.css").write_text("p{}")
    (dist / "manifest.json").write_text('{"app.css":  "app-2.css"}')
    assert assets.asset("app.css") == "/static/app-2.css"
    assert (await client.get("/static/app-2.css")).text == "p{}"
