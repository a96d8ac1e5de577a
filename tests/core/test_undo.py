"""What is written to take one line of the journal back, and what stays: the table of docs/undo.md, over one event and one row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from agenda_examples import FUTURE, HOUR, ID, KEY, PAST, POINTING_MAP, RUNNING, STATUS, event, link, marker, row, rules

from outlookd.core.fieldmap import FieldSpec
from outlookd.core.model import Change, Direction, JournalEntry, Link, LinkStatus, Op, Record, Side
from outlookd.core.orders import Half
from outlookd.core.undo import Pair, is_bare, point, take_back

AT = datetime.fromisoformat("2026-11-22T11:00:00+00:00")


def line(op: Op = Op.UPDATE, side: Side = Side.OUTLOOK, **values) -> JournalEntry:
    """A line of the journal about the one pair."""
    known = {"before": {"location": "Yard 3"}, "after": {"location": "Yard 4"}, "reason": "changed", "seq": 7, **values}
    return JournalEntry(run="r", at=AT, op=op, side=side, link=f"link-{KEY}", gopaas_id=KEY, outlook_id=ID, **known)


def pair(item: Record | None = None, of: Link | None = None, *, gopaas: Record | None = None, columns=(), **values) -> Pair:
    """The pair as both sides show it: as it is remembered, unless something else is said."""
    item = item or event(marker=marker())
    halves = {Side.GOPAAS: Half(record=gopaas or row(), columns=dict(columns)), Side.OUTLOOK: Half(record=item)}
    return Pair(link=of or link(), halves=halves, **values)


def reasons(reversal) -> set[str]:
    assert reversal.action is None
    return {kept.reason for kept in reversal.kept}


def test_a_field_that_still_shows_what_was_written_goes_back():
    action = take_back(line(), pair(), rules()).action
    assert action is not None
    assert (action.op, action.side, action.undoes, action.mails) == (Op.UPDATE, Side.OUTLOOK, 7, False)
    assert action.changes == {"location": Change(before="Yard 4", after="Yard 3")}
    assert action.link.gopaas == link().gopaas


def test_fields_of_one_group_go_back_together_or_not_at_all():
    times = {"start": FUTURE.start.isoformat(), "end": FUTURE.end.isoformat()}
    written = line(before={"start": "s", "end": "e"}, after=times)
    later = event(marker=marker(), end=(FUTURE.end + HOUR).isoformat())
    assert reasons(take_back(written, pair(later), rules())) == {"it was changed since"}
    assert take_back(written, pair(), rules()).action.changes.keys() == {"start", "end"}


def test_what_a_later_run_wrote_to_the_same_group_was_changed_since():
    written = line(before={"start": "s"}, after={"start": FUTURE.start.isoformat()})
    later = line(before={"end": "x"}, after={"end": FUTURE.end.isoformat()}, seq=9)
    assert reasons(take_back(written, pair(later=(later,)), rules())) == {"it was changed since"}


@pytest.mark.parametrize(
    ("traits", "at", "reason"),
    [
        ({"attended": True}, FUTURE, "other people would be told"),
        ({"guest": True}, FUTURE, "somebody else organises it"),
        ({}, PAST, "it is over"),
        ({"sealed": frozenset({"location"})}, FUTURE, "Outlook keeps it as it is"),
        ({"marker": "theirs"}, FUTURE, "it does not carry our stamp any more"),
    ],
)
@pytest.mark.parametrize("allow_mail", [True, False])
def test_what_may_not_be_written_stays(traits, at, reason, allow_mail):
    item = event(at=at, **{"marker": marker(), **traits})
    assert reasons(take_back(line(), pair(item, link(at=at)), rules(allow_mail=allow_mail))) == {reason}


def test_what_shows_its_old_value_again_is_only_remembered():
    action = take_back(line(), pair(event(marker=marker(), location="Yard 3")), rules()).action
    assert (action.op, action.undoes) == (Op.REBASE, 7)


def test_a_half_that_is_not_there_is_named():
    gone = Pair(link=link(), halves={Side.GOPAAS: Half(record=row()), Side.OUTLOOK: Half(missing="it is gone from Outlook")})
    assert reasons(take_back(line(), gone, rules())) == {"it is gone from Outlook"}


def test_a_side_that_is_not_written_any_more_is_not_written():
    refused = take_back(line(side=Side.GOPAAS), pair(), rules(Direction.TO_OUTLOOK))
    assert reasons(refused) == {"this job does not write to GoPaaS any more"}


def test_what_was_made_is_deleted_and_its_row_rests():
    action = take_back(line(Op.CREATE), pair(), rules()).action
    assert (action.op, action.link.status, action.version) == (Op.DELETE, LinkStatus.WITHDRAWN, "1")


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (event(marker=marker(), location="Yard 9"), "a person edited it"),
        (event(marker=marker(), digest="another"), "a person edited it"),
        (event(marker=marker(), attended=True), "other people would be told"),
        (event(marker=marker(), guest=True), "somebody else organises it"),
        (event("o2", marker=marker()), "it was made again since"),
        (event(), "it does not carry our stamp any more"),
    ],
)
def test_what_was_made_and_is_a_persons_by_now_stays(item, reason):
    assert reasons(take_back(line(Op.CREATE), pair(item), rules(allow_mail=True))) == {reason}


def test_what_has_begun_is_not_deleted():
    begun = pair(event(at=RUNNING, marker=marker()), link(at=RUNNING), gopaas=row(at=RUNNING))
    assert reasons(take_back(line(Op.CREATE), begun, rules())) == {"it has begun"}


def test_a_row_that_was_made_is_retired_where_a_column_stands_for_that():
    made = line(Op.CREATE, Side.GOPAAS, before={}, after=row().fields)
    action = take_back(made, pair(), rules(on_outlook_delete=STATUS)).action
    assert (action.op, action.raw, action.link.status) == (Op.UPDATE, {"statut": "annulé"}, LinkStatus.WITHDRAWN)
    assert reasons(take_back(made, pair(), rules())) == {"GoPaaS cannot delete, and on_outlook_delete names no column to set"}


def test_a_row_that_was_made_and_edited_since_stays():
    made = line(Op.CREATE, Side.GOPAAS, before={}, after=row().fields)
    assert reasons(take_back(made, pair(gopaas=row(body="Cancelled.")), rules(on_outlook_delete=STATUS))) == {
        "it was changed since"
    }


@pytest.mark.parametrize(
    ("columns", "before", "raw", "why"),
    [
        ({"statut": "annulé"}, {"statut": "prévu"}, {"statut": "prévu"}, set()),
        ({"statut": "annulé"}, {"statut": None}, {"statut": ""}, set()),
        ({"statut": "annulé"}, {"statut": "$$NULL"}, {"statut": "$ $NULL"}, set()),
        ({"statut": "prévu"}, {"statut": "prévu"}, {}, set()),
        ({"statut": "reporté"}, {"statut": "prévu"}, None, {"it was changed since"}),
        ({"statut": "annulé"}, {}, None, {"what it held before is not known"}),
        ({}, {"statut": "prévu"}, None, {"what it held before is not known"}),
    ],
)
def test_a_column_that_was_set_gets_its_old_value(columns, before, raw, why):
    reversal = take_back(line(side=Side.GOPAAS, before=before, after={"statut": "annulé"}), pair(columns=columns), rules())
    assert (reversal.action.raw if reversal.action else None) == raw
    assert {kept.reason for kept in reversal.kept} == why


def deleted(image: Record | None = None, *others: Link, **values) -> Pair:
    """The pair after its event was deleted by us."""
    tombstone = replace(link(), status=LinkStatus.TOMBSTONE, **values)
    halves = {Side.GOPAAS: Half(missing="it is gone from GoPaaS"), Side.OUTLOOK: Half(missing="it is gone from Outlook")}
    return Pair(link=tombstone, halves=halves, image=image, others=others)


def test_what_was_deleted_is_made_again_under_a_stamp_of_its_own_and_rests():
    action = take_back(line(Op.DELETE), deleted(event()), rules()).action
    assert (action.op, action.link.status, action.link.outlook_id) == (Op.CREATE, LinkStatus.DETACHED, "")
    assert action.link.marker == marker(generation=2)
    assert {name: change.after for name, change in action.changes.items()} == event().fields


def test_what_nobody_read_of_a_deleted_event_is_named_when_it_is_made_again():
    fieldmap = rules().fieldmap
    wider = replace(rules(), fieldmap=replace(fieldmap, specs={**fieldmap.specs, "mood": FieldSpec(name="mood", group="mood")}))

    reversal = take_back(line(Op.DELETE), deleted(), wider)

    assert reversal.action is not None
    assert [(kept.field, kept.reason) for kept in reversal.kept] == [("mood", "what it held before is not known")]
    assert take_back(line(Op.DELETE), deleted(event()), wider).kept == ()


def test_a_stamp_is_never_used_twice():
    younger = replace(link(), id="younger", generation=5, status=LinkStatus.TOMBSTONE)
    assert take_back(line(Op.DELETE), deleted(event(), younger), rules()).action.link.generation == 6


@pytest.mark.parametrize(
    ("gone", "reason"),
    [
        (deleted(event(at=PAST)), "it is over"),
        (deleted(event(), series="s1"), "it was one of a series, and cannot be made by itself"),
        (deleted(event(), replace(link(), id="younger")), "it was made again since"),
        (replace(deleted(event()), link=link()), "it was made again since"),
        (replace(deleted(event()), halves=pair().halves), "it is back in Outlook already"),
    ],
)
def test_what_was_deleted_and_is_not_to_be_made_again_stays_away(gone, reason):
    assert reasons(take_back(line(Op.DELETE), gone, rules())) == {reason}


def test_nothing_is_made_of_a_line_whose_values_are_forgotten():
    emptied = line(Op.DELETE, before={}, after={})
    assert reasons(take_back(emptied, deleted(), rules())) == {"what it held was forgotten with time"}


def test_nobody_is_invited_again_and_no_meeting_is_opened_again():
    reversal = take_back(line(Op.DELETE), deleted(event(attended=True, sealed=frozenset({"body"}))), rules())
    assert {(kept.field, kept.reason) for kept in reversal.kept} == {
        ("attendees", "nobody is invited again"),
        ("body", "the online meeting is not made again"),
    }
    assert "body" not in reversal.action.fields


@pytest.mark.parametrize("op", [Op.REBASE, Op.LINK, Op.DETACH, Op.FORGET])
def test_what_was_only_remembered_has_nothing_to_take_back(op):
    reversal = take_back(line(op), pair(), rules())
    assert (reversal.action, reversal.kept) == (None, ())


def test_a_line_that_only_names_the_event_holds_no_value():
    pointing = rules(fieldmap=POINTING_MAP)
    assert is_bare(line(side=Side.GOPAAS, before={}, after={}), pointing)
    assert is_bare(line(side=Side.GOPAAS, before={}, after={"outlook": ""}), pointing)
    assert not is_bare(line(), pointing)


@pytest.mark.parametrize(
    ("status", "named", "raw", "points_to"),
    [
        (LinkStatus.WITHDRAWN, ID, {"outlook": ""}, ""),
        (LinkStatus.WITHDRAWN, "another", None, None),
        (LinkStatus.ACTIVE, "old", {}, ID),
        (LinkStatus.ACTIVE, ID, None, None),
    ],
)
def test_a_column_names_what_is_there_after_an_undo(status, named, raw, points_to):
    action = point(link(status=status), row(pointer=named), ID, rules(fieldmap=POINTING_MAP))
    assert (action and action.raw, action and action.points_to) == (raw, points_to)
