"""One meeting in several mailboxes is one record (sync-model 5.13, complaint 13): one job keeps it in step, the others follow."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agenda_examples import (
    STATUS,
    A,
    C,
    D,
    Q,
    U,
    X,
    decided,
    event,
    events,
    gopaas_says,
    link,
    named,
    outlook_says,
    row,
    rows,
    rules,
    words,
)
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.meetings import owners, yielding
from outlookd.core.model import WRITES, Bar, Direction, LinkStatus, Op, Origin
from outlookd.core.pairing import pair
from outlookd.core.plan import draft
from outlookd.core.verdict import Proof

MEETING = {"meeting": "m1", "attended": True}
INVITED = {**MEETING, "guest": True}


def theirs(status=LinkStatus.ACTIVE, *, job="another", meeting="m1", **values):
    """The link of another user's job over the same meeting."""
    other = link(Origin.OUTLOOK, traits={"meeting": meeting}, status=status, **values)
    return replace(other, job=job, id=f"theirs-{job}", gopaas_id="their-key", outlook_id="their-id")


def planned(outlook, others=(), links=(), gopaas=None, chosen=None):
    chosen, gopaas = chosen or rules(), gopaas or rows()
    return draft(pair(links, gopaas, outlook, chosen, others=others), gopaas, outlook, chosen).actions


# Somebody else's record.


def test_a_meeting_that_nobody_knows_becomes_a_record():
    assert [action.op for action in planned(events(event(**MEETING)))] == [Op.CREATE]


@pytest.mark.parametrize("status", [LinkStatus.ACTIVE, LinkStatus.DETACHED])
@pytest.mark.parametrize("traits", [MEETING, INVITED], ids=["organiser", "guest"])
def test_a_meeting_that_another_job_takes_care_of_is_only_remembered(traits, status):
    (done,) = planned(events(event(**traits)), [theirs(status)])
    kept = (done.op, done.link.status, done.link.outlook_id, done.link.gopaas_id, done.link.meeting)
    assert kept == (Op.LINK, LinkStatus.FOLLOWER, "o1", "their-key", "m1")


@pytest.mark.parametrize("status", [LinkStatus.FOLLOWER, LinkStatus.TOMBSTONE])
def test_who_only_follows_a_meeting_or_forgot_it_does_not_own_it(status):
    assert [action.op for action in planned(events(event(**MEETING)), [theirs(status)])] == [Op.CREATE]


def test_another_meeting_is_another_record():
    assert [action.op for action in planned(events(event(**MEETING)), [theirs(meeting="m2")])] == [Op.CREATE]


def test_an_event_that_is_no_meeting_belongs_to_nobody_else():
    assert [action.op for action in planned(events(event()), [theirs(meeting="")])] == [Op.CREATE]


@pytest.mark.parametrize("bar", [Bar.PRIVATE, Bar.CANCELLED, Bar.DECLINED])
def test_a_barred_copy_makes_no_record(bar):
    assert not [action for action in planned(events(event(**INVITED, barred=bar)), [theirs()]) if action.op in WRITES]


def test_two_mailboxes_that_do_not_know_of_each_other_make_the_same_record():
    (mine,) = planned(events(event("my-copy", **MEETING)))
    (other,) = planned(events(event("another-copy", **INVITED)), chosen=replace(rules(), job="j2", user="bob"))
    assert mine.link.gopaas_id == other.link.gopaas_id


def test_two_events_that_are_no_meetings_make_two_records_in_two_mailboxes():
    (mine,) = planned(events(event("same-id")))
    (other,) = planned(events(event("same-id")), chosen=replace(rules(), job="j2", user="bob"))
    assert mine.link.gopaas_id != other.link.gopaas_id


# A follower.

SAID = (U, C, D, X, A, Q)
CELLS = [(g, o) for g in SAID for o in SAID]


@pytest.mark.parametrize("cell", CELLS, ids=[named(*cell) for cell in CELLS])
@pytest.mark.parametrize("direction", Direction)
def test_a_follower_writes_nothing(direction, cell):
    follower = link(Origin.ADOPTED, traits=INVITED, status=LinkStatus.FOLLOWER)
    chosen = rules(direction, allow_mail=True, on_outlook_delete=STATUS)
    decision = decided(follower, gopaas_says(cell[0]), outlook_says(cell[1], traits=INVITED), chosen)
    assert not [action for action in decision.actions if action.op in WRITES]


@pytest.mark.parametrize("bar", [Bar.DECLINED, Bar.CANCELLED, Bar.PRIVATE])
def test_declining_a_copy_never_touches_the_record(bar):
    follower = link(Origin.ADOPTED, traits=INVITED, status=LinkStatus.FOLLOWER)
    shown = outlook_says(C, traits={**INVITED, "barred": bar})
    assert not [action for action in decided(follower, gopaas_says(U), shown).actions if action.op in WRITES]


def test_a_copy_that_is_followed_already_is_not_followed_again():
    follower = replace(link(Origin.ADOPTED, traits=INVITED, status=LinkStatus.FOLLOWER), gopaas_id="their-key")
    assert planned(events(event(**INVITED)), [theirs()], [follower]) == ()


def test_the_row_of_a_followed_meeting_makes_no_second_event():
    follower = replace(link(Origin.ADOPTED, traits=INVITED, status=LinkStatus.FOLLOWER), gopaas_id="their-key")
    assert planned(events(event(**INVITED)), [theirs()], [follower], rows(row("their-key"))) == ()


# The owner.


def removed(followers):
    """The calendar after its user deleted his copy, while these meetings are still in other mailboxes."""
    return events(proofs={"o1": Proof.GONE}, followed=frozenset(followers))


def test_deleting_ones_copy_of_a_meeting_that_others_have_never_touches_the_record():
    pair_ = link(Origin.OUTLOOK, traits=INVITED)
    assert words(decided(pair_, gopaas_says(U), removed({"m1"}), rules(on_outlook_delete=STATUS))) == ["detach"]


def test_deleting_the_last_copy_is_a_deletion():
    pair_ = link(Origin.OUTLOOK, traits=MEETING)
    assert words(decided(pair_, gopaas_says(U), removed({"m2"}), rules(on_outlook_delete=STATUS))) == ["update gopaas"]


def test_deleting_an_event_that_is_no_meeting_is_a_deletion():
    assert words(decided(link(Origin.OUTLOOK), gopaas_says(U), removed({""}), rules(on_outlook_delete=STATUS))) == ["update gopaas"]


# Two owners at once.

JOBS = st.sampled_from(["j1", "j2", "j3", "j4"])


def rivals(first, second):
    """Two jobs that made the same record of one meeting."""
    return (
        replace(link(Origin.OUTLOOK, traits=MEETING, guest=first), id="a", job="j1"),
        replace(link(Origin.OUTLOOK, traits=MEETING, guest=second), id="b", job="j2"),
    )


@pytest.mark.parametrize("first", [True, False], ids=["first is guest", "first organises"])
@pytest.mark.parametrize("second", [True, False], ids=["second is guest", "second organises"])
def test_exactly_one_of_two_owners_yields(first, second):
    mine, other = rivals(first, second)
    assert len(yielding([mine], [other])) + len(yielding([other], [mine])) == 1


def test_who_organises_the_meeting_does_not_yield():
    guest, organiser = rivals(first=True, second=False)
    assert [(given_up.id, given_up.status) for given_up in yielding([guest], [organiser])] == [("a", LinkStatus.FOLLOWER)]


@pytest.mark.parametrize("status", [LinkStatus.FOLLOWER, LinkStatus.TOMBSTONE, LinkStatus.DETACHED])
def test_nobody_yields_to_a_job_that_does_not_keep_the_record(status):
    guest, organiser = rivals(first=True, second=False)
    assert yielding([guest], [replace(organiser, status=status)]) == ()


def test_nobody_yields_over_different_meetings():
    guest, organiser = rivals(first=True, second=False)
    assert yielding([guest], [replace(organiser, meeting="m2")]) == ()


def test_nobody_yields_to_the_owner_of_another_record():
    guest, organiser = rivals(first=True, second=False)
    assert yielding([guest], [replace(organiser, gopaas_id="made-by-hand")]) == ()


def test_events_that_are_no_meetings_have_no_rivals():
    guest, organiser = rivals(first=True, second=False)
    assert yielding([replace(guest, meeting="")], [replace(organiser, meeting="")]) == ()


@given(guests=st.lists(st.tuples(JOBS, st.booleans()), min_size=1, max_size=4, unique_by=lambda entry: entry[0]))
def test_of_any_number_of_owners_one_remains(guests):
    links = [replace(link(Origin.OUTLOOK, traits=MEETING, guest=guest), id=job, job=job) for job, guest in guests]
    remaining = [one for one in links if not yielding([one], [other for other in links if other is not one])]
    assert len(remaining) == 1


@given(
    st.permutations(
        [
            theirs(job="j1"),
            theirs(LinkStatus.DETACHED, job="j2"),
            theirs(job="j3", guest=True),
            theirs(LinkStatus.FOLLOWER, job="j4"),
        ]
    )
)
def test_the_owner_of_a_meeting_is_the_same_in_any_order(others):
    assert {meeting: owner.job for meeting, owner in owners(others).items()} == {"m1": "j1"}
