"""The field-merge table (sync-model 5.6): one row per combination of what changed and which way the job writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.fieldmap import FieldMap, FieldRule, FieldSpec
from outlookd.core.firewall import Shield
from outlookd.core.merge import adopt, merge
from outlookd.core.model import Base, Direction, Link, Record, Side
from outlookd.core.policy import BUILT_IN
from outlookd.core.rules import Rules

MAP = FieldMap(rules=(FieldRule(outlook="name", gopaas="nom"),), specs={"name": FieldSpec(name="name", group="name")})
BOTH, TO_OUTLOOK, TO_GOPAAS = Direction.BOTH, Direction.TO_OUTLOOK, Direction.TO_GOPAAS


def merged(base, gopaas, outlook, direction=BOTH, policy="gopaas"):
    link = Link(id="l", job="j", gopaas_id="k", gopaas=Base(fields={"name": base}), outlook=Base(fields={"name": base}))
    left = Record(side=Side.GOPAAS, id="k", fields={"name": gopaas})
    right = Record(side=Side.OUTLOOK, id="o", fields={"name": outlook})
    return merge(link, left, right, rules(direction, policy), Shield())


def rules(direction, policy):
    return Rules(job="j", user="u", install="i", scope="contact", fieldmap=MAP, direction=direction, policy=BUILT_IN[policy])


def result(*arguments, **options) -> tuple:
    """(written to GoPaaS, written to Outlook, number of conflicts)."""
    outcome = merged(*arguments, **options)
    return (
        outcome.writes[Side.GOPAAS].get("name", "-"),
        outcome.writes[Side.OUTLOOK].get("name", "-"),
        len(outcome.conflicts),
    )


@pytest.mark.parametrize(
    ("gopaas", "outlook", "direction", "expected"),
    [
        ("a", "a", BOTH, ("-", "-", 0)),
        ("b", "a", BOTH, ("-", "b", 0)),
        ("a", "c", BOTH, ("c", "-", 0)),
        ("b", "b", BOTH, ("-", "-", 0)),
        ("b", "c", BOTH, ("-", "b", 1)),
        ("a", "a", TO_OUTLOOK, ("-", "-", 0)),
        ("b", "a", TO_OUTLOOK, ("-", "b", 0)),
        ("a", "c", TO_OUTLOOK, ("-", "a", 1)),
        ("b", "b", TO_OUTLOOK, ("-", "-", 0)),
        ("b", "c", TO_OUTLOOK, ("-", "b", 1)),
        ("a", "a", TO_GOPAAS, ("-", "-", 0)),
        ("b", "a", TO_GOPAAS, ("a", "-", 1)),
        ("a", "c", TO_GOPAAS, ("c", "-", 0)),
        ("b", "b", TO_GOPAAS, ("-", "-", 0)),
        ("b", "c", TO_GOPAAS, ("c", "-", 1)),
        (None, "a", TO_OUTLOOK, ("-", None, 0)),
        (None, "a", BOTH, ("-", None, 0)),
    ],
)
def test_every_combination(gopaas, outlook, direction, expected):
    assert result("a", gopaas, outlook, direction=direction) == expected


def test_what_a_person_adds_where_the_source_is_empty_is_not_erased():
    assert result(None, None, "typed", direction=TO_OUTLOOK) == ("-", "-", 0)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("gopaas", ("-", "b", 1)), ("outlook", ("c", "-", 1)), ("hold", ("-", "-", 1)), ("newest", ("-", "b", 1))],
)
def test_a_true_conflict_goes_to_the_policy(policy, expected):
    assert result("a", "b", "c", policy=policy) == expected


def test_a_conflict_keeps_both_values_and_the_base():
    conflict = merged("a", "b", "c").conflicts[0]
    assert (conflict.base, conflict.gopaas, conflict.outlook) == ({"name": "a"}, {"name": "b"}, {"name": "c"})


WORK = FieldMap(
    rules=(FieldRule(outlook="firm", gopaas="societe"), FieldRule(outlook="job", gopaas="fonction")),
    specs={name: FieldSpec(name=name, group="work") for name in ("firm", "job")},
)
LONG, CUT = "Ateliers du Lac et de la Rive", "Ateliers d"


def written_of_work(gopaas, outlook, *, bases=None, policy="gopaas"):
    """What merging the two fields of one group writes to (GoPaaS, Outlook)."""
    before = bases or ({"firm": CUT, "job": "chef"}, {"firm": LONG, "job": "chef"})
    link = Link(id="l", job="j", gopaas_id="k", gopaas=Base(fields=before[0]), outlook=Base(fields=before[1]))
    left, right = Record(side=Side.GOPAAS, id="k", fields=gopaas), Record(side=Side.OUTLOOK, id="o", fields=outlook)
    outcome = merge(link, left, right, replace(rules(BOTH, policy), fieldmap=WORK), Shield())
    return outcome.writes[Side.GOPAAS], outcome.writes[Side.OUTLOOK]


def test_a_text_that_gopaas_had_cut_does_not_cut_outlooks_with_the_next_edit_beside_it():
    # Simulation seed 48045.
    assert written_of_work({"firm": CUT, "job": "gérante"}, {"firm": LONG, "job": "chef"}) == ({}, {"job": "gérante"})


def test_a_text_that_gopaas_had_cut_does_not_cut_outlooks_when_gopaas_wins_a_conflict_beside_it():
    assert written_of_work({"firm": CUT, "job": "gérante"}, {"firm": LONG, "job": "directrice"}) == ({}, {"job": "gérante"})


def test_a_text_that_gopaas_had_spelled_otherwise_and_cut_does_not_cut_outlooks_with_the_next_edit_beside_it():
    long, cut = "$$NULL and a long way on", "$ $NULL an"
    bases = ({"firm": cut, "job": "chef"}, {"firm": long, "job": "chef"})
    assert written_of_work({"firm": cut, "job": "gérante"}, {"firm": long, "job": "chef"}, bases=bases) == ({}, {"job": "gérante"})


def test_a_text_that_outlook_had_cut_does_not_cut_gopaas_with_the_next_edit_beside_it():
    bases = ({"firm": LONG, "job": "chef"}, {"firm": CUT, "job": "chef"})
    assert written_of_work({"firm": LONG, "job": "chef"}, {"firm": CUT, "job": "gérante"}, bases=bases) == ({"job": "gérante"}, {})


def test_a_text_that_a_person_shortened_is_written_shorter():
    bases = ({"firm": LONG, "job": "chef"}, {"firm": LONG, "job": "chef"})
    written = written_of_work({"firm": CUT, "job": "gérante"}, {"firm": LONG, "job": "chef"}, bases=bases)
    assert written == ({}, {"firm": CUT, "job": "gérante"})


VALUES = st.sampled_from([None, "a", "b", "c"])


@given(base=VALUES, gopaas=VALUES, outlook=VALUES, direction=st.sampled_from(Direction), policy=st.sampled_from(sorted(BUILT_IN)))
def test_no_value_is_overwritten_without_being_kept(base, gopaas, outlook, direction, policy):
    outcome = merged(base, gopaas, outlook, direction, policy)
    for side, shown in ((Side.GOPAAS, gopaas), (Side.OUTLOOK, outlook)):
        if "name" in outcome.writes[side] and shown not in (base, outcome.writes[side]["name"], None):
            assert any(shown in (conflict.gopaas["name"], conflict.outlook["name"]) for conflict in outcome.conflicts)


@given(gopaas=VALUES, outlook=VALUES, direction=st.sampled_from(Direction), policy=st.sampled_from(sorted(BUILT_IN)))
def test_adopting_never_erases(gopaas, outlook, direction, policy):
    link = Link(id="l", job="j", gopaas_id="k")
    left = Record(side=Side.GOPAAS, id="k", fields={"name": gopaas})
    right = Record(side=Side.OUTLOOK, id="o", fields={"name": outlook})
    outcome = adopt(link, left, right, rules(direction, policy), Shield())
    assert all(outcome.writes[side].get("name", "x") is not None for side in Side)
