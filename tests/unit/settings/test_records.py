"""GoPaaS's settings records: what they become, and what is said of those that become nothing."""

from __future__ import annotations

import html
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.settings import (
    EntraSettings,
    JobSettings,
    Record,
    RecordFault,
    RecordSettings,
    Registration,
    SyncSettings,
    read_record,
)
from outlookd.settings.sections import SETTINGS_FIELDS

NOBODY = EntraSettings()
OURS = EntraSettings(client_id="ours", client_secret="our-secret")
MAP = '{"givenName":"nom","emailAdresses":"email"}'
CONTACT = {
    "utilisateur": "claire",
    "client_id": "app",
    "id_secret": "secret-canary",
    "type": "Contact",
    "id_libelle": "Clients",
    "user_calendar": "",
    "tablename": "contact",
    "vue": 1170,
    "map": MAP,
}
CALENDAR = {**CONTACT, "type": "Calendar", "id_libelle": None, "user_calendar": "utilisateur", "tablename": "action"}


def read(cells=CONTACT, *, entra=NOBODY, sync=None, names=SETTINGS_FIELDS, **changes):
    record = Record(key="OUT1", cells={**cells, **changes})
    return read_record(record, sync=sync or SyncSettings(), entra=entra, names=names)


def sentence(**changes):
    fault = read(**changes)
    assert isinstance(fault, RecordFault)
    return fault.sentence


def test_a_contact_record_is_a_job_with_the_id_that_a_job_of_the_file_would_have():
    job = read()
    assert (job.id, job.view, job.record) == ("claire/contact/contact/Clients", "1170", "OUT1")
    assert job.map == {"givenName": "nom", "emailAdresses": "email"}


def test_a_calendar_record_is_asked_for_its_users_rows_only():
    """The view is read with everybody's credentials: without this, all appointments would go into every calendar."""
    job = read(CALENDAR)
    assert (job.id, job.user_field, job.filter_by_user) == ("claire/calendar/action", "utilisateur", True)


@pytest.mark.parametrize("cells", [CONTACT, {**CONTACT, "user_calendar": "utilisateur"}, {**CALENDAR, "user_calendar": None}])
def test_contacts_and_calendars_without_the_column_are_not_filtered(cells):
    assert not read(cells).filter_by_user


def test_contacts_without_a_folder_go_into_one_called_gopaas():
    assert read(id_libelle="").folder == "GoPaaS"


def test_a_record_says_no_more_than_it_can_and_takes_the_rest_from_sync():
    job = read(sync=SyncSettings(interval="1h", private="busy"))
    assert (job.interval, job.private) == (timedelta(hours=1), "busy")


@pytest.mark.parametrize(
    "written",
    [html.escape(MAP), MAP.replace('"', "&#34;"), json.loads(MAP), f"  {MAP}\r\n"],
    ids=["named", "number", "object", "blanks"],
)
def test_a_map_is_read_however_gopaas_shows_it(written):
    assert read(map=written).map == read().map


def test_an_escape_that_is_part_of_a_sound_map_stays():
    assert read(map='{"givenName":"a&amp;b"}').map == {"givenName": "a&amp;b"}


# --- registrations -------------------------------------------------------------------------------------------------------


def test_a_record_brings_its_own_registration_and_shows_its_secret_nowhere():
    job = read()
    assert (job.registration.client_id, job.registration.client_secret.get_secret_value()) == ("app", "secret-canary")
    assert "canary" not in f"{job!r} {job} {job.registration!r} {Record(key='k', cells=CONTACT)!r}"


def test_a_job_of_the_file_belongs_to_no_record_and_brings_no_registration():
    job = JobSettings(user="claire", type="Contact", table="contact", view="v", map={"givenName": "nom"})
    assert (job.record, job.registration) == ("", None)


@pytest.mark.parametrize("named", ["", "ours"])
def test_a_record_without_a_secret_signs_in_through_the_files_registration(named):
    assert read(entra=OURS, client_id=named, id_secret="").registration is None


def test_a_record_may_name_another_registration_than_the_file():
    assert isinstance(read(entra=OURS).registration, Registration)


@pytest.mark.parametrize(
    ("entra", "client_id", "secret", "said"),
    [
        (NOBODY, "", "", "client_id: is missing; id_secret: is missing"),
        (NOBODY, "app", "", "id_secret: is missing"),
        (NOBODY, "", "s", "client_id: is missing"),
        (OURS, "app", None, "id_secret: is missing"),
        (OURS, "", "s", "client_id: is missing"),
    ],
)
def test_half_a_registration_is_a_fault(entra, client_id, secret, said):
    assert sentence(entra=entra, client_id=client_id, id_secret=secret) == said


# --- faults --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["utilisateur", "type", "tablename", "vue", "map"])
@pytest.mark.parametrize("blank", ["", "  ", None])
def test_what_every_job_needs_is_missed_by_its_name_in_gopaas(name, blank):
    assert sentence(**{name: blank}) == f"{name}: is missing"


def test_a_renamed_field_is_called_by_its_new_name():
    assert sentence(vue="", names={**SETTINGS_FIELDS, "vue": "vue_outlook"}) == "vue_outlook: is missing"


def test_everything_that_is_wrong_is_said_at_once():
    assert sentence(vue="", type="Cont act", map="{") == (
        'type: must be a word: "Contact" or "Calendar"; vue: is missing; map: is not JSON (line 1, column 2); copy it as GoPaaS '
        "writes it, or write a table"
    )


@pytest.mark.parametrize(
    "text",
    ["{", "[1]", '{"a":1}', '{"a":"x","a":"y"}', "[" * 9_000, "1" * 9_000, "x" * 90_000, {"a": {"b": "c"}}, ["a"], True, "&quot;"],
)
def test_a_broken_map_is_one_fault(text):
    assert sentence(map=text).startswith("map: ")


@pytest.mark.parametrize("name", ["utilisateur", "client_id", "type", "id_libelle", "user_calendar", "tablename", "vue"])
def test_an_expression_is_a_fault_wherever_it_stands(name):
    """Design rule 17: GoPaaS would evaluate it."""
    assert f"{name}: " in sentence(cells=CALENDAR, **{name: " $$NULL"})


def test_an_expression_in_the_map_is_a_fault():
    assert sentence(map='{"givenName":"$$[%nom%]"}').startswith("map: names a field that begins with '$$'")


@pytest.mark.parametrize("name", ["utilisateur", "id_libelle", "tablename", "vue", "client_id", "id_secret"])
def test_a_line_break_is_a_fault(name):
    assert sentence(**{name: "a\nb"}).startswith(f"{name}: must not")


@pytest.mark.parametrize("name", SETTINGS_FIELDS)
def test_a_secret_in_the_wrong_field_is_not_repeated(name):
    fault = read({**CONTACT, "client_id": ""}, **{name: "Zz8Q~secret.canary"})
    assert "canary" not in getattr(fault, "sentence", "")


# --- the law -------------------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["Contact", "Calendar", "claire", "v", MAP, html.escape(MAP), '{"a":', "$$NULL"]),
    st.lists(st.text(max_size=5), max_size=2),
    st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=5), st.integers()), max_size=2),
)


@given(st.dictionaries(st.sampled_from(list(SETTINGS_FIELDS)), CELLS), st.sampled_from([NOBODY, OURS]))
def test_any_record_is_a_job_or_one_fault_with_a_reason(cells, entra):
    found = read({}, entra=entra, **cells)
    match found:
        case RecordSettings():
            assert found.record == "OUT1"
        case RecordFault():
            assert (found.record, bool(found.sentence)) == ("OUT1", True)


@given(st.dictionaries(st.sampled_from(list(SETTINGS_FIELDS)), CELLS, max_size=2))
def test_a_record_that_is_a_job_names_nothing_that_gopaas_would_evaluate(changes):
    found = read(CALENDAR, **changes)
    if isinstance(found, RecordSettings):
        sent = [found.user, found.table, found.view, found.user_field or "", *found.map.values()]
        assert not any(text.lstrip().startswith("$$") for text in sent)
