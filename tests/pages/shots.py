"""`make shots`: pictures of every page in every variant and in English, and contact sheets of them, to be looked at.

They lie in build/shots: a folder a variant, and `sheets/` with a sheet for every audience in every variant.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.async_api import Browser

from kit import db

from .browser import SHOTS, VARIANTS, Window, open_window
from .conftest import OpenWindow
from .every_page import DEVICES, SAMPLES, STATES, Sample, furnish, people_of
from .town import ServedTown

SHEETS = SHOTS / "sheets"
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
ALL = (*SAMPLES, *STATES)
LABEL = 28
GAP = 16
ACROSS = 2000
WIDE, NARROW = 640, 320
"""Pixels across: of a sheet, and of a page on it as wide windows and as phones show it."""
LONGEST = 2
"""A page is cut off at so many times its width; the picture itself is whole."""


async def picture(window: Window, pages: Iterable[Sample], folder: str = "") -> list[tuple[Sample, Path]]:
    """Take a picture of each of these pages."""
    taken = []
    for each in pages:
        await window.open(await each.address(window))
        await window.page.wait_for_timeout(150)  # what is drawn after the page has come, such as a code
        taken.append((each, await window.shot(f"{folder}{each.called}")))
    return taken


def sheet(title: str, paths: Sequence[Path]) -> Path:
    """Lay pictures side by side, each with its name, in rows as high as the longest of them."""
    letters = ImageFont.truetype(FONT, 15)
    pages = []
    for path in paths:
        with Image.open(path) as whole:
            across = WIDE if whole.width > NARROW * 3 else NARROW
            small = whole.convert("RGB").resize((across, max(1, whole.height * across // whole.width)))
        pages.append((path.stem, small.crop((0, 0, across, min(small.height, across * LONGEST)))))
    beside = max(1, ACROSS // (max(page.width for _, page in pages) + GAP))
    rows = [pages[start : start + beside] for start in range(0, len(pages), beside)]
    heights = [max(page.height for _, page in row) + LABEL + GAP for row in rows]
    laid = Image.new("RGB", (ACROSS + GAP, sum(heights) + GAP), (120, 120, 120))
    pen, top = ImageDraw.Draw(laid), GAP
    for row, height in zip(rows, heights, strict=True):
        for place, (name, page) in enumerate(row):
            left = GAP + place * (page.width + GAP)
            pen.text((left, top), name, font=letters, fill=(255, 255, 255))
            laid.paste(page, (left, top + LABEL))
        top += height
    path = SHEETS / f"{title}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    laid.save(path)
    return path


async def speak(town: ServedTown, role: str | None, nth: int, language: str) -> None:
    """Let a person read in this language: for who is signed in, his own choice goes before the browser's."""
    if role is not None:
        person = await town.person(role, nth)
        async with town.inside(), db.transaction():
            await db.current().execute("UPDATE identity_person SET language = $1 WHERE id = $2", language, person)


async def picture_all(browser: Browser, town: ServedTown, variant: str | None, language: str) -> list[Path]:
    """Every page in one variant, or in that of its audience; gives the sheets."""
    taken: list[tuple[Sample, Path]] = []
    for (role, nth), pages in people_of(ALL).items():
        await speak(town, role, nth, language)
        for device in {variant or DEVICES[each.audience] for each in pages}:
            mine = [each for each in pages if variant or DEVICES[each.audience] == device]
            window = await open_window(browser, town, role, nth=nth, variant=device, language=language)
            taken += await picture(window, mine, "" if variant else f"{language}-")
            await window.context.close()
        await speak(town, role, nth, "zh-CN")
    audiences = {each.audience for each, _ in taken}
    return [
        sheet(
            f"{audience}-{(variant or language).replace(' ', '-')}",
            [path for each, path in taken if each.audience == audience],
        )
        for audience in sorted(audiences)
    ]


@pytest.mark.parametrize("variant", [*VARIANTS, None])
async def test_pictures_are_taken_of_every_page(
    window: OpenWindow, chromium: Browser, town: ServedTown, variant: str | None
) -> None:
    office = await window("operations_admin", variant="desktop")
    await furnish(office)
    sheets = await picture_all(chromium, town, variant, "zh-CN" if variant else "en")
    assert all(each.exists() for each in sheets)
