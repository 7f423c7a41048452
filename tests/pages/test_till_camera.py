"""The till's camera: a clerk holds a phone in front of it, and zxing reads the code out of the picture in the browser.

Chromium takes a film of ours for its camera. Debian's has no reader of its own, so our wasm reads.
"""

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from bench.weight import CHROMIUM, FLAGS
from rewards import qr

from .drawer import Drawer, filled_drawer, redemptions, shows, stand
from .town import ServedTown

WIDTH, HEIGHT = 640, 480
TABLE = (120, 92, 70)
A_WHILE = 3_000  # ms; the camera looks eight times a second
Filmed = Callable[..., AbstractAsyncContextManager[Page]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drawer(town: ServedTown) -> Drawer:
    """Vouchers of the first clerk's shop."""
    return await filled_drawer(town, 2)


@pytest.fixture
def filmed(town: ServedTown, drawer: Drawer, tmp_path: Path) -> Filmed:
    """A till in a browser whose camera sees this; `options` go to Chromium."""

    @asynccontextmanager
    async def at_till(seen: Image.Image, **options: Any) -> AsyncIterator[Page]:
        film = tmp_path / "film.y4m"
        film.write_bytes(film_of(seen))
        camera = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=[*FLAGS, *camera, f"--use-file-for-fake-video-capture={film}"]
            )
            page = await browser.new_page(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
            secret = (await town.page_session("merchant_clerk")).secret
            await page.context.add_cookies([{"name": "qunzhifen", "value": secret, "url": town.url}])
            await stand(page, town, drawer)
            await page.goto(f"{town.url}/till")
            yield page
            await browser.close()

    return at_till


def film_of(picture: Image.Image) -> bytes:
    """The picture as a film of two frames, uncompressed, as Chromium plays it over and over."""
    light, *colours = picture.resize((WIDTH, HEIGHT)).convert("YCbCr").split()
    small = [each.resize((WIDTH // 2, HEIGHT // 2)).tobytes() for each in colours]
    frame = b"FRAME\n" + light.tobytes() + b"".join(small)
    return f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2


def table(code: str | None) -> Image.Image:
    """What the camera sees: a table, and on it perhaps a phone that shows a code, a little askew."""
    seen = Image.new("RGB", (WIDTH, HEIGHT), TABLE)
    if code is not None:
        drawn = Image.open(io.BytesIO(qr.png(code))).convert("RGB").resize((300, 300))
        seen.paste(drawn.rotate(7, expand=True, fillcolor=TABLE), (150, 70))
    return seen


async def test_a_code_in_front_of_the_camera_is_redeemed(filmed: Filmed, drawer: Drawer, town: ServedTown) -> None:
    voucher = drawer.take()
    async with filmed(table(voucher.code)) as page:
        async with page.expect_response("**/zxing_reader-*.wasm") as fetched:
            await page.click("#camera-open")
        assert (await fetched.value).ok
        await shows(page, "good", "核销成功", "葱油拌面", "¥8")
        assert await redemptions(town, voucher) == 1
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(A_WHILE)  # it lies there still
        await expect(page.locator("#result")).to_have_count(0)
        await expect(page.locator("#camera")).to_be_visible()
        await page.click("#camera-close")
        assert await page.evaluate("() => document.querySelector('video').srcObject.active") is False
        await expect(page.locator("#code")).to_be_focused()
    assert await redemptions(town, voucher) == 1


async def test_a_table_without_a_code_leads_to_nothing(filmed: Filmed, town: ServedTown) -> None:
    before = await redemptions(town)
    async with filmed(table(None)) as page:
        await page.click("#camera-open")
        await page.wait_for_function("() => document.querySelector('video').currentTime > 0")
        await page.wait_for_timeout(A_WHILE)
        await expect(page.locator("#camera")).to_be_visible()
        await expect(page.locator("#result")).to_have_count(0)
        await expect(page.locator("#said")).to_be_empty()
    assert await redemptions(town) == before


async def test_a_camera_whose_reader_cannot_be_fetched_says_so(filmed: Filmed, drawer: Drawer) -> None:
    async with filmed(table(drawer.take().code), service_workers="block") as page:
        await page.route("**/zxing_reader-*.wasm", lambda route: route.abort())
        await page.click("#camera-open")
        await expect(page.locator("#said")).to_contain_text("摄像头打不开")
        await expect(page.locator("#camera")).to_be_hidden()
