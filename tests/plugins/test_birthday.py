from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outlookd import BadRecord
from outlookd_contacts.birthday import from_graph, to_graph

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from(
    [
        ZoneInfo(name)
        for name in (
            "UTC",
            "Europe/Paris",
            "America/New_York",
            "America/Sao_Paulo",
            "Asia/Kolkata",
            "Asia/Tokyo",
            "Pacific/Auckland",
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
            "Pacific/Chatham",
            "Indian/Reunion",
        )
    ]
)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@given(day=DAYS, zone=ZONES)
def test_what_we_write_is_the_same_day_in_every_zone(day, zone):
    assert from_graph(to_graph(day.isoformat()), zone) == day.isoformat()


@given(day=DAYS, zone=ZONES)
def test_what_outlook_for_windows_stores_is_the_day_its_owner_chose(day, zone):
    midnight = datetime.combine(day, time(), tzinfo=zone)
    # Some zones skip midnight on the day their clocks go forward: nothing can be stored there.
    assume(midnight.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None))
    assert from_graph(midnight.astimezone(UTC).isoformat(), zone) == day.isoformat()


@given(day=DAYS, hour=st.sampled_from([0, 12]), zone=st.sampled_from([PARIS, ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")]))
def test_midnight_or_noon_utc_is_that_day(day, hour, zone):
    assert from_graph(datetime.combine(day, time(hour), tzinfo=UTC).isoformat(), zone) == day.isoformat()


@given(day=DAYS, offset=st.integers(-11, 11))
def test_a_midnight_of_another_zone_than_the_owners_is_still_the_right_day(day, offset):
    stored = datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=offset)
    assume(stored.astimezone(PARIS).time() != time())
    assert from_graph(stored.isoformat(), PARIS) == day.isoformat()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("1980-05-03T11:59:00Z", "1980-05-03"),
        ("1980-05-03T11:59:00.0000000Z", "1980-05-03"),
        ("1980-05-02T22:00:00Z", "1980-05-03"),
        ("1980-05-03T05:00:00Z", "1980-05-03"),
        ("1974-07-22", "1974-07-22"),
    ],
)
def test_each_known_spelling_is_the_day_that_was_meant(instant, day):
    assert from_graph(instant, PARIS) == day


@pytest.mark.parametrize("instant", ["soon", "1980-13-01T00:00:00Z", "9999-12-31T23:00:00Z"])
def test_what_is_no_instant_is_a_bad_record(instant):
    with pytest.raises(BadRecord):
        from_graph(instant, PARIS)
