"""Patterns of repetition: which are accepted, how they read back, and the dates they fall on, held against dateutil's."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule
from hypothesis import assume, given
from hypothesis import strategies as st

from outlookd.sandbox.moments import Moment
from outlookd.sandbox.recurrence import INDEXES, WEEKDAYS, Recurrence, Rhythm, read_recurrence
from outlookd.sandbox.refusal import Refusal

ZONE = "W. Europe Standard Time"
START = date(2026, 5, 4)


def pattern(kind="daily", **parts):
    return {"type": kind, "interval": 1, **parts}


def body(pattern, start=START, **bounds):
    return {"pattern": pattern, "range": {"type": "noEnd", "startDate": start.isoformat(), **bounds}}


def read(sent, start=START) -> Recurrence:
    return read_recurrence(sent, Moment(wall=datetime.combine(start, datetime.min.time()), zone=ZONE))


def refusal(sent) -> str:
    with pytest.raises(Refusal) as caught:
        read(sent)
    return caught.value.code


DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
SOME_WEEKDAYS = st.sets(st.sampled_from(range(7)), min_size=1)


@st.composite
def patterns(draw):
    """A pattern of Graph, and the same as a rule of dateutil."""
    kind, interval = draw(st.sampled_from(Rhythm)), draw(st.integers(1, 5))
    days, week_start = sorted(draw(SOME_WEEKDAYS)), draw(st.integers(0, 6))
    day, month, index = draw(st.integers(1, 31)), draw(st.integers(1, 12)), draw(st.sampled_from(range(5)))
    # A month without the day has it on its last one: among the candidates up to the day, the last.
    clamped = {"bymonthday": [28, 29, 30, 31][: max(day - 27, 0)] or [day], "bysetpos": -1}
    relative = {"byweekday": days, "bysetpos": -1 if INDEXES[index] == "last" else index + 1}
    rules = {
        Rhythm.DAILY: {"freq": DAILY},
        Rhythm.WEEKLY: {"freq": WEEKLY, "byweekday": days, "wkst": week_start},
        Rhythm.ABSOLUTE_MONTHLY: {"freq": MONTHLY, **clamped},
        Rhythm.RELATIVE_MONTHLY: {"freq": MONTHLY, **relative},
        Rhythm.ABSOLUTE_YEARLY: {"freq": YEARLY, "bymonth": month, **clamped},
        Rhythm.RELATIVE_YEARLY: {"freq": YEARLY, "bymonth": month, **relative},
    }
    sent = {
        "type": kind.value,
        "interval": interval,
        "daysOfWeek": [WEEKDAYS[number] for number in days],
        "firstDayOfWeek": WEEKDAYS[week_start],
        "dayOfMonth": day,
        "month": month,
        "index": INDEXES[index],
    }
    return sent, rules[kind] | {"interval": interval}


@given(patterns(), DAYS)
def test_a_pattern_falls_on_the_dates_that_dateutil_finds(pair, start):
    sent, rule = pair
    expected = rrule(dtstart=datetime.combine(start, datetime.min.time()), count=30, **rule)
    assert list(islice(read(body(sent, start), start).dates(), 30)) == [time.date() for time in expected]


@given(patterns(), DAYS, st.integers(1, 20))
def test_a_numbered_series_has_so_many_dates(pair, start, count):
    series = read(body(pair[0], start, type="numbered", numberOfOccurrences=count), start)
    assert len(list(series.dates())) == count


@given(patterns(), DAYS, st.integers(0, 800))
def test_an_end_date_belongs_to_the_series(pair, start, days):
    end = start + timedelta(days=days)
    endless = [day for day in islice(read(body(pair[0], start), start).dates(), 801) if day <= end]
    assume(endless)
    assert list(read(body(pair[0], start, type="endDate", endDate=end.isoformat()), start).dates()) == endless


@given(patterns(), DAYS)
def test_what_reads_back_means_the_same(pair, start):
    series = read(body(pair[0], start), start)
    again = read(series.shown(), start)
    assert list(islice(again.dates(), 20)) == list(islice(series.dates(), 20))


def test_parts_that_do_not_matter_read_back_as_zeros():
    shown = read(body(pattern("daily", dayOfMonth=12, month=3, index="last", firstDayOfWeek="monday"))).shown()
    assert shown == {
        "pattern": {"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0, "firstDayOfWeek": "sunday", "index": "first"},
        "range": {
            "type": "noEnd",
            "startDate": "2026-05-04",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": ZONE,
            "numberOfOccurrences": 0,
        },
    }


@pytest.mark.parametrize(
    "parts",
    [
        {"interval": 0},
        {"interval": "1"},
        {"interval": None},
        {"kind": "hourly"},
        {"kind": "weekly"},
        {"kind": "weekly", "daysOfWeek": ["lundi"]},
        {"kind": "weekly", "daysOfWeek": "monday"},
        {"kind": "absoluteMonthly"},
        {"kind": "absoluteMonthly", "dayOfMonth": 32},
        {"kind": "relativeMonthly", "index": "first"},
        {"kind": "absoluteYearly", "dayOfMonth": 3},
        {"kind": "relativeYearly", "daysOfWeek": ["monday"], "index": "fifth", "month": 1},
        {"kind": "daily", "month": 13},
    ],
)
def test_a_wrong_part_is_refused_even_where_it_does_not_matter(parts):
    assert refusal(body(pattern(**parts))) == "ErrorPropertyValidationFailure"


@pytest.mark.parametrize(
    "bounds",
    [
        {"startDate": "2026-05-05"},
        {"startDate": None},
        {"type": "endDate"},
        {"type": "endDate", "endDate": "2026-05-03"},
        {"type": "numbered", "numberOfOccurrences": 0},
    ],
)
def test_a_range_must_begin_on_the_day_of_the_event_and_have_an_end_of_its_kind(bounds):
    assert refusal(body(pattern(), **bounds)) == "ErrorInvalidRecurrenceRange"


def test_a_series_without_any_occurrence_is_refused():
    sent = body(pattern("weekly", daysOfWeek=["sunday"]), type="endDate", endDate="2026-05-06")
    assert refusal(sent) == "ErrorRecurrenceHasNoOccurrence"


def test_another_zone_than_the_events_is_refused_without_saying_which_part():
    assert refusal(body(pattern(), recurrenceTimeZone="Tokyo Standard Time")) == "ErrorPropertyValidationFailure"


def test_a_windows_and_an_iana_name_of_one_zone_go_together():
    assert read(body(pattern(), recurrenceTimeZone="Europe/Berlin")).zone == "Europe/Berlin"


@pytest.mark.parametrize("where", ["pattern", "range"])
def test_a_part_that_does_not_exist_is_refused(where):
    sent = body(pattern())
    sent[where]["colour"] = "red"
    assert refusal(sent) == "RequestBodyRead"
