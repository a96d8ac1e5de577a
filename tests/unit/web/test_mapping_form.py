"""The mapping form: a map becomes lines and lines become a map, and nothing is lost on the way."""

from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.fieldmap import parse_map
from outlookd.errors import ConfigurationError
from outlookd.web.mapping.faults import Kind, about_expression, read_complaint
from outlookd.web.mapping.form import COLUMN, PIPE, Form, Place, offered, posted_entries
from outlookd.web.mapping.text import as_json, as_toml, version_of
from outlookd.web.mapping.view import is_sayable, named
from outlookd.web.words.foreign import shown
from outlookd.web.words.mapping import MAPPING
from outlookd_calendar.handler import CalendarHandler
from outlookd_contacts.handler import ContactsHandler

CONTACTS, CALENDAR = ContactsHandler(), CalendarHandler()
HANDLERS = pytest.mark.parametrize("handler", [CONTACTS, CALENDAR], ids=["contacts", "calendar"])
GOPAAS_CONTACTS = '{"givenName":"nom","surname":"prenom","emailAdresses":"email","mobilePhone":"telephone","companyName":"societe"}'
GOPAAS_CALENDAR = (
    '{"id":"outlook_id","subject":"intitule","bodyPreview":"note","startDate":"date_debut","endDate":"date_fin",'
    '"startTime":"heure_debut","endTime":"heure_fin"}'
)

columns = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="|"), max_size=8).map(str.strip)
steps = st.lists(st.sampled_from(["phone_fr", "upper", "no_such"]), max_size=2)
targets = st.builds(lambda column, pipe: "|".join((column, *pipe)), columns, steps)
keys = st.sampled_from(
    [*CONTACTS.aliases, *CALENDAR.aliases, *CONTACTS.fields, *CALENDAR.fields, "Given Name", "E-Mail", "", "c:", "no such"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
maps = st.dictionaries(keys, targets, max_size=8)


NAMES = {each.kind: offered(each.resource, each.fields, each.aliases, into_gopaas=True) for each in (CONTACTS, CALENDAR)}


def form_of(handler, entries):
    return Form.of(NAMES[handler.kind], handler.aliases, entries)


def parts_of(target):
    return [part.strip() for part in target.split("|") if part.strip()]


def sent(form):
    """What a browser sends of it."""
    fields = {}
    for line in form.lines:
        fields[f"{COLUMN}{line.name.key}"] = line.column
        fields[f"{PIPE}{line.name.key}"] = " | ".join(line.pipe)
    return fields


def judged(handler, entries):
    """What the map means, or everything that is wrong with it, in no order."""
    transforms = {name: type("T", (), {"name": name})() for name in ("phone_fr", "upper")}
    try:
        return parse_map(entries, specs=handler.fields, aliases=handler.aliases, transforms=transforms, two_way=True).fingerprint
    except ConfigurationError as error:
        return len(error.faults)


@HANDLERS
@given(entries=maps)
def test_a_form_that_is_saved_shows_the_same_form_again(handler, entries):
    form = form_of(handler, entries)
    assert form_of(handler, json.loads(as_json(form.entries))) == form


@HANDLERS
@given(entries=maps)
def test_what_a_browser_sends_unchanged_is_the_same_map(handler, entries):
    form = form_of(handler, entries)
    assert form_of(handler, posted_entries(sent(form))).entries == form.entries


@HANDLERS
@given(entries=maps)
def test_no_column_and_no_transform_is_lost(handler, entries):
    assert sorted(map(parts_of, form_of(handler, entries).entries.values())) == sorted(
        filter(None, map(parts_of, entries.values()))
    )


@HANDLERS
@given(entries=maps)
def test_an_entry_that_the_handler_does_not_know_survives_as_it_is_spelt(handler, entries):
    known = {key for key in entries if handler.aliases.get(key, key) in handler.fields}
    kept = form_of(handler, entries).entries
    assert {key for key in entries if key not in known and parts_of(entries[key])} <= kept.keys()


@HANDLERS
@given(entries=st.dictionaries(keys, st.sampled_from(["nom", "email", "ville"]), min_size=1, max_size=6))
def test_the_spelling_of_the_form_changes_nothing_in_what_a_map_means(handler, entries):
    assert judged(handler, form_of(handler, entries).entries) == judged(handler, entries)


@pytest.mark.parametrize(("handler", "text"), [(CONTACTS, GOPAAS_CONTACTS), (CALENDAR, GOPAAS_CALENDAR)])
def test_a_map_leaves_the_form_exactly_as_gopaas_writes_it(handler, text):
    backwards = dict(reversed(json.loads(text).items()))
    assert as_json(form_of(handler, backwards).entries) == text


def test_a_map_in_other_spellings_gets_gopaas_own():
    entries = {"emails": "email", "businessAddress.city": "ville", "Given Name": "prenom"}
    assert form_of(CONTACTS, entries).entries == {"givenName": "prenom", "emailAdresses": "email", "city": "ville"}


@HANDLERS
def test_every_usual_name_has_a_word_and_every_writable_field_a_line(handler):
    names = offered(handler.resource, handler.fields, handler.aliases, into_gopaas=False)
    usual = {name.key for name in names if name.place is Place.USUAL}
    assert usual <= MAPPING.english.names.keys() & MAPPING.french.names.keys()
    told = {name.canonical for name in names}
    assert told == {name for name, spec in handler.fields.items() if not spec.read_only or spec.identity}
    assert len(names) == len(told) == len({name.key for name in names})


def test_a_transform_without_a_column_stays_to_be_told():
    entries = posted_entries({"c:birthday": " ", "p:birthday": "upper", "c:surname": "nom", "p:surname": "", "do": "save"})
    assert entries == {"birthday": "| upper", "surname": "nom"}
    assert judged(CONTACTS, entries) == 1


def test_a_name_typed_with_its_transforms_is_understood():
    assert posted_entries({"c:mobilePhone": "telephone|phone_fr", "p:mobilePhone": ""}) == {"mobilePhone": "telephone | phone_fr"}


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]))))
def test_the_text_for_the_file_is_toml_and_says_the_same(entries):
    assert tomllib.loads(as_toml(entries)) == {"map": entries}


@given(maps)
def test_the_version_of_a_map_knows_no_order_but_every_entry(entries):
    assert version_of(dict(reversed(entries.items()))) == version_of(entries)
    assert version_of({**entries, "one more": "x"}) != version_of(entries)


# --- faults --------------------------------------------------------------------------------------------------------------

FAULTY = {
    Kind.UNKNOWN_NAME: (CONTACTS, {"sur'name\"": "nom"}),
    Kind.NO_COLUMN: (CONTACTS, {"surname": "| upper"}),
    Kind.UNKNOWN_TRANSFORM: (CONTACTS, {"surname": "nom | uper"}),
    Kind.ID_TRANSFORM: (CALENDAR, {"id": "outlook_id | upper", "subject": "s"}),
    Kind.NAME_TWICE: (CONTACTS, {"email": "a", "emails": "b"}),
    Kind.ID_COLUMN: (CALENDAR, {"id": "x", "subject": "x"}),
    Kind.MIXED: (CONTACTS, {"emailAdresses": "a", "emailAddresses[1]": "b"}),
    Kind.COLUMN_TWICE: (CONTACTS, {"surname": "nom", "givenName": "nom"}),
    Kind.EMPTY: (CONTACTS, {}),
}


def said_of(handler, entries):
    transforms = {"upper": type("T", (), {"name": "upper"})()}
    with pytest.raises(ConfigurationError) as refused:
        parse_map(entries, specs=handler.fields, aliases=handler.aliases, transforms=transforms, two_way=True)
    return [fault.removeprefix("map: ") for fault in refused.value.faults]


@pytest.mark.parametrize("kind", FAULTY)
def test_every_sentence_about_a_map_is_recognised_and_finds_its_lines(kind):
    handler, entries = FAULTY[kind]
    complaints = [read_complaint(sentence) for sentence in said_of(handler, entries)]
    assert [complaint.kind for complaint in complaints] == [kind]
    concerned = [line for line in form_of(handler, entries).lines if complaints[0].concerns(line)]
    assert {line.name.key for line in concerned} <= form_of(handler, entries).entries.keys()
    assert bool(concerned) is (kind is not Kind.EMPTY)


def test_a_missing_day_is_told_at_its_line():
    complaint = read_complaint("names no column for 'startDate': what has no day has no place in a calendar")
    assert [line.name.key for line in form_of(CALENDAR, {"subject": "s"}).lines if complaint.concerns(line)] == ["startDate"]


@pytest.mark.parametrize("column", ["$$NOW", "it's", 'a"b', "a\\b"])
def test_a_quoted_column_is_read_back_as_it_is(column):
    complaint = read_complaint(about_expression(column))
    assert (complaint.kind, complaint.name) == (Kind.EXPRESSION, column)


@given(st.text())
def test_no_sentence_is_a_crash(sentence):
    assert read_complaint(sentence).sentence == sentence


@pytest.mark.parametrize("language", [MAPPING.english, MAPPING.french], ids=["en", "fr"])
def test_every_kind_of_fault_has_a_text(language):
    assert language.faults.keys() == set(Kind) - {Kind.OTHER}


# --- what the CRM calls its columns ----------------------------------------------------------------------------------------


def test_a_label_is_one_line_without_tricks_and_not_too_long():
    assert shown("Nom\n\u202egro.live\x00  x") == "Nom gro.live x"
    assert len(shown("x" * 500)) == 201
    assert len(named("nom", "x" * 500)) == len("nom") + 64
    assert named("nom", "Nom de famille") == "Nom de famille (nom)"
    assert (named("nom", ""), named("nom", "nom")) == ("nom", "nom")


def test_a_column_that_no_map_can_name_is_not_offered():
    assert [name for name in ("nom", " nom", "a|b", "") if is_sayable(name)] == ["nom"]
