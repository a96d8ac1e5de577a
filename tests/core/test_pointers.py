"""What the id in a row's column is worth: whom to ask about, who goes on, and who waits."""

from __future__ import annotations

import pytest
from agenda_examples import FAR, FUTURE, PAST, event, events, linked, row, rules, unmentioned

from outlookd.core.marker import birth_key
from outlookd.core.model import Bar, LinkStatus, Side
from outlookd.core.pointers import of_others, ownerless, to_read, to_translate, translated, unexplained, unknown, waiting

RULES = rules()
QUIET = unmentioned(Side.OUTLOOK)
LOOSE = events(event("loose"))


def named(pointer, key="k", **values):
    return {key: row(key, pointer=pointer, **values)}


def pair(key="k", id="o", *, status=LinkStatus.ACTIVE):
    """A pair of this job."""
    return linked(row(key), event(id), status=status)


def linked_elsewhere(key, id, status=LinkStatus.ACTIVE):
    """A pair of a colleague's job."""
    return linked(row(key), event(id), status=status, id=f"theirs-{key}")


# --- unexplained


@pytest.mark.parametrize("pointer", [None, "", "loose"])
def test_a_row_that_names_nothing_or_a_listed_event_needs_no_explanation(pointer):
    assert unexplained(named(pointer), [], LOOSE) == {}


def test_a_row_that_names_its_own_event_needs_no_explanation():
    assert unexplained(named("o"), [pair()], QUIET) == {}


@pytest.mark.parametrize("links", [[], [pair("other")], [pair(status=LinkStatus.TOMBSTONE)]], ids=["none", "another's", "dead"])
def test_a_row_that_names_an_event_that_nobody_showed_needs_one(links):
    assert unexplained(named("o"), links, LOOSE).keys() == {"k"}


# --- other users' events


def test_a_row_whose_event_another_job_keeps_in_step_is_shared():
    assert of_others(named("o"), [], [linked_elsewhere("k", "o")], owned=True)["k"].shared


def test_a_copy_of_a_row_of_another_job_loses_the_id():
    assert of_others(named("o", "copy"), [], [linked_elsewhere("k", "o")], owned=True)["copy"].pointer == ""


@pytest.mark.parametrize(("owned", "pointer", "shared"), [(True, "", False), (False, "o", True)])
def test_a_row_that_another_job_let_rest_may_be_ours_now_if_rows_have_owners(owned, pointer, shared):
    resting = linked_elsewhere("k", "o", LinkStatus.DETACHED)
    found = of_others(named("o"), [], [resting], owned=owned)["k"]
    assert (found.pointer, found.shared) == (pointer, shared)


def test_a_row_that_is_linked_keeps_what_its_column_says():
    assert of_others(named("theirs"), [pair()], [linked_elsewhere("other", "theirs")], owned=True) == {}


def test_rows_that_name_no_event_of_others_are_left_as_they_are():
    assert of_others(named("x"), [], [linked_elsewhere("k", "o")], owned=True) == {}


# --- what is translated


def test_a_row_that_would_be_made_is_translated():
    assert to_translate(named("old"), [], [], QUIET, RULES).keys() == {"k"}


@pytest.mark.parametrize("at", [PAST, FAR], ids=["past", "far"])
def test_a_row_that_would_not_be_made_is_translated_only_beside_a_loose_event(at):
    some = named("old", at=at)
    assert to_translate(some, [], [], QUIET, RULES) == {}
    assert to_translate(some, [], [], events(event("o")), RULES) == some
    assert to_translate(some, [pair("other")], [], events(event("o")), RULES) == {}


def test_a_row_that_was_made_from_an_event_is_not_made_again_and_so_not_translated():
    key = birth_key(event("o"), RULES.install, RULES.user)
    assert to_translate(named("old", key), [], [], QUIET, RULES) == {}


@pytest.mark.parametrize(
    ("links", "others"),
    [([pair(id="another")], []), ([pair("other", "old")], []), ([], [linked_elsewhere("other", "old")])],
    ids=["a pair", "a copy", "a colleague's"],
)
def test_a_linked_row_and_a_linked_id_are_not_translated(links, others):
    assert to_translate(named("old"), links, others, LOOSE, RULES) == {}


def test_a_translated_row_names_the_current_id():
    assert translated(named("old"), {"old": "o"})["k"].pointer == "o"


def test_an_id_that_cannot_be_translated_may_be_current_itself():
    assert translated(named("o"), {"o": ""}) == named("o")


def test_a_row_whose_id_got_no_answer_is_unknown_and_not_translated():
    assert translated(named("old"), {}) == {}
    assert unknown(named("old"), {}) == {"k"}


@pytest.mark.parametrize("answer", ["", "o"])
def test_a_row_whose_id_got_an_answer_is_not_unknown(answer):
    assert unknown(named("old"), {"old": answer}) == frozenset()


# --- what is read


def test_the_event_of_a_row_that_would_be_made_is_read_where_no_listing_shows_it():
    assert to_read({**named("o2"), **named("o1", "l")}, [], LOOSE, RULES) == ("o1", "o2")


@pytest.mark.parametrize(
    ("links", "some"),
    [([], named("loose")), ([pair("other", "o")], named("o")), ([], named("o", at=PAST)), ([], named(""))],
    ids=["listed", "a copy", "past", "nothing named"],
)
def test_no_other_event_is_read(links, some):
    assert to_read(some, links, LOOSE, RULES) == ()


# --- who waits


def test_a_row_whose_event_could_not_be_read_waits():
    assert waiting(named("o"), [], events(unreadable=frozenset({"o"}))) == {"k"}


def test_a_row_whose_event_was_read_or_is_proved_gone_does_not_wait():
    assert waiting({**named("o"), **named("gone", "l")}, [], events(event("o"))) == frozenset()


def test_a_copy_of_a_row_does_not_wait_for_the_event_of_the_first():
    assert waiting(named("o", "copy"), [pair()], events(unreadable=frozenset({"o"}))) == frozenset()


def test_another_user_s_row_waits_for_nothing():
    theirs = named("o", barred=Bar.OF_ANOTHER)
    assert waiting(theirs, [], events(unreadable=frozenset({"o"}))) == unknown(theirs, {}) == frozenset()


def test_beside_a_loose_event_whatever_has_no_link_is_ownerless():
    links = [pair("known", "linked")]
    shown = events(event("loose"), event("linked"))
    assert ownerless(links, {**named("old"), **named("", "l"), **named("linked", "known")}, shown) == ({"k", "l"}, {"loose"})


def test_without_a_loose_event_nothing_is_ownerless():
    rows, loose = ownerless([pair()], named("old", "l"), events(event("o", at=FUTURE)))
    assert (list(rows), list(loose)) == ([], [])
