"""Sealed values and keyed digests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kit import crypto
from kit.ids import new_id
from kit.settings import SecretKey, Settings, install_settings, read_settings

OLD, NEW = SecretKey("k1", b"1" * 32), SecretKey("k2", b"2" * 32)
PLACE = ("identity_person", "phone", new_id())


@pytest.fixture
def chosen(tmp_path: object) -> Iterator[Settings]:
    """Settings with one key."""
    made = replace(read_settings({"QUNZHIFEN_ENV": "test", "QUNZHIFEN_DATA_DIR": str(tmp_path)}), keys=(OLD,))
    install_settings(made)
    yield made
    install_settings(None)


def test_a_sealed_value_opens_at_its_place_and_nowhere_else(chosen: Settings) -> None:
    sealed = crypto.seal(b"13800000001", PLACE)
    assert b"13800000001" not in sealed
    assert crypto.open_sealed(sealed, PLACE) == b"13800000001"
    assert crypto.seal(b"13800000001", PLACE) != sealed
    for elsewhere in [("other", *PLACE[1:]), (PLACE[0], "name", PLACE[2]), (*PLACE[:2], new_id())]:
        with pytest.raises(crypto.SealBroken):
            crypto.open_sealed(sealed, elsewhere)


def test_a_changed_or_cut_value_does_not_open(chosen: Settings) -> None:
    sealed = crypto.seal(b"value", PLACE)
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:5], b"", sealed[:4], b"\xff" + sealed[1:]):
        with pytest.raises(crypto.SealBroken):
            crypto.open_sealed(broken, PLACE)


def test_keys_rotate(chosen: Settings) -> None:
    sealed, index = crypto.seal(b"value", PLACE), crypto.blind_index("phone", "138")
    install_settings(replace(chosen, keys=(NEW, OLD)))
    assert crypto.current_key_id() == "k2"
    assert crypto.open_sealed(sealed, PLACE) == b"value"
    assert crypto.seal(b"value", PLACE)[1:3] == b"k2"
    assert crypto.blind_index("phone", "138") != index
    assert index in crypto.blind_indexes("phone", "138")
    install_settings(replace(chosen, keys=(NEW,)))
    with pytest.raises(crypto.SealBroken):
        crypto.open_sealed(sealed, PLACE)


def test_each_purpose_has_a_key_of_its_own(chosen: Settings) -> None:
    assert crypto.derive("access") != crypto.derive("seal")
    assert crypto.blind_index("phone", "138") != crypto.blind_index("account", "138")
    with pytest.raises(KeyError):
        crypto.derive("access", "no-such-key")
