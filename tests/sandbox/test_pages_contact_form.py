"""The form and the contact say the same: the laws of `contact_form`."""

from __future__ import annotations

from datetime import date

from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd.sandbox.contact_form import FIELDS, FieldKind, changes, shown
from outlookd.sandbox.contacts import blank, revised
from outlookd.sandbox.switches import Switches

EARLIEST = date(1601, 1, 1)
"""Exchange's calendar begins here."""
WORD = st.text("aàé'-<>&$ |\"", min_size=1, max_size=6).filter(lambda text: text == text.strip())
ADDRESS = st.text("abc", min_size=1, max_size=5).map(lambda name: f"{name}@example.com")


def _texts(name: str, kind: FieldKind) -> st.SearchStrategy[str]:
    match kind:
        case FieldKind.LINES:
            return st.lists(ADDRESS if name == "emailAddresses" else WORD, max_size=2).map("\n".join)
        case FieldKind.DATE:
            return st.one_of(st.just(""), st.dates(min_value=EARLIEST).map(str))
        case _:
            return st.one_of(st.just(""), WORD)


# Exchange makes a display name up where none is sent, so these forms always have one.
FORMS = st.fixed_dictionaries(
    {field.name: WORD if field.name == "displayName" else _texts(field.name, field.kind) for field in FIELDS}
)


@settings(max_examples=examples(40))
@given(FORMS)
def test_a_new_contact_shows_what_was_typed(form: dict[str, str]) -> None:
    assert shown(revised(blank(), changes({}, form), Switches())) == form


@settings(max_examples=examples(40))
@given(FORMS, FORMS)
def test_an_edited_contact_shows_what_was_typed(first: dict[str, str], second: dict[str, str]) -> None:
    contact = revised(blank(), changes({}, first), Switches())
    body = changes(contact, second) | {"displayName": second["displayName"]}
    assert shown(revised(contact, body, Switches())) == second


@settings(max_examples=examples(40))
@given(FORMS)
def test_a_form_that_nobody_touched_changes_nothing(form: dict[str, str]) -> None:
    contact = revised(blank(), changes({}, form), Switches())
    assert changes(contact, shown(contact)) == {}


@settings(max_examples=examples(40))
@given(FORMS, st.sampled_from([field.name for field in FIELDS]))
def test_only_the_property_that_was_typed_in_is_sent(form: dict[str, str], name: str) -> None:
    contact = revised(blank(), changes({}, form), Switches())
    typed = "2000-01-01" if name == "birthday" else "x@example.com"
    assert changes(contact, shown(contact) | {name: typed}).keys() <= {name.partition("/")[0]}
