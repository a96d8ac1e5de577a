"""The decision table for a known calendar pair (sync-model 5.4, design rules 2, 5, 12): one test per cell, and what an act carries."""

from __future__ import annotations

import pytest
from agenda_examples import (
    FUTURE,
    ID,
    KEY,
    PAST,
    POINTING_MAP,
    STATUS,
    A,
    C,
    D,
    Q,
    U,
    X,
    acts,
    decided,
    gopaas_says,
    link,
    named,
    outcome,
    outlook_says,
    rules,
    unmentioned,
    words,
)

from outlookd.core.marker import parse_marker
from outlookd.core.model import WRITES, Direction, LinkStatus, Op, Origin, Side
from outlookd.core.rules import ViewExit

BORN_IN_GOPAAS, BORN_IN_OUTLOOK, ADOPTED = Origin.GOPAAS, Origin.OUTLOOK, Origin.ADOPTED
NOTHING: list[str] = []
SHOWN_OR_GONE = (U, C, D, X)

# (GoPaaS, Outlook, origin) -> what is done, both halves in the future and without other attendees, with the default settings.
CELLS = {
    (U, U, BORN_IN_GOPAAS): NOTHING,
    (U, U, BORN_IN_OUTLOOK): NOTHING,
    (U, U, ADOPTED): NOTHING,
    (U, C, BORN_IN_GOPAAS): ["update gopaas"],
    (U, C, BORN_IN_OUTLOOK): ["update gopaas"],
    (U, C, ADOPTED): ["update gopaas"],
    (C, U, BORN_IN_GOPAAS): ["update outlook"],
    (C, U, BORN_IN_OUTLOOK): ["update outlook"],
    (C, U, ADOPTED): ["update outlook"],
    # Both edits concern the subject: the side of birth wins where nobody knows which came later.
    (C, C, BORN_IN_GOPAAS): ["update outlook"],
    (C, C, BORN_IN_OUTLOOK): ["update gopaas"],
    (C, C, ADOPTED): ["update outlook"],
    (U, D, BORN_IN_GOPAAS): ["detach"],
    (U, D, BORN_IN_OUTLOOK): ["detach"],
    (U, D, ADOPTED): ["detach"],
    (C, D, BORN_IN_GOPAAS): ["create outlook"],
    (C, D, BORN_IN_OUTLOOK): ["detach"],
    (C, D, ADOPTED): ["create outlook"],
    (U, X, BORN_IN_GOPAAS): ["detach"],
    (U, X, BORN_IN_OUTLOOK): ["detach"],
    (U, X, ADOPTED): ["detach"],
    (C, X, BORN_IN_GOPAAS): ["detach"],
    (C, X, BORN_IN_OUTLOOK): ["detach"],
    (C, X, ADOPTED): ["detach"],
    (D, U, BORN_IN_GOPAAS): ["delete outlook"],
    (D, U, BORN_IN_OUTLOOK): ["detach"],
    (D, U, ADOPTED): ["detach"],
    (D, C, BORN_IN_GOPAAS): ["delete outlook"],
    (D, C, BORN_IN_OUTLOOK): ["create gopaas"],
    (D, C, ADOPTED): ["detach"],
    (D, D, BORN_IN_GOPAAS): ["forget"],
    (D, D, BORN_IN_OUTLOOK): ["forget"],
    (D, D, ADOPTED): ["forget"],
    (X, U, BORN_IN_GOPAAS): ["detach"],
    (X, U, BORN_IN_OUTLOOK): ["detach"],
    (X, U, ADOPTED): ["detach"],
    (X, C, BORN_IN_GOPAAS): ["detach"],
    (X, C, BORN_IN_OUTLOOK): ["detach"],
    (X, C, ADOPTED): ["detach"],
    # Both still exist, so that both may be shown again: nothing is forgotten.
    (X, X, BORN_IN_GOPAAS): ["detach"],
    (X, X, BORN_IN_OUTLOOK): ["detach"],
    (X, X, ADOPTED): ["detach"],
}
UNWRITTEN = [(D, X), (X, D)]
DOUBTS = [(side, doubt) for side in (*SHOWN_OR_GONE, A, Q) for doubt in (A, Q)] + [(d, s) for s in SHOWN_OR_GONE for d in (A, Q)]


@pytest.mark.parametrize(("cell", "expected"), CELLS.items(), ids=[named(*cell) for cell in CELLS])
def test_a_cell_of_the_table(cell, expected):
    assert outcome(*cell) == expected


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("cell", UNWRITTEN, ids=[named(*cell) for cell in UNWRITTEN])
def test_one_half_deleted_and_the_other_out_of_scope_writes_nothing(cell, origin):
    assert outcome(*cell, origin) in (["forget"], ["detach"])


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("cell", DOUBTS, ids=[named(*cell) for cell in DOUBTS])
def test_a_pair_with_a_doubtful_half_waits(cell, origin):
    assert decided(link(origin), gopaas_says(cell[0]), outlook_says(cell[1])).waiting


@pytest.mark.parametrize("cell", DOUBTS, ids=[named(*cell) for cell in DOUBTS])
def test_not_even_a_base_moves_while_a_pair_waits(cell):
    assert acts(*cell) == ()


@pytest.mark.parametrize("origin", Origin)
def test_a_pair_without_news_has_nothing_to_remember_either(origin):
    assert acts(U, U, origin) == ()


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("cell", [(g, o) for g in SHOWN_OR_GONE for o in SHOWN_OR_GONE], ids=lambda cell: named(*cell))
@pytest.mark.parametrize("status", [LinkStatus.TOMBSTONE, LinkStatus.FOLLOWER])
def test_tombstones_and_followers_are_never_written(status, cell, origin):
    decision = decided(link(origin, status=status), gopaas_says(cell[0]), outlook_says(cell[1]))
    assert not [action for action in decision.actions if action.op in WRITES]


def test_both_edits_travel_when_they_concern_different_groups():
    decision = decided(link(), gopaas_says(C, subject="Moved"), outlook_says(C, location="Yard 5"))
    assert words(decision) == ["update gopaas", "update outlook"]


def test_equal_edits_agree_without_a_write():
    decision = decided(link(), gopaas_says(C, subject="Both"), outlook_says(C, subject="Both"))
    assert [(action.op, action.link.gopaas.fields["subject"]) for action in decision.actions] == [(Op.REBASE, "Both")]


# Outlook deleted its half.


@pytest.mark.parametrize(
    ("gopaas", "origin"),
    [(U, BORN_IN_GOPAAS), (U, BORN_IN_OUTLOOK), (C, BORN_IN_OUTLOOK)],
    ids=str,
)
def test_a_deletion_in_outlook_sets_the_configured_column(gopaas, origin):
    done = acts(gopaas, D, origin, chosen=rules(on_outlook_delete=STATUS))
    assert [(a.op, a.side, dict(a.raw), a.retires) for a in done] == [(Op.UPDATE, Side.GOPAAS, {"statut": "annulé"}, True)]


@pytest.mark.parametrize(("gopaas", "done"), [(U, ["detach"]), (C, ["create outlook"])], ids=str)
def test_a_deletion_in_outlook_never_reaches_an_adopted_record(gopaas, done):
    assert outcome(gopaas, D, ADOPTED, chosen=rules(on_outlook_delete=STATUS)) == done


def test_a_column_to_set_does_not_stop_an_edit_from_being_made_again():
    assert outcome(C, D, chosen=rules(on_outlook_delete=STATUS)) == ["create outlook"]


@pytest.mark.parametrize(("settings", "expected"), [({}, ["detach"]), ({"on_outlook_delete": STATUS}, ["update gopaas"])])
def test_an_event_made_again_once_is_not_made_again_twice(settings, expected):
    assert outcome(C, D, generation=2, chosen=rules(**settings)) == expected


def test_a_past_event_is_not_made_again_in_outlook():
    assert outcome(C, D, at=PAST) == ["detach"]


def test_an_event_that_gopaas_moved_into_the_future_is_made_again():
    assert words(decided(link(at=PAST), gopaas_says(C, at=PAST, to=FUTURE), outlook_says(D))) == ["create outlook"]


def test_what_is_made_again_in_outlook_counts_as_the_second_of_its_kind():
    (made,) = acts(C, D)
    stamp = parse_marker(made.link.marker)
    assert (made.link.generation, stamp and stamp.generation, made.link.gopaas_id) == (2, 2, KEY)


@pytest.mark.parametrize("settings", [{}, {"on_outlook_delete": STATUS}], ids=["detach", "set"])
@pytest.mark.parametrize(
    ("origin", "generation", "at"),
    [(BORN_IN_OUTLOOK, 1, FUTURE), (BORN_IN_GOPAAS, 2, FUTURE), (BORN_IN_GOPAAS, 1, PAST)],
    ids=["born in outlook", "made again before", "past"],
)
def test_an_edit_in_gopaas_that_loses_against_a_deletion_is_kept(origin, generation, at, settings):
    (done,) = acts(C, D, origin, at=at, generation=generation, chosen=rules(**settings))
    assert [(c.winner, c.gopaas["subject"]) for c in done.conflicts] == [(Side.OUTLOOK, "Site visit, edited in GoPaaS")]


# GoPaaS deleted its half.

NO_DELETE = {
    "past": {"at": PAST},
    "without our marker": {"marker": ""},
    "organised by somebody else": {"traits": {"guest": True, "attended": True}},
    "other attendees": {"traits": {"attended": True}},
}


@pytest.mark.parametrize("why", NO_DELETE)
@pytest.mark.parametrize("outlook", [U, C], ids=str)
def test_an_event_is_not_deleted_with_its_record_when(why, outlook):
    assert outcome(D, outlook, **NO_DELETE[why]) == ["detach"]


@pytest.mark.parametrize("why", NO_DELETE)
@pytest.mark.parametrize("outlook", [U, C], ids=str)
def test_an_event_is_not_deleted_when_its_row_leaves_the_view_and(why, outlook):
    assert outcome(X, outlook, chosen=rules(on_view_exit=ViewExit.DELETE), **NO_DELETE[why]) == ["detach"]


@pytest.mark.parametrize("outlook", [U, C], ids=str)
@pytest.mark.parametrize("origin", [BORN_IN_OUTLOOK, ADOPTED])
def test_only_what_was_born_in_gopaas_is_deleted_when_its_row_leaves_the_view(origin, outlook):
    assert outcome(X, outlook, origin, chosen=rules(on_view_exit=ViewExit.DELETE)) == ["detach"]


@pytest.mark.parametrize("outlook", [U, C], ids=str)
def test_a_job_may_delete_what_left_its_view(outlook):
    assert outcome(X, outlook, chosen=rules(on_view_exit=ViewExit.DELETE)) == ["delete outlook"]


@pytest.mark.parametrize("gopaas", [D, X], ids=str)
def test_a_meeting_is_deleted_only_as_a_write_that_mails(gopaas):
    chosen = rules(allow_mail=True, on_view_exit=ViewExit.DELETE)
    pair = link(traits={"attended": True})
    decision = decided(pair, gopaas_says(gopaas), outlook_says(U, traits={"attended": True}), chosen)
    assert [(action.op, action.mails) for action in decision.actions] == [(Op.DELETE, True)]


@pytest.mark.parametrize("gopaas", [D, X], ids=str)
@pytest.mark.parametrize("trait", ["attended", "guest"])
def test_a_meeting_that_no_feed_mentions_is_known_to_be_one(gopaas, trait):
    pair = link(traits={trait: True})
    decision = decided(pair, gopaas_says(gopaas), unmentioned(Side.OUTLOOK), rules(on_view_exit=ViewExit.DELETE))
    assert words(decision) == ["detach"]


def test_permission_to_mail_does_not_open_other_peoples_events():
    assert outcome(D, U, traits={"guest": True, "attended": True}, chosen=rules(allow_mail=True)) == ["detach"]


def test_an_event_without_attendees_is_deleted_without_mail():
    (done,) = acts(D, U)
    assert not done.mails


def test_an_event_that_its_user_once_edited_is_still_deleted_with_its_record():
    assert outcome(D, U, touched=True) == ["delete outlook"]


def test_an_edit_in_outlook_that_loses_against_a_deletion_is_kept():
    (done,) = acts(D, C)
    assert [(c.winner, c.outlook["subject"]) for c in done.conflicts] == [(Side.GOPAAS, "Site visit, edited in Outlook")]


def test_an_event_edited_after_its_record_was_deleted_becomes_another_record():
    (made,) = acts(D, C, BORN_IN_OUTLOOK, chosen=rules(fieldmap=POINTING_MAP))
    assert (made.link.gopaas_id != KEY, made.link.generation, made.link.outlook_id, made.points_to) == (True, 2, ID, ID)


def test_the_other_record_shows_what_outlook_shows():
    (made,) = acts(D, C, BORN_IN_OUTLOOK)
    assert made.fields["subject"] == "Site visit, edited in Outlook"


def test_a_record_made_again_once_is_not_made_again_twice():
    assert outcome(D, C, BORN_IN_OUTLOOK, generation=2) == ["detach"]


# One-way jobs.


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("cell", [(g, o) for g in SHOWN_OR_GONE for o in SHOWN_OR_GONE], ids=lambda cell: named(*cell))
@pytest.mark.parametrize("direction", [Direction.TO_OUTLOOK, Direction.TO_GOPAAS])
def test_a_one_way_job_writes_one_way(direction, cell, origin):
    done = acts(*cell, origin, chosen=rules(direction, fieldmap=POINTING_MAP, on_outlook_delete=STATUS))
    assert all(direction.writes(action.side) for action in done if action.op in WRITES)
