from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.gopaas.days import LONGEST_GAP, SKEW, NewestDay, ScanMark, days_between, parse_mark

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
gaps = st.timedeltas(timedelta(0), LONGEST_GAP)
skews = st.timedeltas(-SKEW, SKEW)
zones = st.sampled_from(["Europe/Paris", "UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Australia/Lord_Howe"]).map(ZoneInfo)


@given(moments, gaps, st.floats(0, 1), skews, zones)
def test_whatever_is_written_between_two_scans_has_a_day_that_is_asked_for(start, gap, share, skew, zone):
    written = (start + share * gap + skew).astimezone(zone).date().isoformat()
    assert written in days_between(start, start + gap, zone)


@given(moments, gaps, zones)
def test_days_follow_each_other_without_a_gap_oldest_first(start, gap, zone):
    days = [datetime.fromisoformat(day) for day in days_between(start, start + gap, zone)]
    assert {later - earlier for earlier, later in pairwise(days)} <= {timedelta(days=1)}
    assert len(days) <= LONGEST_GAP.days + 2


@pytest.mark.parametrize(
    ("paris", "days"),
    [
        ("2026-11-23T00:20", ["2026-11-22", "2026-11-23"]),
        ("2026-11-23T01:20", ["2026-11-23"]),
        ("2026-11-23T22:40", ["2026-11-23"]),
        ("2026-11-23T23:20", ["2026-11-23", "2026-11-24"]),
    ],
)
def test_around_midnight_two_days_are_asked_for(paris, days):
    moment = datetime.fromisoformat(paris).replace(tzinfo=PARIS)
    assert days_between(moment, moment + timedelta(minutes=5), PARIS) == days


@given(st.none() | moments)
def test_a_mark_is_read_back_from_its_cursor(at):
    mark = ScanMark(question="q", at=at)
    assert parse_mark(mark.cursor, "q") == mark


@pytest.mark.parametrize("cursor", ["", "other never", "q", "q soon", "q 2026-11-23T08:00:00"])
def test_a_cursor_that_says_nothing_about_this_question_is_no_mark(cursor):
    assert parse_mark(cursor, "q") is None


@pytest.mark.parametrize(
    ("at", "usable"),
    [
        (None, False),
        (NOW, True),
        (NOW - timedelta(days=7), True),
        (NOW - timedelta(days=7, seconds=1), False),
        (NOW + timedelta(seconds=1), False),
    ],
    ids=["never", "now", "a week ago", "longer ago", "in the future"],
)
def test_a_scan_continues_within_a_week(at, usable):
    assert ScanMark(question="q", at=at).usable_at(NOW) == (at if usable else None)


def rows(**days):
    return [{"cle": key, "date_modification": day} for key, day in days.items()]


def test_the_newest_day_is_kept_with_its_rows_only():
    newest = NewestDay()
    newest.add(rows(a="2026-11-20", b="2026-11-22"))
    newest.add(rows(c="2026-11-22", d="2026-11-21"))
    assert newest.day == "2026-11-22"
    assert [newest.fault(rows(**{key: "2026-11-22"})) == "" for key in "abcd"] == [False, True, True, False]


@pytest.mark.parametrize("day", ["23/11/2026", "0000-00-00", "", None, "20261123", "2026-11-23 10:00:00", 20261123])
def test_what_is_no_day_in_the_form_of_the_api_does_not_count(day):
    newest = NewestDay()
    newest.add([{"cle": "a", "date_modification": day}, {"cle": "b"}, {"cle": None, "date_modification": "2026-11-23"}])
    assert newest.day == ""


def test_a_trial_that_shows_a_row_of_another_day_proves_that_the_search_is_ignored():
    newest = NewestDay()
    newest.add(rows(a="2026-11-22", b="2026-11-20"))
    assert newest.fault(rows(a="2026-11-22", b="2026-11-20")) == "a search for one day shows rows of another"


@pytest.mark.parametrize("shown", [{}, {"z": "2026-11-22"}], ids=["nothing", "other rows"])
def test_a_trial_that_does_not_show_a_row_of_that_day_proves_nothing(shown):
    newest = NewestDay()
    newest.add(rows(a="2026-11-22"))
    assert newest.fault(rows(**shown)) == "a search for one day does not show that day's rows"
