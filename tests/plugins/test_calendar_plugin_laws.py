"""What holds for every event, whatever is in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from calendar_examples import (
    HANDLER,
    LINES,
    WHOLE_MAP,
    WORDS,
    ZONES,
    Outlook,
    contents,
    context,
    fields_at,
    moment,
    time_fields,
    times,
)
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from tzlocal.windows_tz import win_tz

from outlookd import Side
from outlookd_calendar.fields import CHOICES, SPECS, TIME
from outlookd_calendar.values import read_field
from outlookd_calendar.zones import is_plain, zone_of

FREE_TEXT = sorted({"subject", "body", "location.displayName", "categories", "attendees", "webLink"})
JOBS = {zone: context(WHOLE_MAP, zone=zone) for zone in ZONES}
ZONE = st.sampled_from(ZONES)
DST_NIGHTS = {
    "Europe/Paris": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Asia/Kolkata": (date(2026, 3, 29), date(2026, 10, 25)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
}


def shown(event, zone):
    record = HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone])
    return {name: value for name, value in record.fields.items() if not SPECS[name].read_only}


def sent(fields, zone, *, new=False):
    return HANDLER.render(Side.OUTLOOK, fields, JOBS[zone], new=new)


@given(name=st.sampled_from(FREE_TEXT), value=st.none() | st.text(max_size=30) | LINES | st.lists(WORDS, max_size=4).map(tuple))
def test_canonicalising_twice_is_canonicalising_once(name, value):
    once = read_field(name, value)
    assert read_field(name, once) == once


@pytest.mark.parametrize("name", sorted(SPECS))
@pytest.mark.parametrize("nothing", [None, "", " ", "\r\n", (), ("",)])
def test_every_way_to_show_nothing_is_none(name, nothing):
    assert read_field(name, nothing) is None


@given(fields=contents(), zone=ZONE)
def test_outlook_shows_the_fields_that_a_new_event_was_made_of(fields, zone):
    event = Outlook().post(sent(fields, zone, new=True))
    expected = fields if all_plain(fields, zone) else {**fields, **{name: shown(event, zone)[name] for name in TIME}}
    assert shown(event, zone) == expected


@given(before=contents(), after=contents(), zone=ZONE)
def test_outlook_shows_the_new_fields_whatever_it_showed_before(before, after, zone):
    outlook = Outlook()
    old = outlook.post(sent(before, zone, new=True))
    event = outlook.patch(old["id"], sent(after, zone))
    expected = after if all_plain(after, zone) else {**after, **{name: shown(event, zone)[name] for name in TIME}}
    assert shown(event, zone) == expected


@given(fields=contents(), zone=ZONE)
@settings(max_examples=examples(30))
def test_writing_what_outlook_shows_changes_nothing_that_a_person_would_see(fields, zone):
    outlook = Outlook()
    event = outlook.post(sent(fields, zone, new=True))
    once = HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone])
    again = HANDLER.normalize(Side.OUTLOOK, outlook.patch(event["id"], sent(shown(event, zone), zone)), JOBS[zone])
    assert (again.digest, again.fields["startTime"]) == (once.digest, once.fields["startTime"])


@given(fields=contents(), zone=ZONE)
def test_gopaas_shows_the_fields_that_were_written(fields, zone):
    row = HANDLER.render(Side.GOPAAS, fields, JOBS[zone], new=True)
    record = HANDLER.normalize(Side.GOPAAS, {"cle": "a1", **row}, JOBS[zone])
    assert {name: record.fields[name] for name in fields} == fields


@given(fields=contents(), zone=ZONE)
@settings(max_examples=examples(30))
def test_both_sides_know_an_event_by_the_same_natural_key(fields, zone):
    event = Outlook().post(sent(fields, zone, new=True))
    ours = HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone])
    row = HANDLER.render(Side.GOPAAS, ours.fields, JOBS[zone], new=True)
    assert HANDLER.normalize(Side.GOPAAS, {"cle": "a1", **row}, JOBS[zone]).natural == ours.natural


@given(fields=time_fields(), zone=ZONE)
def test_both_sides_agree_on_when_an_event_takes_place(fields, zone):
    row = HANDLER.render(Side.GOPAAS, fields, JOBS[zone], new=True)
    event = Outlook().post(sent(fields, zone, new=True))
    assert (
        HANDLER.normalize(Side.GOPAAS, {"cle": "a1", **row}, JOBS[zone]).span
        == HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone]).span
    )


@pytest.mark.parametrize("zone", ZONES, ids=str)
@pytest.mark.parametrize("night", [0, 1])
def test_every_quarter_of_a_night_in_which_clocks_change_arrives_at_its_instant(zone, night):
    midnight = datetime.combine(DST_NIGHTS[zone.key][night], datetime.min.time())
    for quarter in range(24):
        wall = midnight + timedelta(minutes=15 * quarter)
        event = Outlook().post(sent(at(wall), zone, new=True))
        record = HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone])
        assert record.span.start == wall.replace(tzinfo=zone).astimezone(UTC)
        arrived = record.span.start.astimezone(zone).replace(tzinfo=None)
        assert times(record)[:2] == (f"{arrived:%Y-%m-%d}", f"{arrived:%H:%M:%S}")
        assert (arrived == wall) or (not is_plain(wall, zone) and arrived > wall)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_whole_days_stay_the_same_days_in_every_zone(zone):
    for night in DST_NIGHTS[zone.key]:
        fields = fields_at(night.isoformat(), None, (night + timedelta(days=1)).isoformat(), None)
        event = Outlook().post(sent(fields, zone, new=True))
        assert event["end"]["dateTime"].startswith((night + timedelta(days=2)).isoformat())
        assert times(HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone])) == tuple(fields.values())


@given(
    wall=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), name=st.sampled_from(sorted(available_timezones())), zone=ZONE
)
def test_a_time_in_any_zone_of_the_world_is_shown_on_our_clocks(wall, name, zone):
    wall = wall.replace(microsecond=0, fold=0)
    event = Outlook().post(sent(at(datetime(2026, 1, 1)), zone, new=True)) | {"start": moment(wall.isoformat(), name)}
    event["end"] = event["start"]
    expected = wall.replace(tzinfo=ZoneInfo(name)).astimezone(zone)
    assert times(HANDLER.normalize(Side.OUTLOOK, event, JOBS[zone]))[:2] == (f"{expected:%Y-%m-%d}", f"{expected:%H:%M:%S}")


@pytest.mark.parametrize("name", sorted(win_tz))
def test_every_windows_name_is_a_zone_of_the_zone_database(name):
    assert zone_of(name) == zone_of(name.upper()) == ZoneInfo(win_tz[name])


@pytest.mark.parametrize("name", sorted(CHOICES))
def test_outlook_s_default_word_means_nothing_and_every_other_word_itself(name):
    default, *others = CHOICES[name]
    assert [read_field(name, word) for word in (default, *others)] == [None, *others]


def at(wall):
    return fields_at(f"{wall:%Y-%m-%d}", f"{wall:%H:%M:%S}", f"{wall:%Y-%m-%d}", f"{wall:%H:%M:%S}")


def all_plain(fields, zone):
    """Whether the clocks of `zone` show start and end exactly once; otherwise what Outlook shows is the instant sent instead."""
    if fields["startTime"] is None:
        return True
    walls = [datetime.fromisoformat(f"{fields[day]}T{fields[clock]}") for day, clock in (TIME[:2], TIME[2:])]
    return all(is_plain(wall, zone) for wall in walls)
