"""Cursors: signed, bound to their list and owner, and read back as what they were."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from kit.ids import new_id
from kit.paging import BadCursor, Page, after, page
from kit.settings import install_settings, read_settings

KEY = "k1:" + "A" * 43 + "="
OTHER = "k2:" + "B" * 42 + "A="


@pytest.fixture(autouse=True)
def ring(tmp_path: object) -> None:
    install_settings(read_settings({"QUNZHIFEN_KEYS": KEY, "QUNZHIFEN_ENV": "test"}))


def first_page(limit: int = 2) -> Page[int]:
    return page(list(range(5))[: limit + 1], limit=limit, scope="numbers:me", position=lambda n: (n,), show=lambda n: n)


def test_the_last_page_is_known_to_be_the_last() -> None:
    assert first_page(limit=10).next_cursor is None
    assert first_page(limit=5).next_cursor is None
    assert first_page(limit=4).next_cursor is not None


def test_a_cursor_gives_back_the_values_that_went_into_it() -> None:
    at, thing = datetime(2026, 3, 5, 9, 30, 0, 123456, tzinfo=UTC), new_id()
    made = page([1, 2], limit=1, scope="s", position=lambda _: (at, thing), show=lambda n: n)
    assert after(made.next_cursor, "s", datetime, UUID) == (at, thing)
    assert after(None, "s", datetime, UUID) is None


@pytest.mark.parametrize("place", [0, 5, 21, -1])
def test_a_changed_cursor_is_refused(place: int) -> None:
    cursor = first_page().next_cursor
    assert cursor is not None
    swapped = "A" if cursor[place] != "A" else "Q"
    changed = list(cursor)
    changed[place] = swapped
    with pytest.raises(BadCursor):
        after("".join(changed), "numbers:me", int)


@pytest.mark.parametrize("nonsense", ["", "A", "x" * 1000, "____", "AAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_nonsense_is_refused(nonsense: str) -> None:
    with pytest.raises(BadCursor):
        after(nonsense, "numbers:me", int)


def test_a_cursor_of_another_owner_or_of_other_values_is_refused() -> None:
    cursor = first_page().next_cursor
    with pytest.raises(BadCursor):
        after(cursor, "numbers:you", int)
    with pytest.raises(BadCursor):
        after(cursor, "numbers:me", UUID)


def test_a_cursor_lives_through_a_change_of_keys_until_its_key_leaves_the_ring() -> None:
    cursor = first_page().next_cursor
    install_settings(read_settings({"QUNZHIFEN_KEYS": f"{OTHER},{KEY}", "QUNZHIFEN_ENV": "test"}))
    assert after(cursor, "numbers:me", int) == (1,)
    install_settings(read_settings({"QUNZHIFEN_KEYS": OTHER, "QUNZHIFEN_ENV": "test"}))
    with pytest.raises(BadCursor):
        after(cursor, "numbers:me", int)
