"""QR codes of vouchers, as SVG for the page and PNG for paper: upper-case alphanumeric, so that they stay small.

And the way back: what a picture of one says.
"""

import io
from typing import Any

import qrcode
import zxingcpp
from PIL import Image
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage
from qrcode.util import MODE_ALPHA_NUM, QRData

from kit import files
from rewards import codes
from rewards.errors import CodeNotSeen

_BOX = 12  # pixels a module in the PNG
_BORDER = 4  # modules of quiet zone, as the standard asks
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def symbol(code: str) -> "qrcode.QRCode[Any]":
    """The symbol of a code: version 2 or 3, a quarter of it may be covered."""
    made: qrcode.QRCode[Any] = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, border=_BORDER)
    made.add_data(QRData(code, mode=MODE_ALPHA_NUM))
    made.make(fit=True)
    return made


def svg(code: str) -> bytes:
    """The symbol as a picture that scales."""
    drawn = io.BytesIO()
    symbol(code).make_image(image_factory=SvgPathFillImage).save(drawn)
    return drawn.getvalue()


def png(code: str) -> bytes:
    """The symbol as pixels."""
    drawn = io.BytesIO()
    made = symbol(code)
    made.box_size = _BOX
    made.make_image(image_factory=PilImage).save(drawn, "PNG")
    return drawn.getvalue()


async def read(picture: bytes) -> str:
    """The one code of ours in a picture that somebody sent; addresses and other people's codes are not looked at."""
    seen = await files.look_at(picture, _seen)
    ours = {text for text in seen if (code := codes.read(text)) is not None and code.kind != "short"}
    if len(ours) != 1:
        raise CodeNotSeen
    return ours.pop()


def _seen(picture: Image.Image) -> list[str]:
    paper = Image.new("RGB", picture.size, "white")  # what lies behind a picture that can be seen through
    paper.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    return [found.text for found in zxingcpp.read_barcodes(paper, formats=_QR)]
