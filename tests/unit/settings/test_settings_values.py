"""Single values: durations, zones, addresses."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.settings import Listen, parse_duration, parse_zone
from outlookd.settings.values import parse_directory_id, parse_listen, parse_secure_url, parse_url

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@given(st.integers(0, 99_999), st.sampled_from(sorted(UNITS)))
def test_a_duration_is_its_number_times_its_unit(number, unit):
    assert parse_duration(f"{number}{unit}") == timedelta(seconds=number * UNITS[unit])


@pytest.mark.parametrize("text", ["", "5", 5, "m", "-5m", "1.5h", "5 minutes", "5mm", "٥m", "9999999d", True])
def test_what_is_not_a_duration_is_refused(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("name", ["Europe/Paris", "Romance Standard Time", "romance standard time", " Europe/Paris "])
def test_a_zone_is_understood_by_either_name(name):
    assert parse_zone(name) == ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(("name", "nearest"), [("Europe/Pari", "Europe/Paris"), ("Romance Standart Time", "Romance Standard Time")])
def test_an_unknown_zone_gets_the_nearest_name(name, nearest):
    with pytest.raises(ValueError, match=f"did you mean '{nearest}'"):
        parse_zone(name)


@pytest.mark.parametrize("name", ["", "../etc/passwd", "/etc/localtime", "Europe", "x\0y"])
def test_a_zone_is_never_a_path(name):
    with pytest.raises(ValueError, match="is not a time zone"):
        parse_zone(name)


@pytest.mark.parametrize("url", ["http://localhost:1/crm", "http://127.0.0.1/crm", "http://127.9.9.9/crm", "http://[::1]:80/crm"])
def test_plain_http_is_for_loopback(url):
    assert parse_url(url + "/") == url


@pytest.mark.parametrize(
    "host", ["crm.example.com", "10.0.0.1", "localhost.example.com", "127.0.0.1.example.com", "[::2]", "0.0.0.0"]
)
def test_plain_http_is_refused_for_every_other_host(host):
    with pytest.raises(ValueError, match="must start with https"):
        parse_url(f"http://{host}/crm")


@pytest.mark.parametrize("url", ["crm.example.com", "ftp://crm.example.com", "https://", "https://[", "https://crm:99999/", ""])
def test_what_is_not_an_address_is_refused(url):
    with pytest.raises(ValueError, match="is not an address"):
        parse_url(url)


@pytest.mark.parametrize(
    "url", ["https://u:canary@crm.example.com", "https://canary@crm.example.com", "https://crm.example.com/?key=canary"]
)
def test_an_address_with_a_secret_is_refused_without_showing_it(url):
    with pytest.raises(ValueError) as caught:
        parse_url(url)
    assert "canary" not in str(caught.value)


def test_an_authority_is_https_even_on_loopback():
    with pytest.raises(ValueError, match="must start with https"):
        parse_secure_url("http://localhost:1/tenant")


@pytest.mark.parametrize(
    ("text", "place"),
    [("127.0.0.1:8080", ("127.0.0.1", 8080)), ("[::1]:1", ("::1", 1)), ("localhost:65535", ("localhost", 65535)), (" ", None)],
)
def test_a_place_to_listen_is_host_and_port(text, place):
    assert parse_listen(text) == place


@pytest.mark.parametrize("text", ["8080", ":8080", "localhost", "localhost:0", "localhost:65536", "localhost:x", "localhost:²"])
def test_what_is_not_a_place_to_listen_is_refused(text):
    with pytest.raises(ValueError, match="is not a place to listen"):
        parse_listen(text)


@given(st.sampled_from(["127.0.0.1", "::1", "localhost", "0.0.0.0"]), st.integers(1, 65535))
def test_a_place_to_listen_reads_back_as_itself(host, port):
    assert parse_listen(str(Listen(host, port))) == Listen(host, port)


def test_a_directory_id_is_compared_in_small_letters():
    assert parse_directory_id(" 11111111-AAAA-3333-4444-555555555555 ") == "11111111-aaaa-3333-4444-555555555555"


@pytest.mark.parametrize("raw", ["", "example.com", "organizations", "11111111-2222-3333-4444", 5, None])
def test_what_is_not_a_directory_id_is_refused(raw):
    with pytest.raises(ValueError, match="is not a directory"):
        parse_directory_id(raw)
