"""Two copies of a link outside the store: the stamp on the event, the Outlook id in the row (complaint 12)."""

from __future__ import annotations

import pytest
from agenda_examples import (
    ID,
    KEY,
    POINTING_MAP,
    C,
    U,
    acts,
    decided,
    link,
    marker,
    outlook_says,
    row,
    rows,
    rules,
    words,
)

from outlookd.core.marker import parse_marker
from outlookd.core.model import Direction, LinkStatus, Op, Origin, Side
from outlookd.core.verdict import is_quiet


def test_an_event_born_in_outlook_is_not_stamped_by_a_write_of_its_own():
    assert acts(U, U, Origin.OUTLOOK, marker="") == ()


def test_an_event_born_in_outlook_is_stamped_with_its_first_content():
    (write,) = acts(C, U, Origin.OUTLOOK, marker="")
    stamp = parse_marker(write.link.marker)
    assert (write.restamp, stamp and stamp.origin, stamp and stamp.key) == (True, Origin.OUTLOOK, KEY)


def test_an_event_that_we_made_is_not_stamped_again():
    (write,) = acts(C, U)
    assert not write.restamp


@pytest.mark.parametrize("origin", [Origin.OUTLOOK, Origin.ADOPTED])
def test_an_event_that_a_person_made_is_stamped_again_with_every_content(origin):
    # Whoever moves a series takes its exceptions away, and with them the stamps that we put on single occurrences.
    stamp = marker(origin)
    (write,) = acts(C, U, origin, marker=stamp)
    assert (write.restamp, write.link.marker) == (True, stamp)


WRONG = {"empty": "", "another": "o9"}


def pointed(pointer, *, status=LinkStatus.ACTIVE, subject="Site visit", chosen=None, origin=Origin.GOPAAS):
    shown = rows(row(pointer=pointer, subject=subject))
    return decided(link(origin, status=status), shown, outlook_says(U), chosen or rules(fieldmap=POINTING_MAP))


@pytest.mark.parametrize("origin", Origin)
@pytest.mark.parametrize("pointer", WRONG.values(), ids=WRONG)
def test_a_row_is_pointed_to_its_event(pointer, origin):
    (write,) = pointed(pointer, origin=origin).actions
    assert (write.op, write.side, write.points_to, dict(write.changes)) == (Op.UPDATE, Side.GOPAAS, ID, {})


def test_a_row_that_points_to_its_event_is_left_alone():
    assert pointed(ID).actions == ()


def test_a_map_without_a_column_for_it_points_nowhere():
    assert pointed(None, chosen=rules()).actions == ()


def test_a_job_that_does_not_write_to_gopaas_points_nothing():
    assert pointed("", chosen=rules(Direction.TO_OUTLOOK, fieldmap=POINTING_MAP)).actions == ()


@pytest.mark.parametrize("pointer", WRONG.values(), ids=WRONG)
def test_the_pointer_is_no_field_that_outlook_is_told_of(pointer):
    decision = pointed(pointer, subject="Moved")
    assert words(decision) == ["update gopaas", "update outlook"]


def test_content_and_pointer_travel_in_one_write():
    pair, chosen = link(), rules(fieldmap=POINTING_MAP)
    (write,) = decided(pair, rows(row(pointer="")), outlook_says(C, location="Yard 5"), chosen).actions
    assert (write.points_to, dict(write.fields)) == (ID, {"location": "Yard 5"})


def test_a_row_shown_exactly_as_remembered_is_not_pointed_again():
    known = rows(same=frozenset({KEY}))
    assert decided(link(), known, outlook_says(U), rules(fieldmap=POINTING_MAP)).actions == ()


def test_a_resting_pair_that_goes_on_points_to_its_event():
    known, write = pointed("", status=LinkStatus.DETACHED).actions
    assert (known.op, write.link.status, write.points_to) == (Op.LINK, LinkStatus.ACTIVE, ID)


@pytest.mark.parametrize("trait", ["guest", "attended"])
def test_a_meeting_is_pointed_to_as_well(trait):
    pair = link(traits={trait: True})
    shown = outlook_says(U, traits={trait: True})
    (write,) = decided(pair, rows(row(pointer="")), shown, rules(fieldmap=POINTING_MAP)).actions
    assert (write.side, write.points_to, write.mails) == (Side.GOPAAS, ID, False)


@pytest.mark.parametrize("pointer", WRONG.values(), ids=WRONG)
def test_a_row_that_points_elsewhere_is_news(pointer):
    assert not is_quiet(link(), row(pointer=pointer))


@pytest.mark.parametrize("pointer", [ID, None], ids=["its event", "no such column"])
def test_a_row_that_points_to_its_event_is_no_news(pointer):
    assert is_quiet(link(), row(pointer=pointer))
