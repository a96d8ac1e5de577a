"""Maps as GoPaaS writes them, and everything that can be wrong with one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.expression import harmless
from outlookd.core.fieldmap import FieldSpec, parse_map
from outlookd.errors import ConfigurationError

SPECS = {
    name: FieldSpec(name=name, group=group, kind=kind, read_only=read_only)
    for name, group, kind, read_only in [
        ("givenName", "name", "text", False),
        ("emails", "emails", "list", False),
        ("emails[0]", "emails[]", "text", False),
        ("link", "link", "text", True),
        ("city", "address", "text", False),
        ("zip", "address", "text", False),
    ]
}


class Shout:
    name = "shout"

    def to_outlook(self, value):
        return value.upper()

    def to_gopaas(self, value):
        return value.lower()


class Star:
    name = "star"

    def to_outlook(self, value):
        return f"*{value}"

    def to_gopaas(self, value):
        return value.removeprefix("*")


TRANSFORMS = {"shout": Shout(), "star": Star()}


def parse(entries, *, two_way=False):
    return parse_map(entries, specs=SPECS, aliases={"emailAdresses": "emails"}, transforms=TRANSFORMS, two_way=two_way)


def faults(entries, **options) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        parse(entries, **options)
    return caught.value.faults


def test_gopaas_own_spelling_is_understood():
    assert parse({"emailAdresses": "email"}).mapped == {"emails"}


def test_a_pipe_is_read_left_to_right_towards_outlook():
    fieldmap = parse({"givenName": "prenom | star | shout"})
    assert fieldmap.read_row({"prenom": "ann"}) == {"givenName": "*ANN"}


def test_a_pipe_is_undone_right_to_left():
    assert parse({"givenName": "prenom | star | shout"}).write_row({"givenName": "*ANN"}) == {"prenom": "ann"}


def test_nothing_goes_through_a_pipe_as_nothing():
    fieldmap = parse({"givenName": "prenom | shout"})
    assert fieldmap.read_row({"prenom": None}) == {"givenName": None}
    assert fieldmap.write_row({"givenName": None}) == {"prenom": ""}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (True, "1"),
        (["a", "", "b"], ("a", "b")),
        ({}, "{}"),
    ],
)
def test_every_shape_of_a_cell_is_tolerated(cell, value):
    assert parse({"givenName": "prenom"}).read_row({"prenom": cell}) == {"givenName": value}


def test_a_list_without_transform_is_joined():
    assert parse({"emails": "email"}).write_row({"emails": ("a@x.test", "b@x.test")}) == {"email": "a@x.test, b@x.test"}


def test_only_mapped_fields_are_written():
    assert parse({"city": "ville"}).write_row({"city": "Lille", "zip": "59000"}) == {"ville": "Lille"}


def test_a_touched_group_is_tracked_whole():
    assert parse({"city": "ville"}).tracked == {"city", "zip"}


def test_an_unknown_name_is_answered_with_the_nearest():
    assert faults({"givenNam": "prenom"}) == ("map: unknown Outlook name 'givenNam'; did you mean 'givenName'?",)


def test_an_unknown_transform_is_answered_with_the_nearest():
    assert faults({"givenName": "prenom | shuot"}) == (
        "map: 'givenName' names an unknown transform 'shuot'; did you mean 'shout'?",
    )


def test_all_faults_come_at_once():
    assert len(faults({"x": "a", "givenName": "", "city": "ville | y"})) == 3


def test_an_empty_map_is_a_fault():
    assert faults({}) == ("map: is empty, so there is nothing to synchronise",)


def test_a_name_and_its_alias_are_one_name():
    assert faults({"emails": "a", "emailAdresses": "b"}) == ("map: the Outlook name 'emails' is used 2 times",)


def test_a_list_and_its_place_exclude_each_other():
    assert faults({"emails": "a", "emails[0]": "b"}) == (
        "map: 'emails' is mapped as a whole and by its slots; use one or the other",
    )


def test_one_column_may_feed_two_names_one_way_only():
    entries = {"givenName": "nom", "city": "nom"}
    assert parse(entries).columns == {"nom"}
    assert faults(entries, two_way=True) == ("map: the GoPaaS field 'nom' is used 2 times",)


@given(st.text(st.characters(categories=["Cc", "Cf", "Zs", "Zl", "Zp"])), st.text())
def test_gopaas_never_gets_an_expression_whatever_invisible_stands_before_it(unseen, text):
    for given_text in (unseen + text, f"{unseen}$${text}"):
        assert "".join(char for char in harmless(given_text) if char.isprintable()).strip()[:2] != "$$"


@given(st.text().filter(lambda text: "$$" not in text))
def test_any_other_text_stays_as_it_is(text):
    assert harmless(text) == text
