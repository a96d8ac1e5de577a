"""The decision table for a known pair: one row per cell of GoPaaS verdict by Outlook verdict (sync-model 5.4 and 5.5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outlookd.core.decision import decide
from outlookd.core.fieldmap import FieldMap, FieldRule, FieldSpec
from outlookd.core.model import Base, Direction, Link, LinkStatus, Op, Origin, Record, Side
from outlookd.core.rules import OutlookDelete, Rules, ViewExit
from outlookd.core.verdict import Observation, Verdict

SPECS = {
    "name": FieldSpec(name="name", group="name"),
    "city": FieldSpec(name="city", group="address"),
    "zip": FieldSpec(name="zip", group="address"),
}
MAP = FieldMap(rules=(FieldRule(outlook="name", gopaas="nom"), FieldRule(outlook="city", gopaas="ville")), specs=SPECS)
OLD = {"name": "Ann", "city": "Lille"}
U, C, D, X, A, Q = (
    Verdict.UNCHANGED,
    Verdict.CHANGED,
    Verdict.DELETED,
    Verdict.OUT_OF_SCOPE,
    Verdict.ABSENT,
    Verdict.UNKNOWN,
)
LINK = Link(
    id="l",
    job="j",
    gopaas_id="k",
    outlook_id="o",
    marker="m",
    gopaas=Base(fields=OLD),
    outlook=Base(fields={**OLD, "zip": "59000"}, version="1", digest="d"),
)


def rules(direction=Direction.TO_OUTLOOK, **settings) -> Rules:
    return Rules(job="j", user="u", install="i", scope="contact", fieldmap=MAP, direction=direction, **settings)


def shown(side: Side, verdict: Verdict) -> Observation:
    if verdict not in (U, C):
        return Observation(verdict=verdict)
    extra = {"zip": "59000"} if side is Side.OUTLOOK else {}
    name = {U: "Ann", C: "Anne" if side is Side.GOPAAS else "Anna"}[verdict]
    digest = "d" if verdict is U else "other"
    return Observation(
        verdict=verdict,
        record=Record(
            side=side, id="x", version="2", fields={**OLD, **extra, "name": name}, digest=digest if side is Side.OUTLOOK else ""
        ),
    )


def outcome(gopaas: Verdict, outlook: Verdict, link: Link = LINK, **settings) -> list[str]:
    decision = decide(link, shown(Side.GOPAAS, gopaas), shown(Side.OUTLOOK, outlook), rules(**settings))
    words = [
        f"{action.op} {action.side}" if action.op in (Op.CREATE, Op.UPDATE, Op.DELETE) else str(action.op)
        for action in decision.actions
    ]
    return ["wait"] if decision.waiting else words


WAIT = ["wait"]
ONE_WAY = [
    (U, U, ["rebase"]),
    (C, U, ["update outlook"]),
    (U, C, ["update outlook"]),
    (C, C, ["update outlook"]),
    (U, D, ["create outlook"]),
    (C, D, ["create outlook"]),
    (U, X, ["detach"]),
    (C, X, ["detach"]),
    (D, U, ["delete outlook"]),
    (D, C, ["detach"]),
    (X, U, ["delete outlook"]),
    (X, C, ["detach"]),
    (D, D, ["forget"]),
    (X, D, ["forget"]),
    (D, X, ["forget"]),
    (X, X, ["forget"]),
    *[(side, doubt, WAIT) for side in (U, C, D, X, A, Q) for doubt in (A, Q)],
    *[(doubt, side, WAIT) for side in (U, C, D, X) for doubt in (A, Q)],
]
TWO_WAY = [
    (U, U, ["rebase"]),
    (C, U, ["update outlook"]),
    (U, C, ["update gopaas"]),
    (C, C, ["update outlook"]),
    (U, D, ["detach"]),
    (C, D, ["create outlook"]),
    (D, U, ["delete outlook"]),
    (D, C, ["detach"]),
    (X, U, ["delete outlook"]),
]


@pytest.mark.parametrize(("gopaas", "outlook", "expected"), ONE_WAY, ids=str)
def test_one_way(gopaas, outlook, expected):
    assert outcome(gopaas, outlook) == expected


@pytest.mark.parametrize(("gopaas", "outlook", "expected"), TWO_WAY, ids=str)
def test_two_ways(gopaas, outlook, expected):
    assert outcome(gopaas, outlook, direction=Direction.BOTH) == expected


@pytest.mark.parametrize("origin", [Origin.ADOPTED, Origin.OUTLOOK])
@pytest.mark.parametrize("gone", [D, X])
def test_only_what_we_made_is_taken_back(origin, gone):
    assert outcome(gone, U, replace(LINK, origin=origin)) == ["detach"]


@pytest.mark.parametrize("kept", [ViewExit.KEEP, ViewExit.DETACH])
def test_a_job_may_keep_what_left_the_view(kept):
    assert outcome(X, U, on_view_exit=kept) == ["detach"]


def test_what_was_touched_once_is_never_deleted():
    assert outcome(X, U, replace(LINK, touched=True)) == ["detach"]


def test_an_item_without_our_marker_is_never_deleted():
    assert outcome(X, U, replace(LINK, marker="")) == ["detach"]


def test_a_deletion_in_outlook_sets_the_configured_column():
    chosen = OutlookDelete(field="statut", value="annulé")
    decision = decide(LINK, shown(Side.GOPAAS, U), shown(Side.OUTLOOK, D), rules(Direction.BOTH, on_outlook_delete=chosen))
    assert [dict(action.raw) for action in decision.actions] == [{"statut": "annulé"}]


def test_an_adopted_pair_never_passes_a_deletion_on():
    chosen = OutlookDelete(field="statut", value="annulé")
    adopted = replace(LINK, origin=Origin.ADOPTED)
    assert outcome(U, D, adopted, direction=Direction.BOTH, on_outlook_delete=chosen) == ["detach"]


def test_a_re_created_copy_that_is_deleted_again_is_let_go():
    assert outcome(C, D, replace(LINK, generation=2), direction=Direction.BOTH) == ["detach"]


def test_an_edit_that_loses_against_a_deletion_is_kept_as_a_conflict():
    born_there = replace(LINK, origin=Origin.OUTLOOK)
    decision = decide(born_there, shown(Side.GOPAAS, C), shown(Side.OUTLOOK, D), rules(Direction.BOTH))
    assert [conflict.gopaas for action in decision.actions for conflict in action.conflicts] == [{"name": "Anne"}]


@pytest.mark.parametrize(("gopaas", "outlook"), [(g, o) for g in (U, C, D, X) for o in (U, C, D, X)])
def test_a_tombstone_decides_nothing(gopaas, outlook):
    assert outcome(gopaas, outlook, replace(LINK, status=LinkStatus.TOMBSTONE)) == []


def test_a_write_carries_the_whole_group_because_graph_replaces_it_whole():
    row = Record(side=Side.GOPAAS, id="k", fields={"name": "Ann", "city": "Arras"})
    decision = decide(LINK, Observation(verdict=C, record=row), shown(Side.OUTLOOK, U), rules())
    assert decision.actions[0].fields == {"city": "Arras", "zip": "59000"}
