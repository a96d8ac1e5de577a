"""A person's choice about a conflict: both sides show it, nothing else moves, and the runs after it are quiet."""

from __future__ import annotations

import pytest

from outlookd.core.model import Direction, RunKind, RunStatus, Side, Tally
from outlookd.core.policy import BUILT_IN
from outlookd.core.resolution import CHANGED, name_of_shown
from outlookd.sync.resolve import resolve
from sync.dying import die_at
from sync.world import World, make_job


async def disputed(policy: str = "gopaas", direction: Direction = Direction.BOTH) -> World:
    """Anna's company was changed on both sides, and runs have passed."""
    world = World(job=make_job(direction, policy=BUILT_IN[policy]))
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run()
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    await world.run()
    await world.run()
    return world


async def numbers(world: World) -> list[int]:
    return [conflict.seq for conflict in await world.store.conflicts(world.job.id)]


async def choose(world: World, side: Side, *, insist: bool = False, seen: str = ""):
    [*_, number] = await numbers(world)
    world.clock.advance(60)
    return await resolve(world.job, world.deps, number, side, insist=insist, seen=seen)


def companies(world: World) -> tuple[str, str]:
    return world.crm.rows["anna"]["societe"], world.outlook.items[world.contact_of("anna")].body["companyName"]


async def assert_quiet(world: World) -> None:
    for _ in range(2):
        report = await world.run()
        assert (report.status, report.created, report.updated, report.deleted) == (RunStatus.OK, Tally(), Tally(), Tally())
    assert report.requests == {"gopaas": 1, "graph": 1}
    assert await world.store.open_intents(world.job.id) == []


@pytest.mark.parametrize(("side", "value"), [(Side.GOPAAS, "Là"), (Side.OUTLOOK, "Ici")])
@pytest.mark.parametrize("policy", ["gopaas", "outlook", "hold"])
async def test_the_chosen_value_is_on_both_sides_and_stays(policy, side, value):
    world = await disputed(policy)
    settled = await choose(world, side)
    assert settled.kept == ()
    assert (settled.report.kind, settled.report.status) == (RunKind.RESOLVE, RunStatus.OK)
    assert companies(world) == (value, value)
    assert [conflict.resolved for conflict in await world.store.conflicts(world.job.id)] == [side]
    await assert_quiet(world)


async def test_a_choice_can_be_taken_back_by_choosing_the_other_side():
    world = await disputed("gopaas")
    await choose(world, Side.OUTLOOK)
    await choose(world, Side.GOPAAS)
    assert companies(world) == ("Là", "Là")
    await assert_quiet(world)


async def test_whoever_agrees_with_what_was_decided_writes_nothing_and_is_remembered():
    world = await disputed("outlook")
    requests = world.outlook.clock
    settled = await choose(world, Side.OUTLOOK)
    assert (settled.report.updated, world.outlook.clock) == (Tally(), requests)
    assert [conflict.resolved for conflict in await world.store.conflicts(world.job.id)] == [Side.OUTLOOK]


@pytest.mark.parametrize("note", ["suspended", "restored"])
async def test_not_even_agreement_is_remembered_while_the_state_is_in_doubt(note):
    world = await disputed("outlook")
    await world.store.note(world.job.id, note, "1")
    [number] = await numbers(world)
    settled = await resolve(world.job, world.deps, number, Side.OUTLOOK)
    assert (settled.report.status, settled.report.kind) == (RunStatus.FAILED, RunKind.RESOLVE)
    assert [conflict.resolved for conflict in await world.store.conflicts(world.job.id)] == [None]


async def test_a_choice_leaves_what_waits_in_other_groups_to_the_next_run():
    world = await disputed("gopaas")
    world.crm.rows["anna"]["telephone"] = "+33 6 39 98 00 03"
    await choose(world, Side.OUTLOOK)
    assert not world.outlook.items[world.contact_of("anna")].body.get("mobilePhone")
    await world.run()
    assert world.outlook.items[world.contact_of("anna")].body["mobilePhone"] == "+33 6 39 98 00 03"
    assert companies(world) == ("Ici", "Ici")


@pytest.mark.parametrize("policy", ["gopaas", "hold"])
async def test_what_somebody_typed_since_is_shown_and_not_replaced(policy):
    world = await disputed(policy)
    world.outlook.edit(world.contact_of("anna"), companyName="Ailleurs")
    before = companies(world)
    settled = await choose(world, Side.GOPAAS if policy == "hold" else Side.OUTLOOK)
    assert {kept.reason for kept in settled.kept} == {CHANGED}
    assert settled.shown[Side.OUTLOOK] == {"companyName": "Ailleurs"}
    assert companies(world) == before


async def test_whoever_insists_replaces_what_was_typed_since():
    world = await disputed("gopaas")
    world.outlook.edit(world.contact_of("anna"), companyName="Ailleurs")
    await world.run()
    settled = await choose(world, Side.OUTLOOK, insist=True)
    assert settled.kept == ()
    assert companies(world) == ("Ici", "Ici")
    await assert_quiet(world)


async def test_whoever_insists_on_a_page_replaces_exactly_what_it_showed():
    world = await disputed("gopaas")
    world.outlook.edit(world.contact_of("anna"), companyName="Ailleurs")
    await world.run()
    seen = name_of_shown((await choose(world, Side.OUTLOOK)).shown)
    world.crm.rows["anna"]["societe"] = "Autre part"
    settled = await choose(world, Side.OUTLOOK, insist=True, seen=seen)
    assert [kept.reason for kept in settled.kept] == [CHANGED] * len(settled.kept) != []
    assert settled.shown[Side.GOPAAS] == {"companyName": "Autre part"}
    again = await choose(world, Side.OUTLOOK, insist=True, seen=name_of_shown(settled.shown))
    assert (again.kept, companies(world)) == ((), ("Ici", "Ici"))
    await assert_quiet(world)


async def test_what_a_side_cannot_show_stays_as_it_is_and_is_named():
    world = await disputed("gopaas")
    world.crm.rows.clear()
    settled = await choose(world, Side.OUTLOOK)
    assert (settled.report.status, settled.report.updated) == (RunStatus.OK, Tally())
    assert [(kept.side, kept.reason) for kept in settled.kept] == [(Side.GOPAAS, "GoPaaS could not show it")]


async def test_a_choice_about_one_record_does_not_list_the_view():
    world = await disputed("gopaas")
    requests = world.crm.requests
    await choose(world, Side.GOPAAS)
    assert world.crm.requests == requests + 1


async def test_an_export_says_that_it_cannot_write_to_gopaas_and_writes_nothing_at_all():
    world = await disputed(direction=Direction.TO_OUTLOOK)
    settled = await choose(world, Side.OUTLOOK)
    assert [(kept.side, kept.field) for kept in settled.kept] == [(Side.GOPAAS, "company")]
    assert companies(world) == ("Là", "Là")
    assert [conflict.resolved for conflict in await world.store.conflicts(world.job.id)] == [None]


async def test_a_deleted_half_is_not_made_again_by_a_choice():
    world = await disputed("gopaas")
    world.outlook.delete(world.contact_of("anna"))
    await world.run()
    settled = await choose(world, Side.OUTLOOK)
    assert [kept.field for kept in settled.kept] == ["company"]
    assert world.crm.rows["anna"]["societe"] == "Là"


async def test_a_side_that_stores_values_in_its_own_way_is_still_quiet_afterwards():
    world = World(job=make_job(Direction.BOTH, policy=BUILT_IN["gopaas"]))
    world.crm.store_as = lambda row: {**row, "societe": row.get("societe", "").upper()}
    world.add_row("anna")
    await world.run()
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "LÀ"
    await world.run()
    await choose(world, Side.OUTLOOK)
    assert companies(world) == ("ICI", "Ici")
    await assert_quiet(world)


@pytest.mark.parametrize("policy", ["gopaas", "hold"])
async def test_dying_at_any_moment_of_a_choice_leaves_both_sides_alike_with_one_of_the_two_values(policy):
    moment = 0
    while True:
        world = await disputed(policy)
        if not await die_at(world, moment, choose(world, Side.OUTLOOK)):
            break
        for _ in range(3):
            await world.run()
        gopaas, outlook = companies(world)
        [conflict] = await world.store.conflicts(world.job.id)
        if policy == "hold" and conflict.waits:
            assert (gopaas, outlook) == ("Là", "Ici"), moment
        else:
            assert gopaas == outlook, moment
            assert (conflict.resolved is Side.OUTLOOK) <= (gopaas == "Ici"), moment
        moment += 1
    assert moment > 3


# --- what waits -----------------------------------------------------------------------------------------------------------


async def test_what_waits_has_one_number_however_many_runs_find_it():
    world = await disputed("hold")
    for _ in range(3):
        await world.run()
    [conflict] = await world.store.conflicts(world.job.id)
    assert conflict.waits
    assert (conflict.gopaas, conflict.outlook) == ({"companyName": "Là"}, {"companyName": "Ici"})


async def test_a_value_that_changes_while_it_waits_gets_another_number():
    world = await disputed("hold")
    world.crm.rows["anna"]["societe"] = "Là-bas"
    await world.run()
    assert [conflict.waits for conflict in await world.store.conflicts(world.job.id)] == [False, True]


async def test_what_waits_is_over_when_people_make_both_sides_agree():
    world = await disputed("hold")
    world.crm.rows["anna"]["societe"] = "Ici"
    report = await world.run()
    assert report.status is RunStatus.OK
    [conflict] = await world.store.conflicts(world.job.id)
    assert (conflict.waits, conflict.resolved) == (False, None)
    await assert_quiet(world)


async def test_a_group_that_waits_holds_back_no_other_group():
    world = await disputed("hold")
    world.crm.rows["anna"]["telephone"] = "+33 6 39 98 00 03"
    await world.run()
    assert world.outlook.items[world.contact_of("anna")].body["mobilePhone"] == "+33 6 39 98 00 03"
    assert companies(world) == ("Là", "Ici")


async def test_what_waits_goes_on_waiting_while_a_side_cannot_be_judged():
    world = await disputed("hold")
    world.crm.complete = False
    anna = world.crm.rows.pop("anna")
    await world.run()
    assert [conflict.waits for conflict in await world.store.conflicts(world.job.id)] == [True]
    world.crm.rows["anna"], world.crm.complete = anna, True
    await world.run()
    assert [conflict.waits for conflict in await world.store.conflicts(world.job.id)] == [True]
