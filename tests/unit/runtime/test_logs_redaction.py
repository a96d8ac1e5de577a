"""What must not be in a log line is not in it, whatever the field is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.runtime.logs.redaction import clean, pseudonym, redact

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


def redacted(**fields):
    return redact(None, "info", dict(fields))


@pytest.mark.parametrize(
    "text",
    [
        f"token {JWT}",
        "Authorization: Bearer canary.canary-canary",
        "https://graph.example.com/v1.0/x?$deltatoken=canary",
        "https://graph.example.com/v1.0/x?%24deltatoken=canary&a=b",
        "/webservice/getAccessToken.php?code=canary&state=canary",
        "state mismatch: client_secret=canary",
        "GET /connect/canarycanary",
    ],
)
def test_a_secret_in_text_is_masked(text):
    assert "canary" not in clean(text)
    assert JWT not in clean(text)


@pytest.mark.parametrize("address", ["jean.dupont@example.com", "o'neil+x@sub.example.test", "a%40example.com", "é.x@example.com"])
def test_a_mail_address_is_masked(address):
    assert "example" not in clean(f"<{address}> refused")


@pytest.mark.parametrize(
    "number",
    [
        "06 39 98 12 34",
        "0639981234",
        "06.39.98.12.34",
        "06-39-98-12-34",
        "+33 6 39 98 12 34",
        "+33639981234",
        "0033639981234",
        "+33 (0)6 39 98 12 34",
    ],
)
def test_a_phone_number_is_masked(number):
    assert clean(f"bad value {number}!") == "bad value [phone]!"


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T19:40:26.123456Z",
        "2026-11-22",
        "AADSTS7000215",
        "00000003-0000-0000-c000-000000000046",
        "12345678-1234-1234-1234-123456789012",
        "127.0.0.1:8080",
        "200 of 5000 rows",
        "sqlite:////var/lib/outlookd/state.db",
        "ErrorItemNotFound",
        "status code=",
    ],
)
def test_what_an_operator_needs_stays_readable(text):
    assert clean(text) == text


@pytest.mark.parametrize(
    "key", ["authorization", "access_token", "client_secret", "api_key", "Cookie", "delta_link", "watermark", "graph_next_link"]
)
def test_a_field_with_a_secret_name_is_masked_whatever_it_holds(key):
    assert redacted(**{key: "canary"}) == {key: "[secret]"}


def test_a_number_with_a_secret_name_is_no_secret():
    assert redacted(n_token=3, code="ErrorItemNotFound", state="open") == {
        "n_token": 3,
        "code": "ErrorItemNotFound",
        "state": "open",
    }


def test_people_are_written_as_pseudonyms_that_stay_the_same():
    first, second = redacted(user="claire", job="claire/contact/contact/GoPaaS"), redacted(user="claire")
    assert first["user"] == second["user"] == pseudonym("claire")
    assert "claire" not in str(first)


def test_nested_values_and_strange_objects_are_searched_too():
    event = redacted(
        answer={"headers": [("Authorization", "x"), {"authorization": "canary"}]}, error=ValueError("a@example.com"), body=b"canary"
    )
    assert "canary" not in str(event)
    assert "example" not in str(event)


@given(
    st.lists(st.sampled_from([JWT, "jean.dupont@example.com", "06 39 98 12 34", "code=canary", " ", "x", ", ", "\n"]), max_size=12)
)
def test_redacting_twice_changes_nothing_more(parts):
    once = clean(" ".join(parts))
    assert clean(once) == once
    assert not any(leak in once for leak in ("eyJ", "jean", "98 12", "canary"))
