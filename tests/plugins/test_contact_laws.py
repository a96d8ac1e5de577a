"""What holds for every contact, whatever is in it."""

from __future__ import annotations

from contact_examples import HANDLER, contents, context, shown_by_outlook
from hypothesis import given
from hypothesis import strategies as st

from outlookd import Side
from outlookd_contacts.fields import SLOTS, SPECS, slot_names
from outlookd_contacts.identity import natural_key
from outlookd_contacts.reading import fill_slots, read_field

WRITABLE = frozenset(name for name, spec in SPECS.items() if not spec.read_only)
SLOT_NAMES = frozenset(slot for name in SLOTS for slot in slot_names(name))
WITH_LISTS = WRITABLE - SLOT_NAMES
WITH_SLOTS = WRITABLE - frozenset(SLOTS)
ANYTHING = st.none() | st.text(max_size=30) | st.integers() | st.booleans() | st.lists(st.text(max_size=12), max_size=5).map(tuple)


def columns(names):
    return context({name: f"c_{index}" for index, name in enumerate(sorted(names))})


JOBS = {"lists": (columns(WITH_LISTS), WITH_LISTS), "places": (columns(WITH_SLOTS), WITH_SLOTS)}
COMPLETE = st.sampled_from(sorted(JOBS)).flatmap(lambda job: st.tuples(st.just(JOBS[job][0]), contents(JOBS[job][1])))


@given(name=st.sampled_from(sorted(name for name, spec in SPECS.items() if spec.kind != "date")), value=ANYTHING)
def test_canonicalising_twice_is_canonicalising_once(name, value):
    once = read_field(name, value)
    assert read_field(name, once) == once


@given(name=st.sampled_from(sorted(SPECS)), value=st.sampled_from([None, "", " ", "\r\n", (), ("",), (" ", "")]))
def test_every_way_to_show_nothing_is_none(name, value):
    assert read_field(name, value) is None


@given(complete=COMPLETE)
def test_outlook_shows_the_fields_that_a_new_contact_was_made_of(complete):
    job, fields = complete
    body = HANDLER.render(Side.OUTLOOK, fields, job, new=True)
    record = HANDLER.normalize(Side.OUTLOOK, shown_by_outlook(body), job)
    assert {name: record.fields[name] for name in fields} == fields


@given(before=COMPLETE, after=COMPLETE)
def test_outlook_shows_the_new_fields_whatever_it_showed_before(before, after):
    job, fields = after
    old = shown_by_outlook(HANDLER.render(Side.OUTLOOK, before[1], before[0], new=True))
    body = HANDLER.render(Side.OUTLOOK, fields, job, new=False)
    record = HANDLER.normalize(Side.OUTLOOK, shown_by_outlook(body, old), job)
    assert {name: record.fields[name] for name in fields} == fields


@given(complete=COMPLETE)
def test_gopaas_shows_the_fields_that_were_written(complete):
    job, fields = complete
    row = HANDLER.render(Side.GOPAAS, fields, job, new=True)
    assert HANDLER.normalize(Side.GOPAAS, {"cle": "k1", **row}, job).fields == fields


@given(complete=COMPLETE)
def test_both_sides_know_a_contact_by_the_same_natural_key(complete):
    job, fields = complete
    row = HANDLER.render(Side.GOPAAS, fields, job, new=True)
    contact = shown_by_outlook(HANDLER.render(Side.OUTLOOK, fields, job, new=True))
    keys = {
        HANDLER.normalize(Side.GOPAAS, {"cle": "k1", **row}, job).natural,
        HANDLER.normalize(Side.OUTLOOK, contact, job).natural,
    }
    assert keys == {natural_key(fields, job.fieldmap.mapped)}


@given(complete=COMPLETE)
def test_the_digest_does_not_depend_on_how_nothing_is_shown(complete):
    job, fields = complete
    contact = shown_by_outlook(HANDLER.render(Side.OUTLOOK, fields, job, new=True))
    sparse = {name: value for name, value in contact.items() if value not in (None, [], {}, "")}
    assert HANDLER.normalize(Side.OUTLOOK, contact, job).digest == HANDLER.normalize(Side.OUTLOOK, sparse, job).digest


@given(fields=contents(frozenset(SLOT_NAMES)))
def test_no_place_is_empty_before_a_full_one(fields):
    assert fill_slots(fields) == fields
