"""The last page's two names survive the way through a cookie, and nothing else does."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from outlookd.web.receipt import Receipt, read_receipt, write_receipt

NAMES = st.text(min_size=1, max_size=40)


@given(login=NAMES, mailbox=NAMES)
def test_names_in_any_alphabet_come_back(login: str, mailbox: str) -> None:
    receipt = Receipt(login=login, mailbox=mailbox)
    cookie = write_receipt(receipt)
    assert read_receipt(cookie) == receipt
    assert cookie.isascii()


@given(st.text())
def test_whatever_a_browser_sends_is_no_crash(cookie: str) -> None:
    assert read_receipt(cookie) is None


def test_a_cookie_nested_without_end_is_no_crash() -> None:
    assert read_receipt(base64.urlsafe_b64encode(b"[" * 100_000).decode()) is None
