"""The part of time that a job looks at (complaint 6): one predicate for both sides, entered and left at different places."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby, pairwise

import pytest
from agenda_examples import DAY, FAR, FUTURE, HORIZON, LONG_AGO, NOW, PAST, event, row, span
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.model import Span
from outlookd.core.window import MARGIN, Horizon, overlap

WINDOW = HORIZON.at(NOW)
SECOND = timedelta(seconds=1)

MOMENTS = st.integers(-800 * 24, 800 * 24).map(lambda hours: NOW + timedelta(hours=hours))
LENGTHS = st.one_of(
    st.just(timedelta(0)), st.integers(1, 72).map(lambda hours: timedelta(hours=hours)), st.integers(1, 4000).map(timedelta)
)
SPANS = st.builds(span, MOMENTS, LENGTHS)
HORIZONS = st.builds(
    Horizon,
    past=st.integers(0, 400).map(timedelta),
    future=st.integers(1, 400).map(timedelta),
    series=st.integers(0, 400).map(timedelta),
)


@pytest.mark.parametrize(
    ("at", "admitted", "kept"),
    [
        (FUTURE, True, True),
        (PAST, True, True),
        (LONG_AGO, False, False),
        (FAR, False, False),
        (span(NOW - 61 * DAY), False, True),
        (span(NOW + 366 * DAY), False, True),
        (span(NOW - 63 * DAY), False, False),
        (span(NOW + 368 * DAY), False, False),
        (span(NOW - 60 * DAY), True, True),
        (span(NOW - 60 * DAY - SECOND, SECOND), False, True),
        (span(NOW - 60 * DAY - SECOND, 2 * SECOND), True, True),
        (span(NOW + 365 * DAY), False, True),
        (span(NOW + 365 * DAY - SECOND), True, True),
        (span(NOW - 60 * DAY, timedelta(0)), True, True),
        (span(NOW + 365 * DAY, timedelta(0)), False, True),
        (span(NOW - 1000 * DAY, 2000 * DAY), True, True),
    ],
    ids=str,
)
def test_the_window_has_two_edges(at, admitted, kept):
    assert (WINDOW.admits(row(at=at)), WINDOW.keeps(at)) == (admitted, kept)


def test_what_has_no_time_is_not_admitted_but_kept():
    assert (WINDOW.admits(row(at=None)), WINDOW.keeps(None, None)) == (False, True)


def test_one_known_time_inside_is_enough_to_keep_a_pair():
    assert WINDOW.keeps(LONG_AGO, FUTURE, None, FAR)


def test_an_unknown_time_does_not_keep_what_lies_outside():
    assert not WINDOW.keeps(LONG_AGO, None)


@given(at=SPANS, horizon=HORIZONS)
def test_both_sides_use_the_same_inequality(at, horizon):
    window = horizon.at(NOW)
    assert window.admits(row(at=at)) == window.admits(event(at=at))


@given(at=SPANS, horizon=HORIZONS, minutes=st.integers(-int(MARGIN / SECOND) + 1, int(MARGIN / SECOND) - 1))
def test_what_may_enter_is_not_left_alone_a_moment_later_or_earlier(at, horizon, minutes):
    shifted = horizon.at(NOW + minutes * SECOND)
    assert not horizon.at(NOW).admits(row(at=at)) or shifted.keeps(at)


@given(at=SPANS, horizon=HORIZONS, steps=st.lists(st.integers(0, 40 * 24), min_size=2, max_size=40))
def test_nothing_crosses_an_edge_twice_while_time_goes_by(at, horizon, steps):
    moments = [NOW - 900 * DAY]
    for hours in steps:
        moments.append(moments[-1] + timedelta(hours=hours))
    for says in (lambda window: window.admits(row(at=at)), lambda window: window.keeps(at)):
        phases = [inside for inside, _ in groupby(says(horizon.at(now)) for now in moments)]
        assert phases.count(True) <= 1


@given(at=SPANS, horizon=HORIZONS, steps=st.lists(st.integers(0, 40 * 24), min_size=2, max_size=40))
def test_what_was_left_alone_does_not_enter_again_while_time_goes_by(at, horizon, steps):
    now, left = NOW - 900 * DAY, False
    entered = False
    for hours in steps:
        now += timedelta(hours=hours)
        window = horizon.at(now)
        entered = entered or window.admits(row(at=at))
        left = left or (entered and not window.keeps(at))
        assert not (left and window.admits(row(at=at)))


@given(at=SPANS, horizon=HORIZONS)
def test_occurrences_enter_no_earlier_than_single_events(at, horizon):
    window = horizon.at(NOW)
    assert not window.admits(event(at=at, series="s")) or window.admits(event(at=at))


@given(at=SPANS)
def test_occurrences_enter_up_to_their_own_horizon(at):
    assert WINDOW.admits(event(at=at, series="s")) == (WINDOW.admits(event(at=at)) and at.start < NOW + 90 * DAY)


@given(at=SPANS)
def test_a_job_without_occurrences_admits_none(at):
    window = Horizon(past=60 * DAY, future=365 * DAY, series=90 * DAY, occurrences=False).at(NOW)
    assert not window.admits(event(at=at, series="s"))


def test_an_occurrence_that_is_a_pair_is_kept_beyond_the_horizon_of_series():
    assert WINDOW.keeps(span(NOW + 100 * DAY))


@given(first=st.builds(span, MOMENTS, LENGTHS.filter(bool)), second=st.builds(span, MOMENTS, LENGTHS.filter(bool)))
def test_overlapping_is_mutual(first, second):
    assert overlap(first, second) == overlap(second, first)


@given(at=SPANS, days=st.integers(-500, 500))
def test_the_window_means_the_same_at_any_time(at, days):
    later = Span(start=at.start + days * DAY, end=at.end + days * DAY)
    assert HORIZON.at(NOW + days * DAY).admits(row(at=later)) == WINDOW.admits(row(at=at))


@given(cuts=st.lists(st.integers(0, 400), min_size=2, max_size=6, unique=True))
def test_neighbouring_spans_share_no_instant(cuts):
    moments = [NOW + hours * timedelta(hours=1) for hours in sorted(cuts)]
    spans = [Span(start=start, end=end) for start, end in pairwise(moments)]
    assert not any(overlap(first, second) for first, second in pairwise(spans))
