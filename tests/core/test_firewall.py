"""What may be written to an Outlook event at all (design rules 7 and 8): meetings, other people's events, sealed fields, the past."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agenda_examples import (
    DAY,
    FUTURE,
    ID,
    LATER,
    NOW,
    PAST,
    POINTING_MAP,
    RUNNING,
    C,
    D,
    U,
    decided,
    event,
    events,
    gopaas_says,
    link,
    linked,
    marker,
    outlook_says,
    row,
    rows,
    rules,
    span,
    unmentioned,
    words,
)

from outlookd.core.guards import review
from outlookd.core.introduction import introduce
from outlookd.core.model import WRITES, Bar, Direction, LinkStatus, Op, Origin, Plan, Side
from outlookd.core.pairing import Match, pair
from outlookd.core.plan import draft
from outlookd.core.rules import Limits
from outlookd.core.verdict import Proof

MINE, INVITED, GUEST = {}, {"attended": True}, {"guest": True, "attended": True}
SEALED = {"sealed": frozenset({"body"})}


def to_outlook(done):
    return [action for action in done.actions if action.side is Side.OUTLOOK and action.op in WRITES]


def to_gopaas(done):
    return [action for action in done.actions if action.side is Side.GOPAAS and action.op in WRITES]


def meeting(traits, gopaas, outlook, chosen=None, **values):
    return decided(link(traits=traits, **values), gopaas_says(gopaas), outlook_says(outlook, traits=traits), chosen)


# Meetings with other attendees.


def test_a_write_to_a_meeting_could_mail():
    assert [action.mails for action in meeting(INVITED, C, U).actions] == [True]


def test_a_write_to_an_event_without_attendees_could_not():
    assert [action.mails for action in meeting(MINE, C, U).actions] == [False]


def test_a_meeting_that_no_feed_mentions_is_still_a_meeting():
    done = decided(link(traits=INVITED), gopaas_says(C), unmentioned(Side.OUTLOOK))
    assert [action.mails for action in done.actions] == [True]


def test_an_event_that_just_got_attendees_is_a_meeting():
    done = decided(link(), gopaas_says(C), events(event(attended=True, version="2")))
    assert [action.mails for action in to_outlook(done)] == [True]


def test_an_event_that_lost_its_attendees_is_no_meeting():
    done = decided(link(traits=INVITED), gopaas_says(C), events(event(version="2")))
    assert [action.mails for action in to_outlook(done)] == [False]


def test_what_a_meeting_became_is_remembered():
    first = decided(link(), gopaas_says(U), events(event(attended=True, sealed=frozenset({"body"}), version="2")))
    (remembered,) = first.actions
    assert (remembered.op, remembered.link.attended, remembered.link.sealed) == (Op.REBASE, True, frozenset({"body"}))


def test_a_write_to_gopaas_mails_nobody():
    assert [(action.side, action.mails) for action in meeting(INVITED, U, C).actions] == [(Side.GOPAAS, False)]


def test_a_new_event_is_made_without_attendees_and_mails_nobody():
    (made,) = meeting(INVITED, C, D).actions
    assert (made.op, made.mails) == (Op.CREATE, False)


def reviewed(done, *, allow_mail):
    plan = Plan(actions=done.actions)
    return review(plan, limits=Limits(), pairs=frozenset({"link-k1"}), allow_mail=allow_mail, approved=frozenset())


def test_what_could_mail_is_held():
    plan = reviewed(meeting(INVITED, C, U), allow_mail=False)
    assert (plan.actions, [held.guard for held in plan.held]) == ((), ["mail"])


def test_no_approval_releases_what_could_mail():
    done = meeting(INVITED, C, U)
    (held,) = reviewed(done, allow_mail=False).held
    plan = review(
        Plan(actions=done.actions), limits=Limits(), pairs=frozenset(), allow_mail=False, approved=frozenset({held.hash, "*"})
    )
    assert plan.actions == ()


def test_the_setting_lets_meetings_be_written():
    plan = reviewed(meeting(INVITED, C, U, rules(allow_mail=True)), allow_mail=True)
    assert [(action.op, action.mails) for action in plan.actions] == [(Op.UPDATE, True)]


def test_what_goes_to_gopaas_is_not_held_with_what_could_mail():
    done = decided(link(traits=INVITED), gopaas_says(C, subject="Moved"), outlook_says(C, traits=INVITED, location="Yard 5"))
    plan = reviewed(done, allow_mail=False)
    assert [action.side for action in plan.actions] == [Side.GOPAAS]


# Other people's events.


@pytest.mark.parametrize("settings", [{}, {"allow_mail": True}], ids=["mail forbidden", "mail allowed"])
@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("cell", [(C, U), (U, C), (C, C)], ids=str)
@pytest.mark.parametrize("origin", Origin)
def test_nothing_is_written_to_an_event_that_somebody_else_organises(origin, cell, direction, settings):
    done = decided(
        link(origin, traits=GUEST), gopaas_says(cell[0]), outlook_says(cell[1], traits=GUEST), rules(direction, **settings)
    )
    assert to_outlook(done) == []


def test_what_gopaas_changed_of_it_goes_back_and_is_kept():
    (write,) = meeting(GUEST, C, U).actions
    kept = [(conflict.winner, conflict.gopaas["subject"]) for conflict in write.conflicts]
    assert (write.side, dict(write.fields), kept) == (
        Side.GOPAAS,
        {"subject": "Site visit"},
        [(Side.OUTLOOK, "Site visit, edited in GoPaaS")],
    )


def test_what_gopaas_changed_of_it_goes_back_when_no_feed_mentions_it():
    done = decided(link(traits=GUEST), gopaas_says(C), unmentioned(Side.OUTLOOK))
    assert [(write.side, dict(write.fields)) for write in done.actions] == [(Side.GOPAAS, {"subject": "Site visit"})]


def test_what_its_organiser_changed_reaches_gopaas():
    done = meeting(GUEST, U, C)
    assert [(write.side, write.fields["subject"]) for write in done.actions] == [(Side.GOPAAS, "Site visit, edited in Outlook")]


def test_its_organiser_wins_against_an_edit_in_gopaas_under_any_policy():
    (write,) = meeting(GUEST, C, C).actions
    assert (write.side, write.fields["subject"]) == (Side.GOPAAS, "Site visit, edited in Outlook")


def test_what_gopaas_emptied_of_it_goes_back():
    done = decided(link(traits=GUEST), gopaas_says(C, location=None), outlook_says(U, traits=GUEST))
    assert [(write.side, dict(write.fields)) for write in done.actions] == [(Side.GOPAAS, {"location": "Yard 4"})]


def test_it_is_not_even_stamped():
    done = decided(link(Origin.OUTLOOK, traits=GUEST), gopaas_says(C), outlook_says(C, traits=GUEST, location="Yard 5"))
    assert to_outlook(done) == []


@pytest.mark.parametrize("by_marker", [True, False])
@pytest.mark.parametrize("values", [{}, {"location": "Yard 5"}, {"location": None}], ids=["equal", "differing", "empty"])
def test_adopting_it_writes_nothing_to_it(values, by_marker):
    done = introduce(Match(gopaas=row(), outlook=event(**GUEST, **values), by_marker=by_marker), rules())
    assert to_outlook(done) == []


@pytest.mark.parametrize("values", [{}, {"location": "Yard 5"}, {"location": None}], ids=["equal", "differing", "empty"])
def test_adopting_a_meeting_writes_nothing_that_is_not_marked_as_mailing(values):
    done = introduce(Match(gopaas=row(), outlook=event(**INVITED, **values), by_marker=False), rules())
    assert all(action.mails for action in to_outlook(done))


# Sealed fields.


@pytest.mark.parametrize("direction", [Direction.BOTH, Direction.TO_OUTLOOK])
def test_a_sealed_field_is_not_written(direction):
    done = decided(link(traits=SEALED), gopaas_says(C, body="New"), outlook_says(U, traits=SEALED), rules(direction))
    assert done.actions == ()


def test_a_sealed_field_is_not_written_when_no_feed_mentions_the_event():
    assert decided(link(traits=SEALED), gopaas_says(C, body="New"), unmentioned(Side.OUTLOOK)).actions == ()


def test_a_sealed_field_does_not_hold_the_others_back():
    done = decided(link(traits=SEALED), gopaas_says(C, body="New", subject="Moved"), outlook_says(U, traits=SEALED))
    assert [dict(action.fields) for action in done.actions] == [{"subject": "Moved"}]


def test_a_sealed_edit_stays_an_edit_while_others_are_written():
    (write,) = decided(link(traits=SEALED), gopaas_says(C, body="New", subject="Moved"), outlook_says(U, traits=SEALED)).actions
    assert write.link.gopaas.fields["body"] == "Bring the plans."


def test_a_sealed_edit_gives_way_when_outlook_changes_the_same_and_is_kept():
    done = decided(link(traits=SEALED), gopaas_says(C, body="New"), outlook_says(C, traits=SEALED, body="Join here."))
    (write,) = done.actions
    kept = [(conflict.winner, conflict.gopaas["body"]) for conflict in write.conflicts]
    assert (write.side, dict(write.fields), kept) == (Side.GOPAAS, {"body": "Join here."}, [(Side.OUTLOOK, "New")])


def test_what_outlook_changes_of_a_sealed_field_reaches_gopaas():
    done = decided(link(traits=SEALED), gopaas_says(U), outlook_says(C, traits=SEALED, body="Join here."))
    assert [(write.side, dict(write.fields)) for write in done.actions] == [(Side.GOPAAS, {"body": "Join here."})]


def test_equal_edits_of_a_sealed_field_agree_without_a_write():
    done = decided(link(traits=SEALED), gopaas_says(C, body="Same"), outlook_says(C, traits=SEALED, body="Same"))
    assert [action.op for action in done.actions] == [Op.REBASE]


def test_adopting_an_event_does_not_write_its_sealed_fields():
    done = introduce(Match(gopaas=row(body="Ours"), outlook=event(body="Join here.", **SEALED), by_marker=False), rules())
    assert all("body" not in write.fields for write in to_outlook(done))


def test_adopting_an_event_does_not_fill_its_sealed_fields():
    done = introduce(Match(gopaas=row(body="Ours"), outlook=event(body=None, **SEALED), by_marker=False), rules())
    assert all("body" not in write.fields for write in to_outlook(done))


# The past.

THEN = span(NOW - 5 * DAY)


@pytest.mark.parametrize("edit", [{}, {"to": THEN}, {"body": "The report"}, {"location": None}], ids=str)
@pytest.mark.parametrize("origin", Origin)
def test_a_past_event_stays_as_it_is_in_outlook(origin, edit):
    pair_ = link(origin, at=PAST)
    done = decided(pair_, gopaas_says(C, at=PAST, **edit), outlook_says(U, at=PAST))
    assert all(action.op is Op.REBASE and action.link.gopaas.fields == pair_.gopaas.fields for action in done.actions)


def test_a_past_event_that_no_feed_mentions_stays_as_it_is_in_outlook():
    assert decided(link(at=PAST), gopaas_says(C, at=PAST), unmentioned(Side.OUTLOOK)).actions == ()


def test_what_outlook_changes_of_a_past_event_reaches_gopaas():
    done = decided(link(at=PAST), gopaas_says(U, at=PAST), outlook_says(C, at=PAST))
    assert words(done) == ["update gopaas"]


@pytest.mark.parametrize("origin", Origin)
def test_outlook_wins_a_conflict_about_a_past_event_and_the_other_value_is_kept(origin):
    (write,) = decided(link(origin, at=PAST), gopaas_says(C, at=PAST), outlook_says(C, at=PAST)).actions
    assert (write.side, [c.gopaas["subject"] for c in write.conflicts]) == (Side.GOPAAS, ["Site visit, edited in GoPaaS"])


@pytest.mark.parametrize(("before", "after"), [(PAST, FUTURE), (FUTURE, PAST), (FUTURE, LATER), (RUNNING, PAST)])
def test_an_event_of_which_a_half_is_not_past_may_be_moved(before, after):
    done = decided(link(at=before), gopaas_says(C, at=before, to=after), outlook_says(U, at=before))
    assert [(write.side, sorted(write.changes)) for write in done.actions] == [(Side.OUTLOOK, ["end", "start"])]


def test_an_event_that_ends_this_moment_is_past():
    ending = span(NOW - DAY, DAY)
    assert decided(link(at=ending), gopaas_says(C, at=ending), outlook_says(U, at=ending)).actions == ()


def test_an_event_that_still_goes_on_is_not_past():
    done = decided(link(at=RUNNING), gopaas_says(C, at=RUNNING), outlook_says(U, at=RUNNING))
    assert words(done) == ["update outlook"]


@pytest.mark.parametrize("values", [{}, {"location": "Yard 5"}, {"location": None}], ids=["equal", "differing", "empty"])
def test_adopting_a_past_event_writes_nothing_to_it(values):
    done = introduce(Match(gopaas=row(at=PAST), outlook=event(at=PAST, **values), by_marker=False), rules())
    assert to_outlook(done) == []


def adopted_in_the_past(**said):
    """A pair that was found when it was over; `said` is what its event said otherwise than its row."""
    (found,) = introduce(Match(gopaas=row(at=PAST), outlook=event(at=PAST, **said), by_marker=False), rules()).actions
    return found.link


@pytest.mark.parametrize("name", ["body", "location"])
def test_what_could_not_be_filled_in_a_past_event_that_was_found_is_filled_once_it_is_moved(name):
    pair_ = adopted_in_the_past(**{name: None})
    (write,) = decided(pair_, rows(row(at=FUTURE)), events(event(at=PAST, **{name: None}))).actions
    assert (write.side, sorted(write.changes), write.conflicts) == (Side.OUTLOOK, sorted([name, "end", "start"]), ())


def test_what_could_not_be_filled_in_a_past_event_that_was_found_stays_an_edit_meanwhile():
    pair_ = adopted_in_the_past(body=None)
    assert decided(pair_, rows(row(at=PAST)), events(event(at=PAST, body=None))).actions == ()


def test_what_could_not_be_filled_gives_way_when_outlook_says_something_of_it_and_is_kept():
    pair_ = adopted_in_the_past(body=None)
    (write,) = decided(pair_, rows(row(at=PAST)), events(event(at=PAST, version="2", body="The report"))).actions
    kept = [(conflict.winner, conflict.gopaas["body"]) for conflict in write.conflicts]
    assert (write.side, dict(write.fields), kept) == (Side.GOPAAS, {"body": "The report"}, [(Side.OUTLOOK, "Bring the plans.")])


def test_what_could_not_be_filled_in_a_past_event_that_was_found_is_no_edit_that_its_deletion_would_lose():
    gone = replace(events(), proofs={ID: Proof.GONE}, removed=frozenset({ID}))
    (rest,) = decided(adopted_in_the_past(body=None), rows(row(at=PAST)), gone).actions
    assert (rest.op, rest.conflicts) == (Op.DETACH, ())


def test_a_real_edit_of_a_past_row_whose_event_is_deleted_is_kept_beside_what_could_not_be_filled():
    gone = replace(events(), proofs={ID: Proof.GONE}, removed=frozenset({ID}))
    (rest,) = decided(adopted_in_the_past(body=None), rows(row(at=PAST, subject="Edited")), gone).actions
    assert [conflict.group for conflict in rest.conflicts] == ["subject"]


def test_a_row_of_the_past_may_be_pointed_to_its_event():
    done = decided(link(at=PAST), rows(row(at=PAST, pointer="")), outlook_says(U, at=PAST), rules(fieldmap=POINTING_MAP))
    assert [(write.side, write.points_to) for write in to_gopaas(done)] == [(Side.GOPAAS, "o1")]


# What has no partner yet.


def drafted(gopaas, outlook, links=(), chosen=None):
    chosen = chosen or rules()
    return draft(pair(links, gopaas, outlook, chosen), gopaas, outlook, chosen).actions


@pytest.mark.parametrize(
    ("at", "created"),
    [(FUTURE, True), (RUNNING, True), (PAST, False), (span(NOW - DAY, DAY), False), (span(NOW + 366 * DAY), False)],
    ids=["future", "running", "past", "ending now", "beyond the window"],
)
def test_a_row_becomes_an_event_only_before_it_is_over(at, created):
    made = drafted(rows(row(at=at)), events())
    assert [(action.op, action.side, action.mails) for action in made] == [(Op.CREATE, Side.OUTLOOK, False)] * created


@pytest.mark.parametrize(
    ("at", "created"),
    [(FUTURE, True), (RUNNING, True), (PAST, True), (span(NOW - 61 * DAY), False), (span(NOW + 366 * DAY), False)],
    ids=["future", "running", "past", "before the window", "beyond the window"],
)
def test_an_event_becomes_a_row_anywhere_in_the_window(at, created):
    made = drafted(rows(), events(event(at=at)))
    assert [(action.op, action.side) for action in made] == [(Op.CREATE, Side.GOPAAS)] * created


@pytest.mark.parametrize("traits", [INVITED, GUEST, SEALED], ids=["attended", "guest", "sealed"])
def test_meetings_become_rows_too(traits):
    made = drafted(rows(), events(event(**traits)))
    assert [(action.op, action.side, action.mails) for action in made] == [(Op.CREATE, Side.GOPAAS, False)]


@pytest.mark.parametrize("bar", [Bar.PRIVATE, Bar.CANCELLED])
def test_a_barred_event_with_our_stamp_does_not_take_the_place_of_a_deleted_one(bar):
    # A person cut the event and pasted it as a private one: the copy carries our stamp, and another id.
    resting = link(status=LinkStatus.DETACHED, outlook_id="")
    pasted = event("pasted", marker=marker(), barred=bar, subject="Surgery")
    made = drafted(rows(row()), events(pasted), [resting])
    assert not [action for action in made if action.op in WRITES]


@pytest.mark.parametrize("bar", [Bar.PRIVATE, Bar.CANCELLED, Bar.OF_ANOTHER, Bar.UNDATED])
@pytest.mark.parametrize("by_marker", [True, False])
def test_adopting_a_barred_event_copies_nothing(by_marker, bar):
    done = introduce(Match(gopaas=row(), outlook=event(barred=bar, subject="Surgery"), by_marker=by_marker), rules())
    assert not [action for action in done.actions if action.op in WRITES]


@pytest.mark.parametrize("bar", Bar)
def test_a_barred_row_becomes_no_event(bar):
    assert drafted(rows(row(barred=bar)), events()) == ()


@pytest.mark.parametrize("bar", Bar)
def test_a_barred_event_becomes_no_row(bar):
    assert drafted(rows(), events(event(barred=bar))) == ()


def test_an_event_of_another_installation_becomes_no_row():
    assert drafted(rows(), events(event(marker=marker(install="another")))) == ()


def test_an_event_whose_record_may_still_exist_becomes_no_row():
    assert drafted(rows(), events(event(marker=marker(key="k9")))) == ()


def test_a_copy_that_a_person_made_of_our_event_becomes_a_row():
    original, copy = event(marker=marker()), event("copy", at=LATER, marker=marker())
    made = drafted(rows(row()), events(original, copy), [link()])
    assert [(action.op, action.side, action.link.outlook_id) for action in made] == [(Op.CREATE, Side.GOPAAS, "copy")]


def test_a_new_row_is_told_the_id_of_its_event():
    (made,) = drafted(rows(), events(event()), chosen=rules(fieldmap=POINTING_MAP))
    assert made.points_to == "o1"


def test_a_listing_that_may_have_missed_rows_makes_none():
    assert drafted(rows(complete=False), events(event())) == ()


def test_two_pairs_do_not_share_a_shield():
    mine, theirs = (row("k1"), event("o1")), (row("k2"), event("o2", **GUEST))
    links = [linked(*mine), linked(*theirs)]
    left = rows(row("k1", subject="Moved"), row("k2", subject="Moved"))
    made = drafted(left, events(mine[1], theirs[1]), links)
    assert sorted((action.side, action.link.id) for action in made) == [(Side.GOPAAS, "link-k2"), (Side.OUTLOOK, "link-k1")]
