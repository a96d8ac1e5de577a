"""Calendar pairs that leave the scope of a job, rest, and come back (design rules 3 and 11; complaints 4 to 6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from agenda_examples import (
    DAY,
    FAR,
    ID,
    LATER,
    LONG_AGO,
    NOW,
    STATUS,
    A,
    C,
    D,
    Q,
    U,
    X,
    acts,
    decided,
    event,
    events,
    gopaas_says,
    link,
    named,
    outcome,
    outlook_says,
    row,
    rows,
    rules,
    span,
    unmentioned,
    words,
)

from outlookd.core.model import WRITES, Bar, LinkStatus, Op, Origin, Side
from outlookd.core.verdict import is_quiet

SHOWN_OR_GONE = (U, C, D, X)


# Out of scope, and bars.


@pytest.mark.parametrize("gopaas", [U, C], ids=str)
@pytest.mark.parametrize("origin", Origin)
def test_what_left_the_calendar_is_remembered_so_that_it_may_come_back(origin, gopaas):
    (rest,) = acts(gopaas, X, origin)
    assert (rest.link.status, rest.link.outlook_id) == (LinkStatus.DETACHED, ID)


def barred(bar, gopaas, outlook, origin, **settings):
    return decided(link(origin), gopaas_says(gopaas), outlook_says(outlook, traits={"barred": bar}), rules(**settings))


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("gopaas", [U, C], ids=str)
@pytest.mark.parametrize("outlook", [U, C], ids=str)
def test_a_cancelled_event_counts_as_deleted_in_outlook_for_good(outlook, gopaas, origin):
    # Generation 2: nobody makes anew in Outlook what its organiser cancelled there.
    expected = words(decided(link(origin, generation=2), gopaas_says(gopaas), outlook_says(D), rules(on_outlook_delete=STATUS)))
    assert words(barred(Bar.CANCELLED, gopaas, outlook, origin, on_outlook_delete=STATUS)) == expected


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("gopaas", [D, X], ids=str)
@pytest.mark.parametrize("outlook", [U, C], ids=str)
def test_a_cancelled_event_is_not_forgotten_with_its_row_because_it_still_stands_in_the_calendar(outlook, gopaas, origin):
    (rest,) = barred(Bar.CANCELLED, gopaas, outlook, origin, on_outlook_delete=STATUS).actions
    assert (rest.op, rest.link.status, rest.link.outlook_id) == (Op.DETACH, LinkStatus.DETACHED, ID)


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("gopaas", [U, C], ids=str)
@pytest.mark.parametrize("outlook", [U, C], ids=str)
def test_an_event_that_became_private_is_out_of_scope(outlook, gopaas, origin):
    (rest,) = barred(Bar.PRIVATE, gopaas, outlook, origin).actions
    assert (rest.op, rest.link.status, rest.link.outlook_id) == (Op.DETACH, LinkStatus.DETACHED, ID)


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("gopaas", [U, C, D, X], ids=str)
def test_a_private_event_tells_gopaas_nothing(gopaas, origin):
    decision = barred(Bar.PRIVATE, gopaas, C, origin)
    assert not [action for action in decision.actions if action.op in WRITES]


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("gopaas", [U, C], ids=str)
def test_declining_an_event_changes_nothing(gopaas, origin):
    assert words(barred(Bar.DECLINED, gopaas, U, origin)) == outcome(gopaas, U, origin)


@pytest.mark.parametrize("origin", Origin)
def test_a_row_that_lost_its_date_is_written_nowhere(origin):
    undated = rows(row(at=None, barred=Bar.UNDATED))
    decision = decided(link(origin), undated, outlook_says(U))
    assert not [action for action in decision.actions if action.op in WRITES]


@pytest.mark.parametrize("origin", Origin)
def test_a_row_that_now_belongs_to_somebody_else_has_left_the_view(origin):
    decision = decided(link(origin), rows(row(barred=Bar.OF_ANOTHER)), outlook_says(U))
    assert words(decision) == ["detach"]


@pytest.mark.parametrize("bar", Bar)
def test_what_a_bar_says_is_news_even_without_an_edit(bar):
    assert not is_quiet(link(), event(barred=bar))


# Pairs that rest.


@pytest.mark.parametrize("origin", Origin)
def test_a_resting_pair_goes_on_when_both_halves_are_shown_again(origin):
    pair = link(origin, status=LinkStatus.DETACHED)
    (back,) = decided(pair, gopaas_says(U), outlook_says(U)).actions
    assert (back.op, back.link.status) == (Op.REBASE, LinkStatus.ACTIVE)


@pytest.mark.parametrize(
    ("gopaas", "outlook", "expected"),
    [(C, U, ["link", "update outlook"]), (U, C, ["link", "update gopaas"]), (C, C, ["link", "update outlook"])],
    ids=str,
)
def test_what_was_edited_during_the_rest_is_merged_afterwards(gopaas, outlook, expected):
    assert outcome(gopaas, outlook, status=LinkStatus.DETACHED) == expected


RESTING = [(g, o) for g in (*SHOWN_OR_GONE, A, Q) for o in (*SHOWN_OR_GONE, A, Q) if not (g in (U, C) and o in (U, C))]


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("cell", RESTING, ids=lambda cell: named(*cell))
def test_a_resting_pair_is_not_written_while_a_half_is_not_shown(cell, origin):
    decision = decided(link(origin, status=LinkStatus.DETACHED), gopaas_says(cell[0]), outlook_says(cell[1]))
    assert not [action for action in decision.actions if action.op in WRITES]


@pytest.mark.parametrize("bar", [Bar.PRIVATE, Bar.CANCELLED])
@pytest.mark.parametrize("gopaas", [U, C], ids=str)
def test_a_resting_pair_rests_while_its_event_is_barred(gopaas, bar):
    pair = link(status=LinkStatus.DETACHED)
    decision = decided(pair, gopaas_says(gopaas), outlook_says(C, traits={"barred": bar}))
    assert all(action.op not in WRITES and action.link.status is not LinkStatus.ACTIVE for action in decision.actions)


@pytest.mark.parametrize("gopaas", [U, C], ids=str)
def test_what_was_deleted_in_outlook_stays_deleted(gopaas):
    deleted = link(status=LinkStatus.DETACHED, outlook_id="")
    assert decided(deleted, gopaas_says(gopaas), events()).actions == ()


# The window.

OUTSIDE = {"long ago": LONG_AGO, "far in the future": FAR}


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("cell", [(g, o) for g in SHOWN_OR_GONE for o in SHOWN_OR_GONE], ids=lambda cell: named(*cell))
@pytest.mark.parametrize("where", OUTSIDE)
def test_a_pair_outside_the_window_is_left_alone(where, cell, origin):
    assert acts(*cell, origin, at=OUTSIDE[where]) == ()


@pytest.mark.parametrize("where", OUTSIDE)
@pytest.mark.parametrize(
    ("gopaas", "outlook", "expected"),
    [("moved", U, ["update outlook"]), (U, "moved", ["update gopaas"])],
    ids=["by gopaas", "by outlook"],
)
def test_a_move_out_of_the_window_reaches_the_other_side(gopaas, outlook, expected, where):
    target = OUTSIDE[where]
    left = gopaas_says(C, to=target) if gopaas == "moved" else gopaas_says(U)
    right = outlook_says(C, to=target) if outlook == "moved" else outlook_says(U)
    assert words(decided(link(), left, right)) == expected


@pytest.mark.parametrize("where", OUTSIDE)
def test_a_move_back_into_the_window_reaches_the_other_side(where):
    pair = link(at=OUTSIDE[where])
    assert words(decided(pair, gopaas_says(C, to=LATER), unmentioned(Side.OUTLOOK))) == ["update outlook"]


def test_a_pair_in_the_margin_of_the_window_is_kept_in_step():
    margin = span(NOW + 366 * DAY)
    assert outcome(C, U, at=margin) == ["update outlook"]


def test_an_event_that_slid_out_of_the_listing_is_not_taken_for_deleted():
    decision = decided(link(at=LONG_AGO), rows(), events())
    assert decision.actions == ()


def test_a_long_event_is_kept_while_any_part_of_it_lies_in_the_window():
    long = span(NOW - 100 * DAY, timedelta(days=300))
    assert outcome(C, U, at=long) == ["update outlook"]
