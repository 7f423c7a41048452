"""Codes: what they look like, how they are read back, and what a wrong one is."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kit import crypto
from kit.ids import new_id
from rewards import codes, qr
from rewards.codes import Issue

NOW = datetime(2026, 11, 20, 4, 0, 10, tzinfo=UTC)
VERSION_OF_SYMBOL = {26: 2, 24: 2, 32: 3}


def issue(*, rotating: bool = False, number: int = 1) -> Issue:
    return Issue(new_id(), number, crypto.current_key_id(), rotating)


def test_a_code_has_128_bits_and_is_the_same_whenever_it_is_shown() -> None:
    plain = issue()
    assert len(codes.shown(plain, NOW)) == 26
    assert codes.shown(plain, NOW) == codes.shown(plain, NOW + timedelta(days=9)) == codes.printed(plain)
    assert codes.shown(plain, NOW) != codes.shown(Issue(plain.voucher_id, 2, plain.key_id, rotating=False), NOW)


def test_a_code_says_nothing_about_its_voucher() -> None:
    first, second = issue(), issue()
    assert codes.finder_hash(first) != codes.finder_hash(second)
    assert str(first.voucher_id).replace("-", "").upper()[:8] not in codes.shown(first, NOW)


def test_what_a_scan_gun_or_a_finger_gives_is_read_alike() -> None:
    code = codes.shown(issue(), NOW)
    wide = "".join(chr(ord(each) + 0xFEE0) for each in code)
    for typed in (code.lower(), f"  {codes.grouped(code)}\n", "-".join(codes.grouped(code).split()), wide, f"{code}\r"):
        read = codes.read(typed)
        assert read is not None
        assert read.text == code
    zero_for_o = code.replace("O", "0").replace("I", "1").replace("B", "8")
    again = codes.read(zero_for_o)
    assert again is not None
    assert again.text == code


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "http://example.com/x", "12345", "1234567890123", "十二个汉字不是一个码呀呀", "A" * 27, "=" * 26],
)
def test_what_is_no_code_is_not_read(typed: str) -> None:
    assert codes.read(typed) is None


@given(st.text(max_size=60))
def test_reading_never_fails(text: str) -> None:
    codes.read(text)


def test_a_short_code_has_twelve_digits_and_finds_a_wrong_one() -> None:
    digits = codes.short(issue())
    assert digits is not None
    assert len(digits) == 12
    for place in range(12):
        wrong = digits[:place] + str((int(digits[place]) + 3) % 10) + digits[place + 1 :]
        read = codes.read(wrong)
        assert read is not None
        assert not codes.well_formed(read)


@given(st.text(alphabet="0123456789", min_size=11, max_size=11), st.integers(0, 9))
def test_the_check_digit_finds_two_swapped_neighbours(digits: str, place: int) -> None:
    swapped = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    assert swapped == digits or codes.check_digit(swapped) != codes.check_digit(digits)


def test_a_rotating_code_is_good_for_its_step_and_the_ones_beside_it() -> None:
    rotating = issue(rotating=True)
    read = codes.read(codes.shown(rotating, NOW))
    assert read is not None
    assert read.kind == "rotating"
    for seconds, good in ((-40, True), (0, True), (30, True), (-70, False), (70, False), (86_400, False)):
        assert codes.is_good(read, rotating, NOW + timedelta(seconds=seconds)) is good
    assert codes.shown(rotating, NOW) != codes.shown(rotating, NOW + timedelta(seconds=30))


def test_the_printed_code_of_a_rotating_one_is_longer_found_alike_and_stays() -> None:
    rotating = issue(rotating=True)
    shown, printed = codes.read(codes.shown(rotating, NOW)), codes.read(codes.printed(rotating))
    assert shown is not None
    assert printed is not None
    assert len(printed.text) == 32
    assert printed.finder_hash == shown.finder_hash == codes.finder_hash(rotating)
    assert codes.is_good(printed, rotating, NOW + timedelta(days=20))
    assert codes.short(rotating) is None


def test_a_guess_with_the_right_finder_and_a_wrong_proof_is_no_code() -> None:
    rotating = issue(rotating=True)
    shown, printed = codes.shown(rotating, NOW), codes.printed(rotating)
    for guess in (shown[:16] + "A" * 8, printed[:16] + "A" * 16):
        read = codes.read(guess)
        assert read is not None
        assert not codes.is_good(read, rotating, NOW)


@pytest.mark.parametrize("rotating", [False, True])
def test_every_code_is_a_small_symbol_that_a_scanner_reads_back_exactly(*, rotating: bool) -> None:
    for _ in range(20):
        made = issue(rotating=rotating)
        for code in {codes.shown(made, NOW), codes.printed(made)}:
            assert qr.symbol(code).version == VERSION_OF_SYMBOL[len(code)]
            (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(code))))
            assert found.text == code
            assert str(found.format) in {"BarcodeFormat.QRCode", "QR Code", "QRCode"}


def test_the_picture_that_scales_is_read_back_too() -> None:
    code = codes.shown(issue(), NOW)
    drawn = qr.svg(code).decode()
    modules = qr.symbol(code).modules_count + 8
    picture = Image.new("L", (modules * 10, modules * 10), 255)
    for path in re.findall(r' d="([^"]+)"', drawn):
        for left, top, right, bottom in re.findall(r"M([\d.]+),([\d.]+)H([\d.]+)V([\d.]+)", path):
            box = [round(float(each) * 10) for each in (left, top, right, bottom)]
            picture.paste(0, (box[0], box[1], box[2], box[3]))
    (found,) = zxingcpp.read_barcodes(picture)
    assert found.text == code
