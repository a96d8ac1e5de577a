"""Complaints 11 to 19: the same thing twice, or a thousand times."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sync.agenda import DAY, MAP, TOMORROW, AgendaWorld, make_agenda_job
from sync.world import World

from complaints.mailbox import GraphAgenda
from outlookd.core.marker import folder_marker
from outlookd.core.model import RunStatus
from outlookd.core.rules import OutlookDelete
from outlookd.errors import Rejected
from outlookd.ports import Failed, Write, WriteResult
from outlookd.testing import MemoryCalendar, MemoryGopaas, MemoryStore

CANCELS = OutlookDelete(field="statut", value="annulé")
ANOTHER = "ffff9999"
"""Another installation."""


async def test_complaint_11_a_create_whose_answer_was_lost_makes_one_event():
    async with GraphAgenda.open() as world:
        world.add_row("anna")
        world.faults.add("graph", "drop_after", match="batch")
        for _ in range(3):
            await world.run()
        assert world.subjects == ["Anna"]


async def test_complaint_12_a_new_installation_finds_every_pair_by_the_column():
    world = await agenda_of_both_sides()
    world.store = MemoryStore(world.crasher, install=ANOTHER)
    for _ in range(2):  # the first one makes nothing new
        await world.run()
    assert (len(world.crm.rows), len(world.outlook.events)) == (4, 4)


async def test_complaint_12_without_state_and_column_the_stamp_finds_every_pair():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Anna")
    await world.run()
    key = world.row_of(event)
    world.edit_row(key, lieu="Salle 1")  # the first thing that we write to an event brings the stamp
    await world.run()
    world.store = MemoryStore(world.crasher)
    world.edit_row(key, datetime(2026, 11, 26, 9), outlook_id="")
    for _ in range(2):  # the first one makes nothing new
        await world.run()
    assert (len(world.crm.rows), len(world.outlook.events)) == (1, 1)


async def agenda_of_both_sides() -> AgendaWorld:
    world = AgendaWorld()
    for key in ("anna", "bruno"):
        world.add_row(key)
    for subject in ("Chloe", "Denis"):
        world.outlook.add(TOMORROW, subject=subject)
    await world.run()
    return world


async def test_complaint_13_a_meeting_in_two_mailboxes_is_one_row_of_its_organizer():
    claire, paul, _ = await met_in_two_mailboxes()
    for world in (claire, paul):
        await world.run()
    assert [row["utilisateur"] for row in claire.crm.rows.values()] == ["claire"]


async def test_complaint_13_a_participant_who_deletes_a_copy_does_not_cancel_the_meeting():
    claire, paul, copy = await met_in_two_mailboxes(by="boss@example.test")
    claire.set(on_outlook_delete=CANCELS)
    claire.add_row("anna")
    await claire.run()
    claire.outlook.delete(copy)
    for world in (claire, paul):
        await world.run()
    assert [row.get("statut") for row in claire.crm.rows.values()] == [None, None]


async def test_complaint_13_an_organizer_who_deletes_the_meeting_cancels_it():
    claire, paul, meeting = await met_in_two_mailboxes()
    claire.set(on_outlook_delete=CANCELS)
    claire.add_row("anna")
    await claire.run()
    row = claire.row_of(meeting)
    claire.outlook.delete(meeting)
    for world in (claire, paul):
        await world.run()
    assert [key for key, one in claire.crm.rows.items() if one.get("statut") == "annulé"] == [row]


async def met_in_two_mailboxes(by: str = "") -> tuple[AgendaWorld, AgendaWorld, str]:
    """Both jobs have run over a meeting of both users, organised by Claire or `by` somebody else. With it Claire's event's id."""
    claire, paul = AgendaWorld(), AgendaWorld(job=job_of("paul"))
    paul.store, paul.crm = claire.store, MemoryGopaas(paul.crasher, now=paul.clock.now)
    paul.crm.rows = claire.crm.rows
    for world in (claire, paul):
        world.crm.shows = lambda row, user=world.job.user: row["utilisateur"] == user
    if by:
        first = claire.outlook.receive_invitation(TOMORROW, subject="Point", organizer=by)
    else:
        first = claire.outlook.add(TOMORROW, subject="Point")
        claire.outlook.invite(first, "paul@example.com")
    second = paul.outlook.receive_invitation(TOMORROW, subject="Point", organizer=by or "claire@example.com")
    paul.outlook.events[second].uid = claire.outlook.events[first].uid
    for world in (claire, paul):
        await world.run()
    return claire, paul, first


def job_of(user: str):
    job = make_agenda_job()
    name = f"{user}/calendar/action/"
    return replace(job, id=name, user=user, context=replace(job.context, job=name, user=user))


async def test_complaint_14_of_two_runs_at_once_only_one_works():
    world = World()
    for key in ("anna", "bruno"):
        world.add_row(key)
    await asyncio.gather(world.run(), world.run())
    assert len(world.contacts()) == 2


async def test_complaint_14_a_folder_of_another_installation_is_refused():
    world = World()
    world.add_row("anna")
    folder = world.outlook.add_folder("GoPaaS", marker=folder_marker(ANOTHER, "paul/contact/contact/GoPaaS"))
    theirs = {"givenName": "Anna", "surname": "Durand", "emailAddresses": [{"address": "anna@example.com"}]}
    world.outlook.add(folder, theirs)
    assert (await world.run()).status is RunStatus.HELD
    assert list(world.contacts(folder).values()) == [theirs]


async def test_complaint_15_what_another_synchronizer_stamped_is_no_source():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Copie")
    world.outlook.events[event].marker = f"outlookd/1/{ANOTHER}/gopaas/1/action/k1"
    await world.run()
    assert world.crm.rows == {}


async def test_complaint_15_what_another_table_of_ours_put_into_the_calendar_is_no_source():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Livraison")
    world.outlook.events[event].marker = f"outlookd/1/{await world.store.install_id()}/gopaas/1/livraison/k1"
    await world.run()
    assert world.crm.rows == {}


async def test_complaint_16_a_series_that_was_moved_keeps_its_rows():
    world = AgendaWorld()
    series = world.outlook.add_series(datetime(2026, 11, 24, 9), last=date(2026, 12, 29), subject="Point")
    await world.run()
    before = {key: row["date_debut"] for key, row in world.crm.rows.items()}
    world.outlook.move_series(series, DAY)
    for _ in range(2):
        await world.run()
    after = {key: row["date_debut"] for key, row in world.crm.rows.items()}
    assert len(before) == 6
    assert after == {key: f"{date.fromisoformat(day) + DAY}" for key, day in before.items()}


async def test_complaint_17_a_first_run_finds_what_both_sides_have_before_it_makes_anything():
    world = AgendaWorld()
    for number in range(60):
        world.add_row(f"visite {number}")
        world.outlook.add(TOMORROW, subject=f"Visite {number}")
    await world.run()
    assert (len(world.crm.rows), len(world.outlook.events)) == (60, 60)


class RefusedOnce(MemoryCalendar):
    """An Outlook that refuses the first thing that is written to it."""

    refused: int = 0

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        if self.refused:
            return await super().write(writes)
        self.refused = len(writes)
        return [Failed(ref=write.ref, error=Rejected("not now", service="graph", status=400)) for write in writes]


async def test_complaint_17_a_found_pair_whose_first_write_is_refused_is_not_doubled_by_the_retry():
    world = AgendaWorld(job=make_agenda_job({name: column for name, column in MAP.items() if name != "id"}))
    world.outlook = RefusedOnce(crasher=world.crasher, clock=world.clock)
    event = world.outlook.add(TOMORROW, subject="Anna")
    world.add_row("anna", lieu="Salle 1")
    for _ in range(6):
        await world.run()
    assert world.outlook.refused == 1
    assert (world.event_content(event)["lieu"], len(world.crm.rows), len(world.outlook.events)) == ("Salle 1", 1, 1)


async def test_complaint_18_nobody_guesses_about_twins_and_the_rest_goes_on():
    world = AgendaWorld()
    world.add_row("anna")
    world.add_row("bruno")
    for _ in range(3):
        world.outlook.add(TOMORROW, subject="Anna")
    for _ in range(2):
        report = await world.run()
    assert report.status is RunStatus.HELD
    assert (len(world.crm.rows), len(world.outlook.events)) == (2, 4)


async def test_complaint_19_a_renamed_folder_is_followed():
    world = World()
    world.add_row("anna")
    await world.run()
    folder = world.folder
    world.outlook.folders[folder] = replace(world.outlook.folders[folder], name="Clients")
    world.add_row("bruno")
    await world.run(full=True)
    assert list(world.outlook.folders) == [folder]
    assert len(world.contacts(folder)) == 2


async def test_complaint_19_a_deleted_folder_is_a_question_and_not_an_order():
    world = World()
    world.add_row("anna")
    await world.run()
    world.outlook.delete_folder(world.folder)
    report = await world.run(full=True)
    assert report.status is RunStatus.HELD
    assert world.outlook.folders == {}
