"""An approval is a word about single writes: it lets through what was seen under its hash, as far as it is left, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd.core.guards import review, shrunk
from outlookd.core.model import Action, Change, Link, Op, Plan, Side
from outlookd.core.rules import Limits
from outlookd.core.verdict import Seen

LIMITS = Limits(deletes_min=0, deletes_percent=0, creates_min=0, creates_percent=0, field_percent=0, shrink_percent=0)
"""Every guard asks about everything."""

PAIRS = frozenset(f"l{number}" for number in range(8))

numbers = st.frozensets(st.integers(0, 7))


def link(number: int) -> Link:
    return Link(id=f"l{number}", job="j", gopaas_id=f"k{number}", outlook_id=f"o{number}")


def delete(number: int, told: str = "") -> Action:
    change = {"surname": Change(before=f"Durand{told}", after=None)}
    return Action(op=Op.DELETE, side=Side.OUTLOOK, link=link(number), reason="", changes=change)


def update(number: int, told: str = "") -> Action:
    return Action(
        op=Op.UPDATE, side=Side.OUTLOOK, link=link(number), reason="", changes={"city": Change(before="", after=f"X{told}")}
    )


def retire(number: int, told: str = "") -> Action:
    return Action(op=Op.UPDATE, side=Side.GOPAAS, link=link(number), reason="", raw={"etat": f"parti{told}"}, retires=True)


def create(number: int, told: str = "") -> Action:
    new = Link(id=f"n{number}", job="j", gopaas_id=f"k{number}")
    return Action(
        op=Op.CREATE, side=Side.OUTLOOK, link=new, reason="", changes={"surname": Change(before=None, after=f"Durand{told}")}
    )


KINDS = {"delete": delete, "update": update, "retire": retire, "create": create}


def reviewed(actions, approved=frozenset()) -> Plan:
    return review(Plan(actions=tuple(actions)), limits=LIMITS, pairs=PAIRS, allow_mail=False, approved=approved, steady=True)


def done(plan: Plan) -> set[str]:
    return {action.link.id for action in plan.actions}


def withheld(plan: Plan) -> set[str]:
    return {action.link.id for held in plan.held for action in held.actions}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(KINDS)), numbers, numbers, numbers)
def test_what_was_seen_passes_and_what_came_or_changed_since_is_held(kind, seen, now, edited):
    make = KINDS[kind]
    approved = frozenset(name for held in reviewed(map(make, sorted(seen))).held for name in held.releases)
    plan = reviewed([make(number, "!" if number in edited else "") for number in sorted(now)], approved)
    prefix = "n" if kind == "create" else "l"
    assert done(plan) == {f"{prefix}{number}" for number in now & seen - edited}
    assert withheld(plan) == {f"{prefix}{number}" for number in now - (seen - edited)}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_left_of_an_approval_has_a_hash_of_its_own(kind):
    make = KINDS[kind]
    (held,) = reviewed([make(1), make(2)]).held
    (rest,) = reviewed([make(1), make(2), make(3)], frozenset(held.releases)).held
    assert rest.hash != held.hash
    assert set(rest.releases).isdisjoint(held.releases)


def test_an_approval_of_one_guard_opens_no_other():
    (held,) = reviewed([retire(1)]).held
    (other,) = reviewed([update(1)]).held
    assert {held.guard, other.guard} == {"deletes", "field"}
    assert done(reviewed([retire(1)], frozenset(name.replace("deletes:", "field:") for name in held.releases))) == set()


@settings(max_examples=60, deadline=None)
@given(numbers, numbers)
def test_of_what_is_missing_only_what_was_approved_is_looked_into(seen, now):
    links = [link(number) for number in range(8)]

    def showing(missing):
        same = frozenset(f"k{number}" for number in range(8) if number not in missing)
        return Seen(side=Side.GOPAAS, same=same, snapshot=True, complete=True)

    first = shrunk(links, showing(seen), LIMITS, frozenset()).held
    approved = frozenset(first.releases) if first else frozenset()
    absence = shrunk(links, showing(now), LIMITS, approved)
    assert absence.excused == {f"l{number}" for number in now & seen}
    assert (set(absence.held.links) if absence.held else set()) == {f"l{number}" for number in now - seen}
    assert shrunk(links, Seen(side=Side.OUTLOOK, snapshot=True, complete=True), LIMITS, approved).excused == frozenset()
