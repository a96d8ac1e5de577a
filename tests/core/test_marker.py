"""Stamps as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.marker import Marker, folder_marker, is_folder_marker, natural_hash, parse_marker, record_key
from outlookd.core.model import Origin

WORD = st.text(st.characters(codec="ascii", exclude_characters="/", categories=["L", "N", "P"]), min_size=1)


@given(
    st.builds(
        Marker, install=WORD, origin=st.sampled_from(Origin), generation=st.integers(1, 999), scope=WORD, key=st.text(min_size=1)
    )
)
def test_a_stamp_says_what_was_written_into_it(marker):
    assert parse_marker(str(marker)) == marker


@pytest.mark.parametrize(
    "text",
    [
        "",
        "outlookd/1",
        "outlookd/2/i/gopaas/1/t/k",
        "outlookd/1/i/folder/job",
        "outlookd/1/i/nobody/1/t/k",
        "outlookd/1/i/gopaas/x/t/k",
    ],
)
def test_anything_else_is_no_stamp_of_ours(text):
    assert parse_marker(text) is None


def test_a_folder_stamp_is_no_record_stamp():
    stamp = folder_marker("i", "claire/contact/contact/GoPaaS")
    assert is_folder_marker(stamp)
    assert parse_marker(stamp) is None


@given(st.text(), st.text())
def test_ids_that_differ_only_in_case_get_different_keys(user, id):
    if id.upper() != id:
        assert record_key("i", user, id) != record_key("i", user, id.upper())


def test_no_natural_key_has_no_fingerprint():
    assert natural_hash("") == ""
