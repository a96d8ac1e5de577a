"""No token goes anywhere but to the configured Graph."""

from __future__ import annotations

import pytest
from graph_wire import Reply
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from outlookd.errors import ConfigurationError, Unintelligible
from outlookd.graph.links import encoded_query, segment, service_root, trusted

ROOT = service_root("https://graph.example.com")


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://graph.example.com", "https://graph.example.com/v1.0"),
        ("https://graph.example.com/", "https://graph.example.com/v1.0"),
        ("https://graph.example.com/v1.0", "https://graph.example.com/v1.0"),
        ("https://graph.example.com/v1.0/", "https://graph.example.com/v1.0"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1.0"),
        ("http://localhost:8080", "http://localhost:8080/v1.0"),
        ("http://[::1]:8080", "http://[::1]:8080/v1.0"),
    ],
)
def test_the_version_is_appended_only_where_the_path_is_empty(url, root):
    assert str(service_root(url)) == root


@pytest.mark.parametrize(
    "url",
    [
        "http://graph.example.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "ftp://graph.example.com",
        "graph.example.com",
        "",
        "https://",
        "https://user:word@graph.example.com",
        "https://graph.example.com/v1.0?x=1",
        "https://graph.example.com:port",
    ],
)
def test_an_address_that_would_show_tokens_is_a_configuration_error(url):
    with pytest.raises(ConfigurationError) as caught:
        service_root(url)
    assert caught.value.faults[0].startswith("graph.url: ")


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.net/v1.0/me/contacts/delta?$skiptoken=s",
        "http://graph.example.com/v1.0/me",
        "https://graph.example.com:444/v1.0/me",
        "https://graph.example.com.evil.example.net/v1.0/me",
        "https://graph.example.com@evil.example.net/v1.0/me",
        "https://me@graph.example.com/v1.0/me",
        "https://graph.example.com\\@evil.example.net/",
        "https://graph.example.com\t.evil.example.net/",
        "https://evil.example.net#@graph.example.com/",
        "//graph.example.com/v1.0/me",
        "/v1.0/me",
        "https://graph.example.com:notaport/v1.0/me",
        "https://gräph.example.com/",
        "",
    ],
)
def test_a_link_to_any_other_place_is_refused_without_repeating_it(link):
    with pytest.raises(Unintelligible) as caught:
        trusted(link, ROOT)
    assert caught.value.code == "ForeignLink"
    assert "evil" not in str(caught.value)


@example("[]@")  # yarl answers this with an IndexError
@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\\"), max_size=60))
def test_whatever_follows_the_root_a_trusted_link_stays_on_the_host(tail):
    try:
        url = trusted(f"https://graph.example.com{tail}", ROOT)
    except Unintelligible:
        return
    assert (url.scheme, url.host, url.port) == ("https", "graph.example.com", 443)


async def test_a_link_arrives_at_the_server_byte_for_byte(client, base, wire):
    wire.say(Reply(body={}))
    path = "/v1.0/me/contacts/delta?$deltatoken=a%2Fb%27c%2Bd+e%3D%3D"
    await client.follow(base + path)
    assert wire.seen[0].raw_path == path


async def test_a_foreign_link_is_never_called(client, wire):
    with pytest.raises(Unintelligible):
        await client.follow("https://evil.example.net/v1.0/me")
    assert wire.seen == []


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_an_id_stays_one_segment_and_comes_back_unchanged(id):
    url = URL(f"https://graph.example.com/v1.0/{segment(id)}", encoded=True)
    assert url.raw_path.count("/") == 2
    assert url.raw_query_string == ""
    assert url.raw_fragment == ""


def test_a_space_in_a_query_is_not_a_plus():
    assert encoded_query(filter="a eq 'b & c+d'", top=5) == "$filter=a%20eq%20'b%20%26%20c%2Bd'&$top=5"
