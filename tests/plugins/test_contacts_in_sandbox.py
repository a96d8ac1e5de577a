"""The handler against the sandbox's Outlook, which was written from the same documents by somebody else."""

from __future__ import annotations

from contact_examples import HANDLER, contents, context
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd import Side
from outlookd.sandbox.contacts import blank, revised
from outlookd.sandbox.switches import Switches
from outlookd_contacts.fields import SLOTS, SPECS

# Outlook composes these two when they are empty, so it shows something else than "nothing" for them.
COMPOSED = frozenset({"displayName", "fileAs"})
NAMES = frozenset(name for name, spec in SPECS.items() if not spec.read_only and "[" not in name) - COMPOSED
JOB = context({name: f"c_{index}" for index, name in enumerate(sorted(NAMES))})
SWITCHES = st.builds(Switches, birthday=st.sampled_from(["keep", "normalise"]), email_names_stick=st.booleans())


def shown(contact):
    return HANDLER.normalize(Side.OUTLOOK, {"id": "AAMk1", **contact}, JOB)


def mapped(record):
    return {name: record.fields[name] for name in NAMES}


@given(before=contents(NAMES), after=contents(NAMES), switches=SWITCHES)
def test_a_strict_outlook_accepts_what_is_sent_and_shows_what_was_meant(before, after, switches):
    created = revised(blank(), HANDLER.render(Side.OUTLOOK, before, JOB, new=True), switches)
    assert mapped(shown(created)) == before
    updated = revised(created, HANDLER.render(Side.OUTLOOK, after, JOB, new=False), switches)
    assert mapped(shown(updated)) == after


@given(fields=contents(NAMES))
@settings(max_examples=examples(30))
def test_writing_the_same_again_changes_nothing_that_a_person_would_see(fields):
    created = revised(blank(), HANDLER.render(Side.OUTLOOK, fields, JOB, new=True), Switches())
    again = revised(created, HANDLER.render(Side.OUTLOOK, fields, JOB, new=False), Switches())
    assert shown(again).digest == shown(created).digest


def test_every_property_that_outlook_lets_one_write_can_be_mapped():
    unmapped = {name for name in blank() if name not in SPECS and not any(spec.startswith(f"{name}.") for spec in SPECS)}
    assert unmapped == set()
    assert set(SLOTS) <= set(blank())
