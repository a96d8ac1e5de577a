"""Occurrences of series (design rule 10, complaint 16): found again by their place, admitted up to a limit, counted as one act."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from agenda_examples import (
    DAY,
    FIRST,
    HORIZON,
    HOUR,
    NOW,
    SERIES,
    decided,
    event,
    events,
    known,
    linked,
    occurrence,
    place,
    row,
    rows,
    rules,
    span,
    words,
)
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.model import WRITES, LinkStatus, Op, Origin, Side
from outlookd.core.pairing import pair
from outlookd.core.plan import draft
from outlookd.core.series import reseat, to_ask
from outlookd.core.verdict import Proof, Seen
from outlookd.core.window import Horizon


def partners(links):
    return [row(link.gopaas_id, at=link.gopaas.span) for link in links]


def seats(links, outlook):
    """Which link sits where afterwards."""
    moved = {link.id: link for link in reseat(links, outlook)}
    return {link.id: moved.get(link.id, link).outlook_id for link in links}


def planned(links, outlook, gopaas=None, chosen=None):
    """What a run does about a series, once its links sit where they belong."""
    chosen = chosen or rules()
    moved = {link.id: link for link in reseat(links, outlook)}
    links = [moved.get(link.id, link) for link in links]
    gopaas = gopaas or rows(*partners(links))
    return draft(pair(links, gopaas, outlook, chosen), gopaas, outlook, chosen)


def written(plan):
    return [f"{action.op} {action.side}" for action in plan.actions if action.op in WRITES]


# Found again.


def test_an_occurrence_whose_id_changed_is_found_by_its_place():
    links = [known(0), known(1)]
    assert seats(links, events(occurrence(0, "new-0"), occurrence(1, "new-1"))) == {
        "link-master-k0": "new-0",
        "link-master-k1": "new-1",
    }


def test_an_old_id_that_was_asked_for_and_is_gone_is_no_deletion_while_another_has_its_place():
    link = known(0)
    outlook = replace(events(occurrence(0, "new-0")), proofs={link.outlook_id: Proof.GONE})
    assert seats([link], outlook) == {"link-master-k0": "new-0"}
    assert written(planned([link], outlook)) == []


def test_new_ids_alone_are_written_nowhere():
    links = [known(number) for number in range(5)]
    assert written(planned(links, events(*(occurrence(number, f"new-{number}") for number in range(5))))) == []


def test_a_moved_occurrence_is_found_by_where_the_pattern_puts_it():
    elsewhere = occurrence(0, "new-0", at=span(FIRST + 9 * DAY))
    assert seats([known(0), known(9)], events(elsewhere, occurrence(9, "new-9"))) == {
        "link-master-k0": "new-0",
        "link-master-k9": "new-9",
    }


def test_the_place_counts_within_one_series_only():
    assert seats([known(0)], events(occurrence(0, series="other"))) == {"link-master-k0": "master-0"}


def test_a_series_moved_as_a_whole_keeps_its_records():
    links = [known(0), known(7), known(14)]
    shown = [occurrence(number + 2, f"new-{number}", at=span(FIRST + (number + 2) * DAY)) for number in (0, 7, 14)]
    assert seats(links, events(*shown)) == {
        "link-master-k0": "new-0",
        "link-master-k7": "new-7",
        "link-master-k14": "new-14",
    }


def test_a_series_moved_as_a_whole_moves_its_records_and_makes_none():
    links = [known(0), known(7), known(14)]
    shown = [occurrence(number + 2, f"new-{number}", at=span(FIRST + (number + 2) * DAY)) for number in (0, 7, 14)]
    assert written(planned(links, events(*shown))) == ["update gopaas"] * 3


def test_a_series_moved_with_one_occurrence_less_loses_one_record():
    links = [known(0), known(7), known(14)]
    shown = [occurrence(number + 1, f"new-{number}", at=span(FIRST + (number + 1) * DAY)) for number in (0, 7)]
    assert seats(links, events(*shown)) == {
        "link-master-k0": "new-0",
        "link-master-k7": "new-7",
        "link-master-k14": "master-14",
    }


def test_a_single_event_that_became_a_series_keeps_its_record():
    single = event(SERIES, at=span(FIRST))
    pair_ = linked(row(at=span(FIRST)), single, origin=Origin.OUTLOOK)
    assert seats([pair_], events(occurrence(0), occurrence(1))) == {"link-k1": "master-0"}


def test_a_deleted_occurrence_does_not_become_another_one():
    links = [known(0), known(1)]
    assert seats(links, events(occurrence(0), occurrence(2))) == {"link-master-k0": "master-0", "link-master-k1": "master-1"}


def test_a_deleted_occurrence_is_one_deletion():
    links = [known(0), known(1)]
    plan = planned(links, events(occurrence(0), proofs={"master-1": Proof.GONE}))
    assert [(action.op, action.link.id) for action in plan.actions] == [(Op.DETACH, "link-master-k1")]


def test_an_occurrence_that_is_still_shown_keeps_its_link():
    copy = occurrence(0, "copy-0")
    assert seats([known(0)], events(occurrence(0), copy)) == {"link-master-k0": "master-0"}


def test_an_occurrence_that_cannot_be_read_keeps_its_link():
    unreadable = events(occurrence(0, "new-0"), unreadable=frozenset({"master-0"}))
    assert seats([known(0)], unreadable) == {"link-master-k0": "master-0"}


def test_an_occurrence_that_no_feed_mentions_keeps_its_link():
    feed = Seen(side=Side.OUTLOOK, records={"new-1": occurrence(1, "new-1")})
    assert seats([known(0)], feed) == {"link-master-k0": "master-0"}


def test_a_feed_that_shows_a_series_whole_tells_which_ids_are_gone():
    feed = Seen(side=Side.OUTLOOK, records={"new-0": occurrence(0, "new-0")}, whole=frozenset({SERIES}))
    assert seats([known(0)], feed) == {"link-master-k0": "new-0"}


@pytest.mark.parametrize("status", [LinkStatus.DETACHED, LinkStatus.FOLLOWER])
def test_whoever_knows_the_occurrence_follows_its_id(status):
    assert seats([known(0, status=status)], events(occurrence(0, "new-0"))) == {"link-master-k0": "new-0"}


def test_a_tombstone_follows_nothing():
    assert seats([known(0, status=LinkStatus.TOMBSTONE)], events(occurrence(0, "new-0"))) == {"link-master-k0": "master-0"}


def test_what_an_earlier_run_saw_is_no_place_for_a_deleted_occurrence():
    shown = events(occurrence(91))
    assert reseat([known(0)], shown, frozenset({"master-91"})) == ()
    assert [link.outlook_id for link in reseat([known(0)], shown)] == ["master-91"]


def test_what_an_earlier_run_saw_is_taken_all_the_same_where_the_place_is_right():
    assert [link.outlook_id for link in reseat([known(0)], events(occurrence(0, "new-0")), frozenset({"new-0"}))] == ["new-0"]


def test_an_occurrence_deleted_long_ago_does_not_hold_back_the_others():
    links = [known(0, status=LinkStatus.DETACHED, outlook_id=""), known(1)]
    assert seats(links, events(occurrence(2, "new-1")))["link-master-k1"] == "new-1"


def deleted(number, **values):
    """The link of an occurrence that a person deleted."""
    return known(number, status=LinkStatus.DETACHED, outlook_id="", **values)


def moved_by(days, *numbers):
    """What is shown of a series that was moved so many days."""
    return [occurrence(number + days, f"new-{number}", at=span(FIRST + (number + days) * DAY)) for number in numbers]


@pytest.mark.parametrize("days", [-1, 1, 2])
def test_an_occurrence_that_its_series_brings_back_with_a_move_is_its_record_s_again(days):
    links = [known(0), known(7), deleted(14)]
    assert seats(links, events(*moved_by(days, 0, 7, 14)))["link-master-k14"] == "new-14"


def test_an_occurrence_that_its_series_brings_back_with_a_move_makes_no_record():
    links = [known(0), known(7), deleted(14)]
    assert written(planned(links, events(*moved_by(1, 0, 7, 14)))) == ["update gopaas"] * 3


def test_an_occurrence_that_is_back_in_its_place_is_its_record_s_though_the_record_was_made_elsewhere():
    links = [known(0), replace(deleted(14), gopaas_id="made-elsewhere")]
    assert seats(links, events(occurrence(0), occurrence(14, "back")))["link-master-k14"] == "back"


@pytest.mark.parametrize(
    "shown",
    [moved_by(1, 0, 7, 21), moved_by(1, 0, 21), [occurrence(0), *moved_by(1, 14)], [*moved_by(1, 0), *moved_by(2, 7, 14)]],
    ids=["another day came", "one less", "nothing was moved", "not as a whole"],
)
def test_a_deleted_occurrence_is_back_only_where_the_move_of_its_series_puts_it(shown):
    assert seats([known(0), known(7), deleted(14)], events(*shown))["link-master-k14"] == ""


def test_of_two_records_of_one_deleted_occurrence_one_gets_it_back():
    links = [known(0), deleted(14), replace(deleted(14), id="another", gopaas_id="another")]
    assert sorted(seats(links, events(*moved_by(1, 0, 14))).values()) == ["", "new-0", "new-14"]


def test_of_two_records_of_one_deleted_occurrence_the_one_that_exists_gets_it_back():
    links = [known(0), deleted(14), replace(deleted(14), id="another", gopaas_id="another")]
    shown = events(*moved_by(1, 0, 14))
    back = [{link.id: link.outlook_id for link in reseat(links, shown, rowless={gone})} for gone in ("another", "master-k14")]
    assert back == [{"link-master-k0": "new-0", id: "new-14"} for id in ("link-master-k14", "another")]


def test_only_records_of_deleted_occurrences_are_asked_for_and_only_where_one_is_back():
    links = [known(0), known(7), deleted(14), deleted(21), deleted(14, series="other")]
    moved = reseat(links, events(*moved_by(1, 0, 7, 14)))
    assert to_ask(links, moved, rows(row("master-k21"))) == ("master-k14",)
    assert to_ask(links, moved[:2], rows()) == ()


@pytest.mark.parametrize("status", [LinkStatus.ACTIVE, LinkStatus.WITHDRAWN, LinkStatus.TOMBSTONE])
def test_only_what_a_person_deleted_comes_back_with_its_series(status):
    links = [known(0), known(14, status=status, outlook_id="")]
    assert seats(links, events(*moved_by(1, 0, 14)))["link-master-k14"] == ""


def test_whoever_follows_an_occurrence_follows_its_meeting():
    links = [known(0, meeting="old"), known(1, meeting="old", status=LinkStatus.FOLLOWER)]
    shown = events(*(occurrence(number, f"new-{number}", meeting="new") for number in (0, 1)))
    assert [link.meeting for link in reseat(links, shown)] == ["new", "new"]


NUMBERS = st.lists(st.integers(0, 30), unique=True, max_size=12)


@st.composite
def reshaped(draw):
    """Links of two series, and what is shown of them after somebody reshaped them."""
    links, shown = [], []
    for series in ("a", "b"):
        numbers = draw(NUMBERS)
        links += [known(number, series=series) for number in numbers]
        shift, renamed = draw(st.integers(-3, 3)), draw(st.booleans())
        kept = draw(st.lists(st.sampled_from(numbers), unique=True)) if numbers else []
        for number in {*kept, *draw(NUMBERS)}:
            id = f"{series}-new-{number}" if renamed else ""
            at = span(FIRST + (number + shift) * DAY + draw(st.integers(0, 5)) * HOUR)
            shown.append(occurrence(number + shift, id, series=series, at=at))
    return links, shown


@given(reshaped())
def test_no_two_links_sit_on_one_occurrence(case):
    links, shown = case
    taken = list(seats(links, events(*shown)).values())
    assert len(taken) == len(set(taken))


@given(reshaped())
def test_nobody_changes_the_series(case):
    links, shown = case
    series = {record.id: record.series for record in shown}
    assert all(series[link.outlook_id] == link.series for link in reseat(links, events(*shown)))


@given(reshaped(), st.randoms())
def test_the_order_in_which_things_are_shown_does_not_matter(case, source: random.Random):
    links, shown = case
    expected = seats(links, events(*shown))
    source.shuffle(links)
    source.shuffle(shown)
    assert seats(links, events(*shown)) == expected


@given(reshaped())
def test_whoever_is_shown_keeps_its_seat(case):
    links, shown = case
    present = {record.id for record in shown}
    assert not [link for link in reseat(links, events(*shown)) if known_id(link) in present]


def known_id(link):
    """The id that the link of an occurrence had before anything was reshaped."""
    return link.id.removeprefix("link-").replace("-k", "-")


@given(reshaped())
def test_whoever_kept_its_place_is_found(case):
    links, shown = case
    found = seats(links, events(*shown))
    places = {(record.series, record.original_start): record.id for record in shown}
    for link in links:
        assert found[link.id] == places.get((link.series, link.original_start), found[link.id])


@given(numbers=st.lists(st.integers(0, 50), unique=True, min_size=1, max_size=15), shift=st.integers(51, 60))
def test_a_series_moved_as_a_whole_leaves_nobody_behind(numbers, shift):
    links = [known(number) for number in numbers]
    shown = [occurrence(number + shift, f"new-{number}") for number in numbers]
    assert set(seats(links, events(*shown)).values()) == {record.id for record in shown}


@given(reshaped())
def test_sitting_down_twice_changes_nothing(case):
    links, shown = case
    moved = {link.id: link for link in reseat(links, events(*shown))}
    assert reseat([moved.get(link.id, link) for link in links], events(*shown)) == ()


# Admitted.


def made(shown, links=(), **horizon):
    window = Horizon(**{"past": 60 * DAY, "future": 365 * DAY, "series": 90 * DAY, **horizon}).at(NOW)
    plan = planned(list(links), events(*shown, window=window.outer), chosen=rules(window=window))
    return [action.link.outlook_id for action in plan.actions if action.op is Op.CREATE]


def test_every_occurrence_becomes_a_record():
    assert sorted(made([occurrence(number) for number in range(3)])) == ["master-0", "master-1", "master-2"]


def test_occurrences_beyond_the_horizon_of_series_do_not():
    assert made([occurrence(88), occurrence(95)]) == ["master-88"]


def test_single_events_beyond_the_horizon_of_series_do():
    assert made([event("far", at=span(NOW + 200 * DAY))]) == ["far"]


def test_a_job_may_leave_occurrences_out():
    assert made([occurrence(0), event("single")], occurrences=False) == ["single"]


def test_of_one_series_the_earliest_enter_up_to_the_cap():
    assert sorted(made([occurrence(number) for number in (4, 2, 0, 3, 1)], cap=3)) == ["master-0", "master-1", "master-2"]


def test_the_cap_is_for_each_series():
    shown = [occurrence(number, series=series) for series in ("a", "b") for number in range(3)]
    assert sorted(made(shown, cap=2)) == ["a-0", "a-1", "b-0", "b-1"]


def test_single_events_have_no_cap():
    assert len(made([event(f"single-{number}") for number in range(5)], cap=2)) == 5


def test_occurrences_that_are_records_count_for_the_cap():
    links = [known(0), known(1)]
    assert made([occurrence(number) for number in range(5)], links, cap=3) == ["master-2"]


def test_occurrences_that_left_the_window_do_not_count_for_the_cap():
    # Or a daily series, once it has filled the cap, would never bring another record for as long as it lives.
    long_gone = [known(number) for number in (-200, -199, -198)]
    assert made([occurrence(0)], long_gone, cap=3) == ["master-0"]


def test_records_stay_when_the_cap_is_lowered():
    links = [known(number) for number in range(5)]
    plan = planned(links, events(*(occurrence(n) for n in range(5))), chosen=rules(window=replace(HORIZON, cap=2).at(NOW)))
    assert plan.actions == ()


def test_two_occurrences_of_one_series_become_two_records():
    plan = planned([], events(occurrence(0), occurrence(1)))
    assert len({action.link.gopaas_id for action in plan.actions}) == 2


def test_an_occurrence_has_the_same_key_under_any_id():
    (first,) = planned([], events(occurrence(0, "old"))).actions
    (second,) = planned([], events(occurrence(0, "new"))).actions
    assert first.link.gopaas_id == second.link.gopaas_id


def test_a_new_record_remembers_its_place_in_the_series():
    (create,) = planned([], events(occurrence(3))).actions
    assert (create.link.series, create.link.original_start) == (SERIES, place(3))


def test_an_edit_of_such_a_record_changes_that_occurrence_alone():
    links = [known(0), known(1)]
    left = rows(row("master-k0", at=span(FIRST), subject="Moved"), *partners(links)[1:])
    plan = planned(links, events(occurrence(0), occurrence(1)), left)
    assert [(action.side, action.link.outlook_id, dict(action.fields)) for action in plan.actions] == [
        (Side.OUTLOOK, "master-0", {"subject": "Moved"})
    ]


def test_a_record_whose_row_is_gone_leaves_its_occurrence():
    pair_ = known(0)
    decision = decided(pair_, rows(proofs={pair_.gopaas_id: Proof.GONE}), events(occurrence(0)))
    assert words(decision) == ["detach"]
