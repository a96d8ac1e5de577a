"""The seal: what opens, and above all what does not."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.errors import ConfigurationError
from outlookd.sealing import Seal, SealBroken, read_key

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@given(data=st.binary(max_size=200), purpose=st.sampled_from(["token cache", "sign-in"]), owner=st.text(max_size=20))
def test_what_was_sealed_opens_again(data: bytes, purpose: str, owner: str) -> None:
    seal = Seal([OLD])
    assert seal.open(seal.seal(data, purpose=purpose, owner=owner), purpose=purpose, owner=owner) == data


def test_a_row_moved_to_another_user_does_not_open() -> None:
    seal = Seal([OLD])
    row = seal.seal(b"secret", purpose="token cache", owner="alice")
    with pytest.raises(SealBroken) as caught:
        seal.open(row, purpose="token cache", owner="berta")
    assert caught.value.known_key


def test_a_row_used_for_another_purpose_does_not_open() -> None:
    seal = Seal([OLD])
    row = seal.seal(b"secret", purpose="token cache", owner="alice")
    with pytest.raises(SealBroken):
        seal.open(row, purpose="sign-in", owner="alice")


def test_another_key_is_told_from_a_damaged_row() -> None:
    row = Seal([OLD]).seal(b"secret", purpose="p", owner="o")
    with pytest.raises(SealBroken) as caught:
        Seal([NEW]).open(row, purpose="p", owner="o")
    assert not caught.value.known_key


@given(position=st.integers(min_value=0, max_value=34), bit=st.integers(min_value=0, max_value=7))
def test_no_single_bit_can_be_changed(position: int, bit: int) -> None:
    seal = Seal([OLD])
    row = bytearray(seal.seal(b"secret", purpose="p", owner="o"))
    row[position] ^= 1 << bit
    with pytest.raises(SealBroken):
        seal.open(bytes(row), purpose="p", owner="o")


@given(text=st.text(max_size=200), owner=st.text(max_size=20))
def test_a_sealed_text_opens_again_and_nobody_has_to_quote_it(text: str, owner: str) -> None:
    seal = Seal([OLD])
    sealed = seal.seal_text(text, purpose="visit", owner=owner)
    assert seal.open_text(sealed, purpose="visit", owner=owner) == text
    assert re.fullmatch(r"[A-Za-z0-9_-]+", sealed)


@pytest.mark.parametrize("sealed", ["", "A", "junk", "é", "%", "A" * 400])
def test_a_text_that_nobody_sealed_is_broken_and_not_a_crash(sealed: str) -> None:
    with pytest.raises(SealBroken):
        Seal([OLD]).open_text(sealed, purpose="visit")


@pytest.mark.parametrize("length", [0, 1, 12, 13, 20])
def test_a_truncated_row_is_broken_and_not_a_crash(length: int) -> None:
    seal = Seal([OLD])
    row = seal.seal(b"secret", purpose="p", owner="o")
    with pytest.raises(SealBroken):
        seal.open(row[:length], purpose="p", owner="o")


def test_after_rotation_old_rows_open_and_new_rows_use_the_new_key() -> None:
    rotated = Seal([NEW, OLD])
    old_row = Seal([OLD]).seal(b"before", purpose="p", owner="o")
    assert rotated.open(old_row, purpose="p", owner="o") == b"before"
    assert Seal([NEW]).open(rotated.seal(b"after", purpose="p", owner="o"), purpose="p", owner="o") == b"after"


def test_two_keys_with_the_same_id_byte_are_both_tried() -> None:
    keys = [bytes([number]) * 32 for number in range(256)] + [bytes([number, 1]) * 16 for number in range(256)]
    by_id: dict[bytes, list[bytes]] = {}
    for key in keys:
        by_id.setdefault(Seal([key]).seal(b"", purpose="p", owner="o")[:1], []).append(key)
    first, second = next(twins for twins in by_id.values() if len(twins) > 1)[:2]
    row = Seal([second]).seal(b"data", purpose="p", owner="o")
    assert Seal([first, second]).open(row, purpose="p", owner="o") == b"data"


@pytest.mark.parametrize(
    "text",
    [OLD.hex(), OLD.hex().upper() + "\n", base64.b64encode(OLD).decode(), base64.urlsafe_b64encode(OLD).decode().rstrip("=")],
    ids=["hex", "hex with newline", "base64", "base64url unpadded"],
)
def test_a_key_is_read_in_every_usual_spelling(text: str) -> None:
    assert read_key(text) == OLD


@pytest.mark.parametrize("text", ["", "CANARY", "00" * 31, base64.b64encode(b"x" * 33).decode(), "é" * 44])
def test_a_wrong_key_says_how_to_make_one_and_is_not_repeated(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_key(text)
    assert "openssl rand -base64 32" in str(caught.value)
    assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("keys", [[], [b"short"], [OLD, b""]])
def test_a_seal_without_proper_keys_is_a_configuration_error(keys: list[bytes]) -> None:
    with pytest.raises(ConfigurationError):
        Seal(keys)
