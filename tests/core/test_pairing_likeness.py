"""Rows and events that nothing but their times and subject brings together (design rule 14, complaints 17 and 18)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agenda_examples import event, marker, row, rules

from outlookd.core.marker import natural_hash
from outlookd.core.model import Bar, Record, Side
from outlookd.core.pairing import Pairing, pair
from outlookd.core.rules import Rules
from outlookd.core.verdict import Seen

SHIFT = "14:00|15:00|team"
LATER = "15:00|16:00|team"
LOST = marker(install="before")
"""What we stamped on the event of `row()` when the installation had another name."""


def seen(side: Side, *records: Record) -> Seen:
    return Seen(side=side, records={record.id: record for record in records}, snapshot=True, complete=True)


def paired(*records: Record, chosen: Rules | None = None) -> Pairing:
    sides = {side: seen(side, *(record for record in records if record.side is side)) for side in Side}
    return pair((), sides[Side.GOPAAS], sides[Side.OUTLOOK], chosen or rules())


def couples(pairing: Pairing) -> list[tuple[str, str, bool]]:
    return sorted((match.gopaas.id, match.outlook.id, match.by_marker) for match in pairing.matches)


@pytest.mark.parametrize("bar", Bar)
def test_a_row_that_is_not_to_be_copied_is_no_twin_of_the_row_beside_it(bar):
    found = paired(row("mine", natural=SHIFT), row("other", natural=SHIFT, barred=bar), event("o1", natural=SHIFT))
    assert (couples(found), found.twins) == ([("mine", "o1", False)], ())


@pytest.mark.parametrize("bar", Bar)
def test_a_row_that_is_not_to_be_copied_takes_no_event_that_looks_like_it(bar):
    found = paired(row("other", natural=SHIFT, barred=bar), event("o1", natural=SHIFT))
    assert (couples(found), [record.id for record in found.new_outlook]) == ([], ["o1"])


def test_a_row_that_is_not_to_be_copied_has_the_event_that_its_column_names():
    found = paired(row("other", natural=SHIFT, barred=Bar.OF_ANOTHER, pointer="o1"), event("o1", natural=SHIFT))
    assert couples(found) == [("other", "o1", True)]


def test_a_row_that_is_not_to_be_copied_has_the_event_that_carries_its_stamp():
    found = paired(row("other", natural=SHIFT, barred=Bar.OF_ANOTHER), event("o1", natural=SHIFT, marker=marker(key="other")))
    assert couples(found) == [("other", "o1", True)]


def test_an_invitation_is_the_row_that_a_colleague_has_of_the_meeting():
    found = paired(row("other", natural=SHIFT, barred=Bar.OF_ANOTHER), event("o1", natural=SHIFT, guest=True))
    assert (couples(found), found.new_outlook) == ([("other", "o1", False)], ())


def test_an_invitation_is_the_users_own_row_before_a_colleagues():
    rows = row("a-other", natural=SHIFT, barred=Bar.OF_ANOTHER), row("mine", natural=SHIFT)
    found = paired(*rows, event("o1", natural=SHIFT, guest=True))
    assert (couples(found), found.twins) == ([("mine", "o1", False)], ())


def test_an_invitation_is_no_row_without_a_date():
    found = paired(row("undated", natural=SHIFT, barred=Bar.UNDATED), event("o1", natural=SHIFT, guest=True))
    assert couples(found) == []


def test_as_many_rows_as_events_of_a_kind_are_pairs():
    found = paired(*(row(key, natural=SHIFT) for key in ("k1", "k2")), *(event(id, natural=SHIFT) for id in ("o1", "o2")))
    assert couples(found) == [("k1", "o1", False), ("k2", "o2", False)]


def test_one_event_more_than_rows_of_a_kind_leaves_all_of_them_to_a_person():
    found = paired(row("k1", natural=SHIFT), *(event(id, natural=SHIFT) for id in ("o1", "o2")))
    assert (couples(found), {record.id for record in found.twins}, found.new_outlook) == ([], {"k1", "o1", "o2"}, ())


BLOCK = "14:00|15:00|busy"


@pytest.mark.parametrize("text", [SHIFT, BLOCK])
def test_an_event_that_hides_its_texts_is_the_row_of_them_or_of_what_it_shows(text):
    found = paired(row(natural=text), event(natural=BLOCK, hidden=natural_hash(SHIFT)))
    assert (couples(found), found.new_gopaas, found.new_outlook) == ([("k1", "o1", False)], (), ())


def test_two_events_that_show_the_same_and_hide_something_else_have_each_their_row():
    texts = {"o1": SHIFT, "o2": "14:00|15:00|board"}
    events = [event(id, natural=BLOCK, hidden=natural_hash(text)) for id, text in texts.items()]
    found = paired(row("k1", natural=texts["o1"]), row("k2", natural=texts["o2"]), *events)
    assert couples(found) == [("k1", "o1", False), ("k2", "o2", False)]


def held(found: Pairing) -> set[str]:
    """Who waits for a person, provided that nothing is paired or made."""
    assert (found.matches, found.new_gopaas, found.new_outlook) == ((), (), ())
    return {record.id for record in found.twins}


def test_an_event_stamped_by_an_installation_that_was_lost_is_its_row_while_they_look_alike():
    found = paired(row(natural=SHIFT), event(natural=SHIFT, marker=LOST))
    assert (couples(found), found.new_gopaas, found.twins) == ([("k1", "o1", False)], (), ())


@pytest.mark.parametrize(("mine", "theirs"), [(SHIFT, LATER), ("", "")])
def test_a_row_and_an_event_that_only_a_lost_stamp_brings_together_wait(mine, theirs):
    assert held(paired(row(natural=mine), event(natural=theirs, marker=LOST))) == {"k1", "o1"}


def test_two_events_with_one_lost_stamp_wait_when_both_look_like_the_row():
    assert held(paired(row(natural=SHIFT), *(event(id, natural=SHIFT, marker=LOST) for id in ("o1", "o2")))) == {"k1", "o1", "o2"}


def test_of_two_events_with_one_lost_stamp_the_one_that_looks_like_the_row_has_it():
    found = paired(row(natural=SHIFT), event("o1", natural=LATER, marker=LOST), event("o2", natural=SHIFT, marker=LOST))
    assert (couples(found), found.twins, found.new_outlook) == ([("k1", "o2", False)], (), ())


def test_rows_that_look_alike_are_told_apart_by_lost_stamps():
    rows = [row(key, natural=SHIFT) for key in ("k1", "k2")]
    stamps = {"o1": "k2", "o2": "k1"}
    events = [event(id, natural=SHIFT, marker=marker(key=key, install="before")) for id, key in stamps.items()]
    assert couples(paired(*rows, *events)) == [("k1", "o2", False), ("k2", "o1", False)]


def test_a_lost_stamp_of_another_table_says_nothing_about_a_row_with_the_same_key():
    found = paired(row(natural=SHIFT), event(natural=SHIFT, marker=LOST.replace("/agenda/", "/visits/")))
    assert (couples(found), [record.id for record in found.new_gopaas], found.twins) == ([], ["k1"], ())


def test_a_row_that_is_not_to_be_copied_waits_for_no_lost_stamp():
    found = paired(row(natural=SHIFT, barred=Bar.OF_ANOTHER), event(natural=LATER, marker=LOST))
    assert (couples(found), found.twins, found.new_outlook) == ([], (), ())


def test_the_column_of_a_row_is_believed_before_a_lost_stamp():
    found = paired(row(natural=SHIFT, pointer="o2"), event("o1", natural=SHIFT, marker=LOST), event("o2", natural=LATER))
    assert couples(found) == [("k1", "o2", True)]


def test_a_contact_that_another_installation_stamped_is_left_alone():
    contacts = replace(rules(), resource="contacts", window=None)
    found = paired(row(natural=SHIFT), event(natural=SHIFT, marker=LOST), chosen=contacts)
    assert (couples(found), [record.id for record in found.new_gopaas]) == ([], ["k1"])
