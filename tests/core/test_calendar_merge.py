"""The field-merge table for events (sync-model 5.6, design rules 1 and 4): what changed, which way the job writes, what is written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from agenda_examples import (
    FUTURE,
    HOUR,
    LATER,
    NOW,
    SPECS,
    C,
    D,
    decided,
    event,
    events,
    gopaas_says,
    link,
    linked,
    outlook_says,
    row,
    rows,
    rules,
    span,
    words,
)
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.model import Direction, Op, Origin, Side
from outlookd.core.policy import BUILT_IN

OLD, LEFT, RIGHT = "Yard 4", "Yard 5", "Yard 6"
NEITHER, ONLY_GOPAAS, ONLY_OUTLOOK, EQUALLY, DIFFERENTLY = (OLD, OLD), (LEFT, OLD), (OLD, RIGHT), (LEFT, LEFT), (LEFT, RIGHT)
CHANGED = {
    "neither side": NEITHER,
    "only gopaas": ONLY_GOPAAS,
    "only outlook": ONLY_OUTLOOK,
    "both equally": EQUALLY,
    "both differently": DIFFERENTLY,
}
BOTH, TO_OUTLOOK, TO_GOPAAS = Direction.BOTH, Direction.TO_OUTLOOK, Direction.TO_GOPAAS

# (direction, what changed) -> (written to GoPaaS, written to Outlook, values kept as a conflict); the pair was born in GoPaaS.
TABLE = {
    (BOTH, NEITHER): (None, None, []),
    (BOTH, ONLY_GOPAAS): (None, LEFT, []),
    (BOTH, ONLY_OUTLOOK): (RIGHT, None, []),
    (BOTH, EQUALLY): (None, None, []),
    (BOTH, DIFFERENTLY): (None, LEFT, [RIGHT]),
    (TO_OUTLOOK, NEITHER): (None, None, []),
    (TO_OUTLOOK, ONLY_GOPAAS): (None, LEFT, []),
    (TO_OUTLOOK, ONLY_OUTLOOK): (None, OLD, [RIGHT]),
    (TO_OUTLOOK, EQUALLY): (None, None, []),
    (TO_OUTLOOK, DIFFERENTLY): (None, LEFT, [RIGHT]),
    (TO_GOPAAS, NEITHER): (None, None, []),
    (TO_GOPAAS, ONLY_GOPAAS): (OLD, None, [LEFT]),
    (TO_GOPAAS, ONLY_OUTLOOK): (RIGHT, None, []),
    (TO_GOPAAS, EQUALLY): (None, None, []),
    (TO_GOPAAS, DIFFERENTLY): (RIGHT, None, [LEFT]),
}
NAMES = [f"{direction}, changed by {name}" for direction in (BOTH, TO_OUTLOOK, TO_GOPAAS) for name in CHANGED]


def decision(left, right, *, origin=Origin.GOPAAS, name="location", **settings):
    pair = linked(row(**{name: OLD}), event(**{name: OLD}), origin=origin)
    return decided(pair, rows(row(**{name: left})), events(event(**{name: right}, version="2")), rules(**settings))


def written(done, side, name="location"):
    return next((action.fields[name] for action in done.actions if action.side is side and name in action.changes), None)


def lost(done, name="location"):
    return [(c.outlook if c.winner is Side.GOPAAS else c.gopaas)[name] for action in done.actions for c in action.conflicts]


@pytest.mark.parametrize("name", sorted(SPECS))
@pytest.mark.parametrize(("cell", "expected"), TABLE.items(), ids=NAMES)
def test_a_cell_of_the_merge_table(cell, expected, name):
    direction, (left, right) = cell
    done = decision(left, right, direction=direction, name=name)
    assert (written(done, Side.GOPAAS, name), written(done, Side.OUTLOOK, name), lost(done, name)) == expected


@pytest.mark.parametrize(
    ("policy", "origin", "expected"),
    [
        ("newest", Origin.GOPAAS, (None, LEFT)),
        ("newest", Origin.OUTLOOK, (RIGHT, None)),
        ("newest", Origin.ADOPTED, (None, LEFT)),
        ("gopaas", Origin.OUTLOOK, (None, LEFT)),
        ("outlook", Origin.GOPAAS, (RIGHT, None)),
        ("hold", Origin.GOPAAS, (None, None)),
    ],
)
def test_a_true_conflict_goes_to_the_policy(policy, origin, expected):
    done = decision(LEFT, RIGHT, origin=origin, policy=BUILT_IN[policy])
    assert (written(done, Side.GOPAAS), written(done, Side.OUTLOOK)) == expected


@pytest.mark.parametrize(("minutes", "winner"), [(3, Side.OUTLOOK), (1, Side.GOPAAS)])
def test_the_later_edit_wins_when_both_times_are_exact_and_far_enough_apart(minutes, winner):
    left = row(location=LEFT, modified=NOW, modified_exact=True)
    right = event(location=RIGHT, version="2", modified=NOW + timedelta(minutes=minutes), modified_exact=True)
    done = decided(link(), rows(left), events(right))
    assert [conflict.winner for action in done.actions for conflict in action.conflicts] == [winner]


def test_a_held_conflict_is_told_and_leaves_both_sides_alone():
    done = decision(LEFT, RIGHT, policy=BUILT_IN["hold"])
    assert ([(c.winner, c.gopaas["location"]) for c in done.disputes], words(done)) == ([(None, LEFT)], [])


def test_a_held_conflict_blocks_its_own_group_only():
    done = decided(
        link(), gopaas_says(C, location=LEFT, subject="Moved"), outlook_says(C, location=RIGHT), rules(policy=BUILT_IN["hold"])
    )
    assert [sorted(action.changes) for action in done.actions] == [["subject"]]


def test_a_conflict_keeps_both_values_and_the_base():
    (action,) = decision(LEFT, RIGHT).actions
    (kept,) = action.conflicts
    assert [dict(kept.gopaas), dict(kept.outlook), dict(kept.base)] == [{"location": LEFT}, {"location": RIGHT}, {"location": OLD}]


# Time is one group.


def test_a_new_start_takes_its_end_along():
    moved = span(FUTURE.start + HOUR / 2, HOUR / 2)
    (action,) = decided(link(), gopaas_says(C, to=moved), outlook_says(C, subject="Renamed")).actions[:1]
    assert sorted(action.fields) == ["end", "start"]


@pytest.mark.parametrize(("origin", "winner"), [(Origin.GOPAAS, Side.GOPAAS), (Origin.OUTLOOK, Side.OUTLOOK)])
def test_a_start_and_an_end_from_two_sides_are_a_conflict(origin, winner):
    earlier, longer = span(FUTURE.start - HOUR, 2 * HOUR), span(FUTURE.start, 3 * HOUR)
    done = decided(link(origin), gopaas_says(C, to=earlier), outlook_says(C, to=longer))
    (action,) = done.actions
    chosen = earlier if winner is Side.GOPAAS else longer
    assert (action.side, action.fields) == (winner.other, {"start": chosen.start.isoformat(), "end": chosen.end.isoformat()})


def test_a_move_and_a_new_room_are_both_kept():
    # Worked example 2 of sync-model 5.11.
    done = decided(link(), gopaas_says(C, to=LATER), outlook_says(C, location="Room 2"))
    assert {action.side: sorted(action.changes) for action in done.actions} == {
        Side.OUTLOOK: ["end", "start"],
        Side.GOPAAS: ["location"],
    }


def test_two_moves_of_an_event_born_in_outlook_keep_outlooks_and_remember_the_other():
    # Worked example 3 of sync-model 5.11.
    three, four = span(FUTURE.start + 3 * HOUR), span(FUTURE.start + 4 * HOUR)
    (action,) = decided(link(Origin.OUTLOOK), gopaas_says(C, to=three), outlook_says(C, to=four)).actions
    kept = [(c.winner, c.gopaas["start"]) for c in action.conflicts]
    assert (action.side, action.fields["start"], kept) == (
        Side.GOPAAS,
        four.start.isoformat(),
        [(Side.OUTLOOK, three.start.isoformat())],
    )


def test_only_what_differs_is_sent():
    (action,) = decided(link(), gopaas_says(C, location=LEFT), outlook_says(D)).actions
    assert action.op is Op.CREATE
    (action,) = decision(LEFT, OLD).actions
    assert dict(action.fields) == {"location": LEFT}


def test_two_bases_may_differ_for_ever_without_a_write():
    # Outlook trimmed the text when it stored it: both sides still show what each of them agreed to.
    left, right = row(body="Bring the plans. "), event(body="Bring the plans.")
    assert decided(linked(left, right), rows(left), events(right)).actions == ()


def test_a_kept_value_travels_with_the_write_that_replaces_it():
    # A guard may hold the write to Outlook (a meeting) and let the one to GoPaaS go, which replaces what a person typed there.
    done = decided(
        link(),
        gopaas_says(C, location=LEFT, subject="Moved"),
        outlook_says(C, location=RIGHT),
        rules(policy=BUILT_IN["outlook"]),
    )
    assert {action.side: [c.group for c in action.conflicts] for action in done.actions} == {
        Side.OUTLOOK: [],
        Side.GOPAAS: ["location"],
    }


TEXT = st.sampled_from([None, "a", "b", "c"])


@given(
    old=TEXT,
    left=TEXT,
    right=TEXT,
    name=st.sampled_from(["subject", "location", "body"]),
    direction=st.sampled_from(Direction),
    policy=st.sampled_from(sorted(BUILT_IN)),
    origin=st.sampled_from(Origin),
    traits=st.fixed_dictionaries({}, optional={"attended": st.just(True), "guest": st.just(True)}),
    sealed=st.sampled_from([frozenset(), frozenset({"body"})]),
)
def test_no_persons_value_is_overwritten_without_being_kept(old, left, right, name, direction, policy, origin, traits, sealed):
    traits = {**traits, "sealed": sealed}
    pair = linked(row(**{name: old}), event(**{name: old}, **traits), origin=origin)
    shown = events(event(**{name: right}, version="2", **traits))
    done = decided(pair, rows(row(**{name: left})), shown, rules(direction, policy=BUILT_IN[policy]))
    kept = {value for action in done.actions for c in action.conflicts for value in (c.gopaas.get(name), c.outlook.get(name))}
    for action in done.actions:
        change = action.changes.get(name)
        assert change is None or change.before in (old, None, change.after) or change.before in kept
