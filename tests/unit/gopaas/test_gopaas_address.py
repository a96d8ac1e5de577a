from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from outlookd.errors import BadRecord, ConfigurationError
from outlookd.gopaas.address import base_address, item_path, items_path, list_path


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.test/app",
        "https://crm.example.test/app/",
        "http://127.0.0.1:8080/crm",
        "http://localhost/crm",
        "http://[::1]/crm",
    ],
)
def test_an_encrypted_or_loopback_address_is_accepted(url):
    assert str(base_address(url)) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example.test/app",
        "http://127.0.0.1.example.test/app",
        "http://10.0.0.1/app",
        "ftp://crm.example.test/app",
        "crm.example.test/app",
        "https:///app",
        "https://claire:secret@crm.example.test/app",
        "https://crm.example.test/app?key=secret",
        "https://crm.example.test/app#top",
        "https://crm.example.test:port/app",
        "",
    ],
)
def test_an_address_that_would_leak_the_key_is_refused(url):
    with pytest.raises(ConfigurationError) as caught:
        base_address(url)
    assert "secret" not in str(caught.value)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_key_is_one_segment_of_the_path_and_comes_out_as_it_went_in(key):
    if key in {".", ".."}:
        return
    path = URL(f"https://crm.example.test/api/{item_path('contact', key)}", encoded=True)
    assert path.raw_parts[:-2] == ("/", "api", "item", "contact")
    assert path.parts[-2] == key or "/" in key
    assert path.raw_query_string == path.raw_fragment == ""


@pytest.mark.parametrize("key", ["", ".", ".."])
def test_a_key_that_would_name_another_address_is_a_bad_record(key):
    with pytest.raises(BadRecord):
        item_path("contact", key)


@pytest.mark.parametrize("path", [lambda: list_path(" "), lambda: items_path(".."), lambda: item_path("", "c1")])
def test_an_empty_view_or_table_is_a_configuration_fault(path):
    with pytest.raises(ConfigurationError):
        path()
