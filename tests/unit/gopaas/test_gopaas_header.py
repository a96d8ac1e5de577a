from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.errors import ConfigurationError
from outlookd.gopaas import ApiKey, ClientCredentials
from outlookd.gopaas.header import all_of, carried, equals


@pytest.mark.parametrize(
    "value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b", "a\tb", "a\x7fb", "a\x85b", "Łódź", "日本", " claire", "claire "]
)
def test_a_value_that_a_header_cannot_carry_is_refused_without_repeating_it(value):
    with pytest.raises(ConfigurationError) as caught:
        carried("the login", value)
    assert value.strip() not in str(caught.value)


def test_accented_french_is_carried():
    assert carried("the login", "hélène") == "hélène"


@pytest.mark.parametrize(
    ("field", "value"), [("utilisateur", "a|AND|b"), ("utilisateur", ""), ("", "claire"), ("a|b", "c"), ("f", "$$NULL")]
)
def test_a_search_that_could_mean_something_else_is_refused(field, value):
    with pytest.raises(ConfigurationError):
        equals(field, value)


@given(st.text(), st.text())
def test_a_search_is_refused_or_says_exactly_what_was_asked(field, value):
    try:
        search = equals(field, value)
    except ConfigurationError:
        return
    assert search.split("|") == [field, "equal", value, ""]
    assert search.isprintable() or "\xa0" in search or "\xad" in search


def test_searches_are_joined_as_gopaas_documents_it():
    assert all_of("nom|contain|NIDS|", "", "cp|contain|77420|") == "nom|contain|NIDS|AND|cp|contain|77420|"


def test_no_search_is_no_search():
    assert all_of("", "") == ""


@pytest.mark.parametrize("key", ["", "key\r\nX-Evil: 1", "clé", "key\n"])
def test_an_unusable_api_key_is_a_configuration_fault_that_does_not_show_it(key):
    with pytest.raises(ConfigurationError) as caught:
        ApiKey(key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(("client_id", "secret"), [("", "s"), ("i", "")])
async def test_an_empty_client_id_or_secret_is_a_configuration_fault(session, clock, client_id, secret):
    with pytest.raises(ConfigurationError):
        ClientCredentials(session, "https://crm.example.test/app", client_id, secret, clock)
