"""What holds for every run of a calendar job, whatever happened on both sides (sync-model 3.3, I1, I2, I5, I7, I8, I17)."""

from __future__ import annotations

import random

from agenda_world import World, worlds
from hypothesis import given
from hypothesis import strategies as st

from outlookd.core.decision import decide
from outlookd.core.model import WRITES, LinkStatus, Op, Side
from outlookd.core.pairing import pair
from outlookd.core.plan import draft, plan_hash
from outlookd.core.verdict import Seen, judge


def writes(plan):
    return [action for action in plan.actions if action.op in WRITES]


def target(world, action):
    """The event that an action writes to, if there is one."""
    return world.shown[Side.OUTLOOK].get(action.link.outlook_id) if action.side is Side.OUTLOOK else None


@given(worlds())
def test_nothing_is_ever_written_to_an_event_that_somebody_else_organises(world: World):
    plan = world.plan()
    held = [action for held in plan.held for action in held.actions]
    assert not [a for a in (*writes(plan), *held) if (item := target(world, a)) is not None and item.guest]


@given(worlds())
def test_what_is_written_to_a_meeting_is_held_or_permitted_and_counted(world: World):
    plan = world.plan()
    meetings = [action for action in writes(plan) if (item := target(world, action)) is not None and item.attended]
    assert all(action.mails and world.rules.allow_mail for action in meetings)


@given(worlds())
def test_what_is_held_because_it_could_mail_is_wanted_until_it_may_be_written(world: World):
    def wanted(plan):
        return {
            (action.link.id, action.op, *sorted((name, change.after) for name, change in action.changes.items()))
            for held in plan.held
            if held.guard == "mail"
            for action in held.actions
        }

    first = wanted(world.run())
    assert wanted(world.plan()) == first


@given(worlds())
def test_sealed_fields_are_never_written_to_outlook(world: World):
    sealed = [
        name
        for action in writes(world.plan())
        if (item := target(world, action)) is not None
        for name in action.fields
        if name in item.sealed
    ]
    assert sealed == []


@given(worlds())
def test_nothing_is_written_to_what_is_past_on_both_sides(world: World):
    for action in writes(world.plan()):
        halves = target(world, action), world.shown[Side.GOPAAS].get(action.link.gopaas_id)
        spans = [half.span for half in halves if half is not None and half.span is not None]
        assert action.side is Side.GOPAAS or any(span.end > world.rules.now for span in spans)


@given(worlds())
def test_only_the_permitted_side_is_written(world: World):
    assert all(world.rules.direction.writes(action.side) for action in writes(world.plan()))


@given(worlds())
def test_only_marked_events_are_deleted(world: World):
    deleted = [target(world, action) for action in writes(world.plan()) if action.op is Op.DELETE]
    assert all(item is not None and item.marker and not item.guest for item in deleted)


@given(worlds())
def test_nothing_is_done_about_a_pair_that_waits(world: World):
    gopaas, outlook = world.look()
    for link in world.links.values():
        decision = decide(link, judge(link, gopaas), judge(link, outlook), world.rules)
        assert not (decision.waiting and decision.actions)


@given(worlds())
def test_a_pair_that_was_decided_is_not_written_again_but_for_the_id_of_its_new_event(world: World):
    plan = world.run()
    made = {action.link.id for action in plan.actions if action.op is Op.CREATE and action.side is Side.OUTLOOK}
    # What waits for a person was not decided. Once its event is over only Outlook's value can be on both sides, and it is.
    known = set(world.links) - {dispute.link for dispute in plan.disputes}
    again = [action for action in writes(world.plan()) if action.link.id in known]
    assert [action for action in again if action.link.id not in made or not action.points_to or action.fields] == []


@given(worlds())
def test_every_kept_value_travels_with_the_write_that_replaces_it(world: World):
    # A guard may hold one write of a pair and let the other go.
    assert all(c.winner is action.side.other for action in writes(world.plan()) for c in action.conflicts)


@given(worlds())
def test_after_three_runs_all_is_quiet(world: World):
    # The second writes the ids of new events into their rows; the third sees them there.
    for _ in range(3):
        world.run()
    assert world.plan().actions == ()


@given(worlds())
def test_no_two_living_pairs_share_a_half(world: World):
    world.run()
    living = [link for link in world.links.values() if link.status is not LinkStatus.TOMBSTONE]
    for side in Side:
        ids = [link.side_id(side) for link in living if link.side_id(side)]
        assert len(ids) == len(set(ids))


@given(worlds(), st.randoms())
def test_the_order_in_which_things_are_shown_does_not_matter(world: World, source: random.Random):
    def shuffled(seen: Seen) -> Seen:
        items = list(seen.records.items())
        source.shuffle(items)
        return Seen(
            side=seen.side,
            records=dict(items),
            same=seen.same,
            unreadable=seen.unreadable,
            proofs=seen.proofs,
            snapshot=seen.snapshot,
            complete=seen.complete,
        )

    gopaas, outlook = world.look()
    links = list(world.links.values())
    first = draft(pair(links, gopaas, outlook, world.rules), gopaas, outlook, world.rules)
    source.shuffle(links)
    gopaas, outlook = shuffled(gopaas), shuffled(outlook)
    second = draft(pair(links, gopaas, outlook, world.rules), gopaas, outlook, world.rules)
    assert (second, plan_hash(second)) == (first, plan_hash(first))
