"""The zone in which the pages tell the time."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from aiohttp.test_utils import make_mocked_request

from outlookd.web import Site


def test_times_are_told_in_the_zone_that_the_settings_name_now() -> None:
    zones: list[tzinfo] = [UTC]
    site = Site("https://crm.example.test", zone=lambda: zones[-1])
    told = [site.speech(make_mocked_request("GET", "/")).zone]
    zones.append(ZoneInfo("Europe/Paris"))
    told.append(site.speech(make_mocked_request("GET", "/")).zone)
    assert told == zones
