"""What is said of a record now is what the next run would do with it, or why it would do nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from outlookd.core.eligibility import OUTSIDE
from outlookd.core.model import Direction, Op, Side
from outlookd.core.policy import BUILT_IN
from outlookd.core.standing import AGREED, ELSEWHERE, FORGOTTEN, NO_IMPORT, RESTING, STRANGER, UNLISTED
from outlookd.core.story import Chapter, recount
from outlookd.sync.inquiry import inquire
from sync.agenda import TOMORROW, AgendaWorld
from sync.world import World, make_job


async def made(direction: Direction = Direction.TO_OUTLOOK, **settings) -> World:
    world = World(job=make_job(direction, **settings))
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    await world.run()
    return world


async def stands(world: World | AgendaWorld, id: str) -> list[str]:
    """The reasons of what is said last: of both sides only what they show is said before."""
    present = await inquire(world.job, world.deps, id)
    return [scene.reason for scene in present.scenes if scene.side is None or scene.op is not None]


async def test_a_pair_in_step_is_said_to_agree_by_either_of_its_ids():
    world = await made()
    assert await stands(world, "anna") == await stands(world, world.contact_of("anna")) == [AGREED]


async def test_what_the_next_run_would_write_is_told_field_by_field():
    world = await made()
    world.crm.rows["anna"]["societe"] = "Exemple"
    present = await inquire(world.job, world.deps, "anna")
    [write] = [scene for scene in present.scenes if scene.op is not None]
    assert (write.op, write.side, write.rule, write.reason) == (Op.UPDATE, Side.OUTLOOK, "1", "changed in GOPAAS")
    assert [(name, change.after) for name, change in write.fields.items()] == [("companyName", "Exemple")]
    [seen] = [scene for scene in present.scenes if scene.side is Side.GOPAAS and scene.op is None]
    assert (seen.seen, list(seen.fields)) == ({Side.GOPAAS: "changed"}, ["companyName"])


async def test_asking_writes_nothing_anywhere():
    world = await made()
    world.crm.rows["anna"]["societe"] = "Exemple"
    before = (
        dict(world.crm.rows),
        world.outlook.clock,
        await world.store.links(world.job.id),
        await world.store.notes(world.job.id),
    )
    await inquire(world.job, world.deps, "anna")
    after = (
        dict(world.crm.rows),
        world.outlook.clock,
        await world.store.links(world.job.id),
        await world.store.notes(world.job.id),
    )
    assert after == before


async def test_a_row_that_the_view_does_not_show_is_said_to_exist():
    world = await made()
    world.add_row("zoe")
    world.crm.shows = lambda row: row.get("prenom") != "Zoe"
    assert await stands(world, "zoe") == [UNLISTED]


async def test_a_persons_own_contact_in_an_export_is_left_alone_because_nothing_is_written_to_gopaas():
    world = await made()
    id = world.outlook.add(world.folder, {"givenName": "Denis", "surname": "Exemple"})
    assert await stands(world, id) == [NO_IMPORT]


async def test_a_contact_in_another_folder_is_said_to_be_elsewhere():
    world = await made(Direction.BOTH)
    id = world.outlook.add(world.outlook.add_folder("Privé"), {"givenName": "Denis", "surname": "Exemple"})
    assert await stands(world, id) == [ELSEWHERE]


async def test_what_a_guard_holds_is_told_with_its_reason():
    world = await made(Direction.BOTH, policy=BUILT_IN["hold"])
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    present = await inquire(world.job, world.deps, "anna")
    assert [scene.chapter for scene in present.scenes][-1] is Chapter.HELD


async def test_a_pair_that_rests_and_one_that_is_forgotten_say_so():
    world = await made(Direction.BOTH)
    world.outlook.delete(world.contact_of("anna"))
    bruno = world.contact_of("bruno")
    world.outlook.delete(bruno)
    del world.crm.rows["bruno"]
    await world.run()
    await world.run()
    assert await stands(world, "anna") == [RESTING]
    assert await stands(world, "bruno") == [FORGOTTEN]


async def test_an_unknown_id_is_not_found():
    world = await made()
    assert not (await inquire(world.job, world.deps, "nobody")).found


async def test_an_appointment_outside_the_window_says_so():
    world = AgendaWorld()
    world.add_row("soon")
    world.add_row("far", TOMORROW + timedelta(days=900))
    await world.run()
    assert await stands(world, "far") == [OUTSIDE]


async def test_a_past_appointment_and_one_of_somebody_else_say_why_they_are_not_made():
    world = AgendaWorld()
    world.add_row("over", TOMORROW - timedelta(days=20))
    world.add_row("hers", utilisateur="paul")
    await world.run()
    assert await stands(world, "over") == ["it is over, and the past is not copied into Outlook"]
    assert await stands(world, "hers") == ["it belongs to another user"]


async def test_a_private_appointment_says_that_it_is_private():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Médecin", sensitivity="private")
    await world.run()
    assert await stands(world, event) == ["it is private"]


async def test_an_item_that_nothing_speaks_against_is_planned_and_no_stranger():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Visite")
    assert STRANGER not in await stands(world, event)
    assert await stands(world, event) == ["new in Outlook"]


# --- what is nobody's to see (threat T18) ----------------------------------------------------------------------------------


async def told(world: World | AgendaWorld, id: str) -> tuple[list[str], list[str]]:
    """The fields that are told of a record now, and the reasons."""
    scenes = (await inquire(world.job, world.deps, id)).scenes
    return [name for scene in scenes for name in scene.fields], [scene.reason for scene in scenes if scene.reason]


async def test_of_a_row_that_the_view_does_not_show_no_value_is_told():
    """A service account may read everybody's rows by key."""
    world = await made()
    world.add_row("zoe")
    world.crm.shows = lambda row: row.get("prenom") != "Zoe"
    assert await told(world, "zoe") == ([], [UNLISTED, UNLISTED])


async def test_of_an_item_outside_the_folder_of_the_job_no_value_is_told():
    world = await made(Direction.BOTH)
    id = world.outlook.add(world.outlook.add_folder("Privé"), {"givenName": "Denis", "surname": "Exemple"})
    assert await told(world, id) == ([], [ELSEWHERE, ELSEWHERE])


async def test_of_a_private_appointment_nothing_is_told_but_that_it_is_private():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Médecin", sensitivity="private")
    await world.run()
    assert await told(world, event) == ([], ["it is private"])


async def test_of_somebody_elses_row_in_the_view_no_value_is_told():
    world = AgendaWorld()
    world.add_row("hers", utilisateur="paul")
    await world.run()
    assert await told(world, "hers") == ([], ["it belongs to another user"])


@pytest.mark.parametrize("owner", ["paul", ""])
async def test_where_one_user_is_listed_a_row_of_anybody_else_is_not_there(owner: str):
    world = await made()
    world.job = replace(world.job, own_rows=True, context=replace(world.job.context, user_field="utilisateur"))
    for row in world.crm.rows.values():
        row["utilisateur"] = "claire"
    world.add_row("zoe", utilisateur=owner)
    world.crm.shows = lambda row: row["utilisateur"] == "claire"
    assert not (await inquire(world.job, world.deps, "zoe")).found


async def test_of_a_pair_that_is_forgotten_no_value_is_told_unless_the_view_shows_it():
    world = await made(Direction.BOTH)
    world.outlook.delete(world.contact_of("anna"))
    del world.crm.rows["anna"]
    await world.run()
    await world.run()
    world.add_row("anna", societe="Ailleurs")
    world.crm.shows = lambda row: row.get("societe") != "Ailleurs"
    fields, reasons = await told(world, "anna")
    assert (fields, reasons[-1]) == ([], FORGOTTEN)


# --- the past -------------------------------------------------------------------------------------------------------------


async def past(world: World, key: str) -> list[tuple[Chapter, Side | None]]:
    link = (await world.links())[key]
    conflicts = [conflict for conflict in await world.store.conflicts(world.job.id) if conflict.link == link.id]
    return [(scene.chapter, scene.side) for scene in recount(await world.store.history([link.id]), conflicts, link)]


async def test_a_conflict_is_told_between_what_was_seen_and_what_was_written():
    world = await made(Direction.BOTH, policy=BUILT_IN["gopaas"])
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    await world.run()
    assert await past(world, "anna") == [
        (Chapter.DECIDED, Side.OUTLOOK),
        (Chapter.WROTE, Side.OUTLOOK),
        (Chapter.ECHO, Side.OUTLOOK),
        (Chapter.OBSERVED, None),
        (Chapter.DECIDED, Side.OUTLOOK),
        (Chapter.CONFLICT, Side.GOPAAS),
        (Chapter.WROTE, Side.OUTLOOK),
        (Chapter.ECHO, Side.OUTLOOK),
    ]


async def test_gopaas_is_said_to_show_a_value_in_its_own_way_once_it_has_shown_it():
    world = await made(Direction.BOTH)
    world.crm.store_as = lambda row: {**row, "societe": row.get("societe", "").upper()}
    world.outlook.edit(world.contact_of("anna"), companyName="Exemple")
    await world.run()
    link = (await world.links())["anna"]
    [echo] = [
        scene
        for scene in recount(await world.store.history([link.id]), (), link)
        if scene.chapter is Chapter.ECHO and scene.side is Side.GOPAAS
    ]
    assert [(change.before, change.after) for change in echo.fields.values()] == [("Exemple", "EXEMPLE")]


async def test_runs_in_which_nothing_was_decided_add_nothing_to_the_past():
    world = await made()
    before = await past(world, "anna")
    world.outlook.churn(world.contact_of("anna"))
    await world.run()
    assert await past(world, "anna") == before
