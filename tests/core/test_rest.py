"""A pair of which neither side has news is told from the others without merging it, and nothing is missed by that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agenda_examples import DAY, FAR, FUTURE, LONG_AGO, NOW, PAST, POINTING_MAP, event, link, linked, row, rules
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.decision import decide
from outlookd.core.model import Bar, Direction, LinkStatus, Op, Origin, Side
from outlookd.core.pairing import Pairing
from outlookd.core.plan import draft, rests
from outlookd.core.rules import Rules
from outlookd.core.verdict import Proof, Seen, glance, judge
from outlookd.core.writes import Decision

SERIES = "master"
TIMES = [None, FUTURE, PAST, FAR, LONG_AGO]
QUIET = Seen(side=Side.GOPAAS), Seen(side=Side.OUTLOOK)


@st.composite
def rulebooks(draw) -> Rules:
    resource = draw(st.sampled_from(["events", "contacts"]))
    chosen = rules(draw(st.sampled_from(Direction)), fieldmap=POINTING_MAP)
    return replace(chosen, resource=resource, window=draw(st.sampled_from([None, chosen.window])) if resource == "events" else None)


@st.composite
def pairs(draw):
    """A link in any state, of halves with holes and with any protection."""
    places, bodies = st.sampled_from([None, "Yard 4"]), st.sampled_from([None, "Bring the plans."])
    traits = {"attended": draw(st.booleans()), "guest": draw(st.booleans()), "series": draw(st.sampled_from(["", SERIES]))}
    sealed = draw(st.sampled_from([frozenset(), frozenset({"body"})]))
    shown = event(at=draw(st.sampled_from(TIMES)), location=draw(places), body=draw(bodies), sealed=sealed, **traits)
    pair = linked(row(at=draw(st.sampled_from(TIMES)), location=draw(places)), shown, origin=draw(st.sampled_from(Origin)))
    bases = {
        str(side): replace(
            pair.base(side),
            settled=draw(st.booleans()),
            version=draw(st.sampled_from(["", "1"])),
            fields=draw(st.sampled_from([pair.base(side).fields, pair.base(side).fields, {}, {"subject": "Site visit"}])),
        )
        for side in Side
    }
    status = draw(st.sampled_from([*LinkStatus, LinkStatus.ACTIVE, LinkStatus.ACTIVE]))
    marker = draw(st.sampled_from(["", pair.marker]))
    half, touched = draw(st.sampled_from(["", pair.outlook_id, pair.outlook_id])), draw(st.booleans())
    return replace(pair, **bases, status=status, marker=marker, outlook_id=half, touched=touched)


WORDS = ["records", "same", "proofs", "removed", "unreadable", "whole"]


@st.composite
def views(draw, side: Side) -> Seen:
    """What a side shows: nothing of the pair, or something of it or of its series."""
    key, make = ("k1", row) if side is Side.GOPAAS else ("o1", event)
    said: dict[str, Any] = {}
    for word in draw(st.sets(st.sampled_from(WORDS), max_size=2)):
        ids = [draw(st.sampled_from([key, key, SERIES]))]
        match word:
            case "records":
                barred, subject = draw(st.sampled_from([None, *Bar])), draw(st.sampled_from(["Site visit", "Edited"]))
                said[word] = {id: make(id, at=draw(st.sampled_from(TIMES)), subject=subject, barred=barred) for id in ids}
            case "proofs":
                said[word] = {id: draw(st.sampled_from(Proof)) for id in ids}
            case _:
                said[word] = frozenset(ids)
    window = draw(st.sampled_from([None, rules().window.outer]))
    snapshot = draw(st.sampled_from([False, False, True]))
    return Seen(side=side, **said, snapshot=snapshot, complete=draw(st.booleans()), window=window)


@given(pairs(), views(Side.GOPAAS), views(Side.OUTLOOK), rulebooks())
def test_of_a_pair_at_rest_there_is_nothing_to_decide(pair, gopaas, outlook, chosen):
    if rests(pair, gopaas, outlook, chosen):
        assert decide(pair, judge(pair, gopaas), judge(pair, outlook), chosen) == Decision()


@given(pairs(), views(Side.GOPAAS), views(Side.OUTLOOK), rulebooks())
def test_a_plan_says_of_a_pair_what_deciding_it_says(pair, gopaas, outlook, chosen):
    decision = decide(pair, judge(pair, gopaas), judge(pair, outlook), chosen)
    plan = draft(alone(pair), gopaas, outlook, chosen)
    busy = any(action.op is not Op.REBASE for action in decision.actions)
    kept = pair.status is LinkStatus.ACTIVE and not decision.waiting and not busy
    assert sorted(plan.actions, key=str) == sorted(decision.actions, key=str)
    assert (plan.waiting, plan.unchanged) == (int(decision.waiting), int(kept))


@given(pairs(), views(Side.OUTLOOK))
def test_a_glance_gives_the_verdict_of_a_judgement(pair, seen):
    glimpse, judged = glance(pair, seen), judge(pair, seen)
    assert (glimpse.verdict, glimpse.fresh) == (judged.verdict, judged.fresh)
    assert glimpse.record in (None, judged.record)


def alone(pair) -> Pairing:
    return Pairing(links=(pair,), matches=(), relinks=(), new_gopaas=(), new_outlook=(), strangers=(), orphans=())


def test_a_pair_of_which_nothing_was_heard_rests():
    assert rests(link(), *QUIET, rules())


def test_a_pair_shown_as_it_is_remembered_rests():
    gopaas, outlook = Seen(side=Side.GOPAAS, same=frozenset({"k1"})), Seen(side=Side.OUTLOOK, same=frozenset({"o1"}))
    assert rests(link(), gopaas, outlook, rules())


def test_a_contact_without_our_stamp_does_not_rest_until_it_has_it():
    contacts = replace(rules(), resource="contacts", window=None)
    assert not rests(link(marker=""), *QUIET, contacts)
    assert rests(link(), *QUIET, contacts)


def test_a_pair_that_was_let_go_is_looked_at_although_its_half_looks_the_same():
    back = Seen(side=Side.OUTLOOK, same=frozenset({"o1"}))
    assert not rests(link(status=LinkStatus.DETACHED), QUIET[0], back, rules())


def test_a_pair_with_any_word_about_a_half_is_decided():
    words = ["removed", "unreadable", "whole"]
    told = [Seen(side=Side.OUTLOOK, **{word: frozenset({"o1"})}) for word in words]
    told += [Seen(side=Side.OUTLOOK, proofs={"o1": Proof.GONE}), Seen(side=Side.OUTLOOK, records={"o1": event()})]
    assert not any(rests(link(), QUIET[0], outlook, rules()) for outlook in told)


@given(st.sampled_from([NOW, NOW + 40 * DAY, NOW + timedelta(days=4000)]))
def test_a_pair_rests_whatever_the_date_is(now):
    assert rests(link(), *QUIET, rules(now=now))
    assert draft(alone(link()), *QUIET, rules(now=now)).actions == ()
