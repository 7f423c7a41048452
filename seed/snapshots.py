"""What a phone would have taken: small drawn scenes, each a little different, so that no two pictures are the same.

They stand in for the pictures that residents and grid workers send, with the same size and shape; nothing of anybody is
in them.
"""

import io
from collections.abc import Callable
from random import Random
from typing import Final
from uuid import UUID

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from identity.actor import Actor
from web.uploads import upload_picture

WIDTH, HEIGHT = 800, 600
_GROUND: Final = 400
Colour = tuple[int, int, int]
Pen = ImageDraw.ImageDraw
Scene = Callable[[Pen, Random], None]

_SKIES: Final = (
    ((196, 214, 226), (236, 236, 226)),
    ((158, 178, 198), (222, 206, 186)),
    ((206, 210, 212), (232, 232, 228)),
)
_WALLS: Final[tuple[Colour, ...]] = (
    (214, 198, 172),
    (190, 178, 162),
    (204, 206, 200),
    (182, 150, 124),
    (222, 214, 198),
)
_ROADS: Final[tuple[Colour, ...]] = ((126, 126, 124), (146, 140, 130), (112, 116, 118))
_DARK: Final[Colour] = (52, 56, 60)
_CLOTH: Final[tuple[Colour, ...]] = (
    (29, 78, 116),
    (62, 122, 86),
    (214, 150, 44),
    (186, 66, 38),
    (226, 226, 220),
    (72, 74, 80),
)


def _street(pen: Pen, draw: Random) -> None:
    above, below = draw.choice(_SKIES)
    for y in range(_GROUND):
        share = y / _GROUND
        pen.line([(0, y), (WIDTH, y)], tuple(round(a + (b - a) * share) for a, b in zip(above, below, strict=True)))
    left = -draw.randint(0, 80)
    while left < WIDTH:
        across, top = draw.randint(150, 260), draw.randint(60, 220)
        pen.rectangle((left, top, left + across, _GROUND), draw.choice(_WALLS))
        for x in range(left + 22, left + across - 40, 62):
            for y in range(top + 28, _GROUND - 60, 78):
                pen.rectangle((x, y, x + 34, y + 44), draw.choice(((86, 104, 118), (102, 118, 128), (228, 206, 150))))
        left += across + draw.randint(0, 14)
    pen.rectangle((0, _GROUND, WIDTH, HEIGHT), draw.choice(_ROADS))
    pen.polygon([(0, _GROUND), (WIDTH, _GROUND), (WIDTH, _GROUND + 26), (0, _GROUND + 26)], (176, 172, 164))


def _wall(pen: Pen, draw: Random) -> None:
    colour = draw.choice(_WALLS)
    pen.rectangle((0, 0, WIDTH, HEIGHT), colour)
    for y in range(0, HEIGHT, 46):
        for x in range(-(y // 46 % 2) * 48, WIDTH, 96):
            shade = draw.randint(-10, 8)
            pen.rectangle((x, y, x + 93, y + 43), tuple(min(max(part + shade, 0), 255) for part in colour))


def _bags(pen: Pen, draw: Random) -> None:
    _street(pen, draw)
    for _ in range(draw.randint(9, 15)):
        x, y, wide = draw.randint(120, 600), draw.randint(400, 520), draw.randint(60, 120)
        if draw.random() < 0.35:  # noqa: PLR2004 - a third of it is boards and boxes
            pen.polygon(
                [(x, y), (x + wide, y - 24), (x + wide + 14, y + 40), (x + 8, y + 60)], (188, 152, 106), (120, 94, 62)
            )
        else:
            pen.ellipse((x, y - 30, x + wide, y + 54), draw.choice(_CLOTH), _DARK)
            pen.polygon([(x + wide // 2 - 9, y - 44), (x + wide // 2 + 9, y - 44), (x + wide // 2, y - 20)], _DARK)


def _car(pen: Pen, draw: Random) -> None:
    _street(pen, draw)
    for number in range(draw.randint(1, 2)):
        x, y, colour = 90 + number * 330 + draw.randint(-30, 30), 440 + number * 30, draw.choice(_CLOTH)
        pen.polygon([(x + 50, y - 70), (x + 200, y - 70), (x + 250, y), (x + 10, y)], colour, _DARK)
        pen.polygon([(x + 66, y - 60), (x + 122, y - 60), (x + 122, y - 8), (x + 40, y - 8)], (170, 188, 198))
        pen.polygon([(x + 132, y - 60), (x + 192, y - 60), (x + 224, y - 8), (x + 132, y - 8)], (170, 188, 198))
        pen.rounded_rectangle((x - 20, y - 4, x + 300, y + 66), 18, colour, _DARK)
        for wheel in (x + 34, x + 206):
            pen.ellipse((wheel, y + 34, wheel + 62, y + 96), _DARK)
            pen.ellipse((wheel + 18, y + 52, wheel + 44, y + 78), (170, 170, 166))


def _wire(pen: Pen, draw: Random) -> None:
    _street(pen, draw)
    x, sag = draw.randint(240, 420), draw.randint(30, 80)
    pen.line([(x, 150), (x + sag, 300), (x + 60, 430), (x + 150, 470)], (196, 48, 32), 7, "curve")
    for wheel in (x + 110, x + 270):
        pen.ellipse((wheel, 470, wheel + 84, 554), _DARK)
        pen.ellipse((wheel + 22, 492, wheel + 62, 532), (150, 150, 146))
    pen.polygon([(x + 150, 500), (x + 200, 420), (x + 300, 430), (x + 312, 510)], draw.choice(_CLOTH), _DARK)
    pen.line([(x + 300, 500), (x + 280, 380), (x + 250, 376)], _DARK, 10)


def _crack(pen: Pen, draw: Random) -> None:
    _wall(pen, draw)
    for _ in range(draw.randint(1, 3)):
        x, y = draw.randint(120, 680), 0
        points = [(x, y)]
        while y < HEIGHT - 60:
            x, y = x + draw.randint(-46, 46), y + draw.randint(24, 60)
            points.append((x, y))
        pen.line(points, (58, 48, 40), draw.randint(5, 12), "curve")
        for at in points[2::3]:
            pen.line([at, (at[0] + draw.randint(-90, 90), at[1] + draw.randint(20, 80))], (78, 66, 56), 3)


def _pipe(pen: Pen, draw: Random) -> None:
    _wall(pen, draw)
    x = draw.randint(160, 340)
    pen.line([(x, 0), (x, 380), (x + 260, 380), (x + 260, HEIGHT)], (214, 176, 48), 34, "curve")
    pen.rounded_rectangle((x + 70, 150, x + 230, 330), 14, (224, 226, 222), _DARK, 4)
    pen.rectangle((x + 96, 180, x + 204, 220), _DARK)
    pen.ellipse((x - 40, 250, x + 40, 330), (186, 66, 38), _DARK, 4)


def _scaffold(pen: Pen, draw: Random) -> None:
    _street(pen, draw)
    for x in range(100 + draw.randint(0, 40), 700, 110):
        pen.line([(x, 40), (x, 520)], (150, 120, 60), 9)
    for y in range(70, 520, 100):
        pen.line([(60, y), (740, y)], (150, 120, 60), 9)
        pen.line([(100, y), (210 + draw.randint(0, 120), y + 100)], (168, 138, 76), 6)
    x = draw.randint(200, 540)
    pen.ellipse((x, 286, x + 34, 320), (214, 150, 44), _DARK)
    pen.rounded_rectangle((x - 8, 320, x + 42, 400), 12, (186, 66, 38))


def _water(pen: Pen, draw: Random) -> None:
    _street(pen, draw)
    bank = draw.randint(300, 380)
    pen.polygon(
        [(0, bank), (WIDTH, bank + 60), (WIDTH, HEIGHT), (0, HEIGHT)],
        draw.choice(((108, 132, 128), (132, 138, 118), (96, 122, 140))),
    )
    for _ in range(60):
        x, y = draw.randint(0, WIDTH), draw.randint(bank + 60, HEIGHT)
        pen.line([(x, y), (x + draw.randint(20, 90), y)], (188, 200, 196), 2)
    for _ in range(draw.randint(5, 12)):
        x, y = draw.randint(40, 740), draw.randint(bank + 40, HEIGHT - 30)
        pen.ellipse((x, y, x + 44, y + 16), draw.choice(((224, 222, 212), (150, 116, 70))))


def _shelf(pen: Pen, draw: Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), (228, 222, 210))
    for y in (170, 350, 530):
        x = 20
        while x < WIDTH - 60:
            across, high = draw.randint(46, 92), draw.randint(70, 130)
            pen.rounded_rectangle((x, y - high, x + across, y), 6, draw.choice(_CLOTH), _DARK)
            pen.rectangle((x + 8, y - high // 2, x + across - 8, y - high // 2 + 22), (238, 236, 226))
            x += across + draw.randint(4, 16)
        pen.rectangle((0, y, WIDTH, y + 22), (150, 122, 90))


def _manhole(pen: Pen, draw: Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), draw.choice(_ROADS))
    for _ in range(900):
        x, y, shade = draw.randint(0, WIDTH), draw.randint(0, HEIGHT), draw.randint(96, 170)
        pen.ellipse((x, y, x + 5, y + 4), (shade, shade, shade - 6))
    x, y = draw.randint(190, 300), draw.randint(130, 200)
    pen.ellipse((x, y, x + 330, y + 250), (34, 34, 34))
    slip = draw.randint(24, 60)
    pen.ellipse((x + slip, y - 18, x + 330 + slip, y + 232), (98, 94, 90), (60, 58, 56), 8)
    for turn in range(-100, 120, 40):
        pen.line([(x + 165 + slip + turn, y + 30), (x + 165 + slip + turn, y + 180)], (70, 68, 66), 8)


def _door(pen: Pen, draw: Random) -> None:
    _wall(pen, draw)
    x, colour = draw.randint(230, 330), draw.choice(_CLOTH[:4])
    pen.rectangle((x - 24, 70, x + 264, HEIGHT), (120, 94, 66))
    pen.rectangle((x, 94, x + 240, HEIGHT), colour)
    pen.rectangle((x + 30, 130, x + 210, 310), None, (236, 226, 204), 6)
    pen.ellipse((x + 196, 360, x + 222, 386), (226, 196, 110))
    pen.polygon([(x + 90, 190), (x + 120, 160), (x + 150, 190), (x + 120, 220)], (206, 58, 40))


def _papers(pen: Pen, draw: Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), (166, 128, 90))
    for _ in range(draw.randint(4, 7)):
        x, y, lean = draw.randint(20, 480), draw.randint(20, 300), draw.randint(-40, 40)
        pen.polygon(
            [(x, y), (x + 240, y + lean), (x + 250 - lean // 2, y + 270), (x + 8 - lean // 2, y + 260)],
            (244, 242, 234),
            _DARK,
        )
        pen.line([(x + 30, y + 44), (x + 200, y + 44 + lean)], (186, 66, 38), 14)
        for line in range(90, 230, 32):
            pen.line([(x + 30, y + line), (x + 190 + draw.randint(-30, 20), y + line + lean // 2)], (130, 132, 132), 6)


def _tidy(pen: Pen, draw: Random) -> None:
    _street(pen, draw)
    x = draw.randint(80, 560)
    pen.rectangle((x + 40, 330, x + 58, 450), (110, 84, 56))
    for _ in range(9):
        dx, dy = draw.randint(-50, 70), draw.randint(-90, 10)
        pen.ellipse(
            (x + dx, 280 + dy, x + dx + 100, 360 + dy), draw.choice(((74, 122, 78), (92, 140, 90), (62, 106, 70)))
        )


_OF_EVENTS: Final[dict[str, Scene]] = {
    "FIRE-LANE": _car, "EV-CHARGE": _wire, "HOUSE-RISK": _crack, "GAS-RISK": _pipe, "WORK-SAFETY": _scaffold,
    "FLOOD": _water, "FOOD-DRUG": _shelf, "RUBBISH": _bags, "WATER": _water, "FACILITY": _manhole, "ROAD-BLOCK": _car,
    "DEAD-CAR": _car, "CARE": _door, "OTHER": _papers, "MAJOR": _crack,
}  # fmt: skip
_OF_CLAIMS: Final[dict[str, Scene]] = {
    "ERR-NEIGHBOR": _door, "LRN-PUBLIC": _papers, "VOL-SKILL": _shelf, "CIV-FOUND": _manhole, "ERR-PAIR": _door,
}  # fmt: skip


def found(draw: Random, category: str) -> bytes | None:
    """A picture of what was found; none of what nobody would take a picture of."""
    return _taken(draw, _OF_EVENTS.get(category))


def mended(draw: Random, category: str) -> bytes | None:
    """A picture of the same when it was done."""
    return _taken(draw, _tidy if category in _OF_EVENTS else None)


def done(draw: Random, action: str) -> bytes | None:
    """A picture that proves what somebody did."""
    return _taken(draw, _OF_CLAIMS.get(action))


def _taken(draw: Random, scene: Scene | None) -> bytes | None:
    """The scene as a hand holds a phone: a little askew, a little soft, with grain."""
    if scene is None:
        return None
    drawn = Image.new("RGB", (WIDTH, HEIGHT))
    scene(ImageDraw.Draw(drawn), draw)
    askew = drawn.rotate(draw.uniform(-2.5, 2.5), Image.Resampling.BILINEAR).crop((24, 20, WIDTH - 24, HEIGHT - 20))
    grain = Image.frombytes("L", (200, 150), draw.randbytes(30_000)).resize(askew.size).point(lambda value: value // 14)
    grained = ImageChops.subtract(askew.filter(ImageFilter.BoxBlur(1)), Image.merge("RGB", (grain,) * 3))
    encoded = io.BytesIO()
    grained.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()


async def hand_in(owner: Actor, taken: bytes | None) -> tuple[UUID, ...]:
    """Upload a picture as its owner does before he sends what it belongs to; nothing where none was taken."""
    return (await upload_picture(actor=owner, data=taken),) if taken else ()
