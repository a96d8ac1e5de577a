"""Copies in an Outlook folder: found, shown with what differs, and only those taken away in which nobody's word is lost."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from outlookd.core.model import WRITES, Op, RunKind, Tally
from outlookd.errors import OutlookdError
from outlookd.sync.dedupe import find_copies, remove_copies
from sync.agenda import MAP, AgendaWorld, make_agenda_job
from sync.dying import die_at
from sync.world import World

STRANGE = "outlookd/1/ffff/gopaas/1/contact/"


@pytest.fixture
async def world() -> World:
    world = World()
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run()
    return world


def copy_of(world: World, key: str, *, marker: str = "", **changes: object) -> str:
    body = deepcopy(world.outlook.items[world.contact_of(key)].body) | changes
    return world.outlook.add(world.folder, body, marker=marker)


async def clusters(world):
    return await find_copies(world.job, world.deps)


async def removed(world, *ids: str):
    return await remove_copies(world.job, world.deps, ids)


async def why(world, id: str) -> str:
    [cluster] = await clusters(world)
    return next(copy.stays for copy in cluster.copies if copy.record.id == id)


async def test_in_a_folder_without_copies_nothing_is_found(world):
    assert await clusters(world) == []


@pytest.mark.parametrize("marker", ["", f"{STRANGE}anna"])
async def test_an_untouched_copy_goes_and_the_pair_stays(world, marker):
    id = copy_of(world, "anna", marker=marker)
    [cluster] = await clusters(world)
    assert (cluster.key, [copy.record.id for copy in cluster.copies]) == ("anna", [id])
    report = await removed(world, id)
    assert (report.kind, report.deleted) == (RunKind.DEDUPE, Tally(outlook=1))
    assert id not in world.outlook.items
    assert world.contact_of("anna")
    assert not [action for action in (await world.plan()).actions if action.op in WRITES]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mobilePhone": "0600000000"}, "it shows other values"),
        ({"personalNotes": "knows the boss"}, "it holds more than is synchronised, such as notes"),
    ],
)
async def test_what_a_person_wrote_on_a_copy_stays(world, change, reason):
    id = copy_of(world, "anna", **change)
    assert await why(world, id) == reason
    assert (await removed(world, id)).deleted == Tally()
    assert id in world.outlook.items


async def test_a_photo_keeps_a_copy(world):
    id = copy_of(world, "anna")
    world.outlook.items[id].photo = True
    assert await why(world, id) == "a person added a photo or a file"


async def test_what_differs_is_shown_field_by_field(world):
    copy_of(world, "anna", mobilePhone="0600000000")
    [cluster] = await clusters(world)
    [(name, change)] = cluster.copies[0].differs.items()
    assert (name, change.before, change.after) == ("mobilePhone", None, "0600000000")


async def test_two_rows_alike_are_two_records_and_no_copies(world):
    world.crm.rows["anna2"] = dict(world.crm.rows["anna"])
    await world.run()
    [cluster] = await clusters(world)
    assert [copy.stays for copy in cluster.copies] == ["it belongs to another record of GoPaaS"]


async def test_a_copy_that_was_edited_since_it_was_shown_stays(world):
    id = copy_of(world, "anna")
    assert await why(world, id) == ""
    world.outlook.edit(id, personalNotes="new")
    assert (await removed(world, id)).deleted == Tally()
    assert id in world.outlook.items


async def test_only_what_a_person_has_seen_goes(world):
    seen, later = copy_of(world, "anna"), copy_of(world, "bruno")
    await removed(world, seen)
    assert (seen in world.outlook.items, later in world.outlook.items) == (False, True)


async def test_looking_for_copies_writes_nothing(world):
    copy_of(world, "anna")
    before = deepcopy((world.outlook.items, await world.store.notes(world.job.id), await world.store.links(world.job.id)))
    await clusters(world)
    assert (world.outlook.items, await world.store.notes(world.job.id), await world.store.links(world.job.id)) == before


async def test_each_removal_has_its_line_with_the_values_that_went(world):
    id = copy_of(world, "anna")
    report = await removed(world, id)
    [line] = await world.store.journal(report.run)
    assert (line.op, line.outlook_id, line.before["surname"]) == (Op.DELETE, id, "Durand")


async def test_a_removal_that_was_cut_off_is_finished_or_void(world):
    for moment in range(1, 8):
        id = copy_of(world, "anna")
        await die_at(world, moment, removed(world, id))
        await world.run()
        await removed(world, id)
        assert id not in world.outlook.items
        assert len(world.contacts()) == 2


async def test_a_job_that_never_ran_has_nothing_to_look_at():
    with pytest.raises(OutlookdError, match="nothing has been synchronised") as refused:
        await clusters(World())
    assert refused.value.exit_status == 1, "3 would say that copies are left for a person to judge"


# --- calendars: a person's own, so that only a stamp tells what a machine made


@pytest.fixture
async def agenda() -> AgendaWorld:
    world = AgendaWorld()
    world.add_row("anna")
    await world.run()
    return world


def copied(agenda: AgendaWorld, *, marker: bool) -> str:
    [first] = agenda.outlook.events
    id = agenda.outlook.copy(first)
    agenda.outlook.events[id].marker = agenda.outlook.events[first].marker if marker else ""
    return id


async def test_a_stamped_copy_of_an_event_goes(agenda):
    id = copied(agenda, marker=True)
    assert (await removed(agenda, id)).deleted == Tally(outlook=1)
    assert len(agenda.outlook.events) == 1


async def test_an_event_without_our_stamp_stays(agenda):
    id = copied(agenda, marker=False)
    assert await why(agenda, id) == "it does not carry our stamp; a person may have made it"


async def test_a_copy_with_attendees_stays_and_nobody_is_told(agenda):
    id = copied(agenda, marker=True)
    agenda.outlook.invite(id, "customer@example.com")
    assert await why(agenda, id) == "other people would be told"
    assert (await removed(agenda, id)).mail_writes == 0


async def test_a_private_copy_whose_texts_nobody_may_compare_stays(agenda):
    job = make_agenda_job({**MAP, "sensitivity": "confidentialite"})
    agenda.job = replace(job, context=replace(job.context, private="busy"))
    id = copied(agenda, marker=True)
    for event in agenda.outlook.events:
        agenda.outlook.edit(event, sensitivity="private")
    agenda.outlook.edit(id, body="Bring the papers")
    assert (await removed(agenda, id)).deleted == Tally()
    assert await why(agenda, id) == "it is private"
