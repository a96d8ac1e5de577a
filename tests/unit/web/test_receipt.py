"""The last page's two names survive the way through a cookie, and nothing else does."""

from __future__ import annotations

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from outlookd.sealing import Seal
from outlookd.web.entrance.receipt import Receipt, read_receipt, write_receipt

NAMES = st.text(min_size=1, max_size=40)
SEAL = Seal([b"k" * 32])
ANOTHERS = Seal([b"x" * 32])


@given(login=NAMES, mailbox=NAMES)
def test_names_in_any_alphabet_come_back(login: str, mailbox: str) -> None:
    receipt = Receipt(login=login, mailbox=mailbox)
    cookie = write_receipt(receipt, SEAL)
    assert read_receipt(cookie, SEAL) == receipt
    assert cookie.isascii()


@given(st.text())
def test_whatever_a_browser_sends_is_no_crash(cookie: str) -> None:
    assert read_receipt(cookie, SEAL) is None


@given(login=NAMES)
def test_a_receipt_that_we_did_not_write_is_none(login: str) -> None:
    plain = base64.urlsafe_b64encode(json.dumps({"login": login, "mailbox": ""}).encode()).decode()
    assert read_receipt(plain, SEAL) is None
    assert read_receipt(write_receipt(Receipt(login=login), ANOTHERS), SEAL) is None


def test_what_is_sealed_for_another_purpose_is_no_receipt() -> None:
    token_cache = SEAL.seal(b'{"login": "alice", "mailbox": ""}', purpose="token cache", owner="alice")
    assert read_receipt(base64.urlsafe_b64encode(token_cache).decode(), SEAL) is None
