"""Calendars whose state was lost with the installation's name, or is older than the mailbox: nothing doubled, deleted or mailed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from outlookd.core.model import LinkStatus, RunStatus, Tally
from outlookd.core.rules import OutlookDelete, ViewExit
from outlookd.core.seal import parse_seal
from outlookd.errors import AccessDenied, OutlookdError, ServerTrouble
from outlookd.sync.undo import undo
from outlookd.testing import MemoryCalendar, MemoryStore
from sync.agenda import DAY, MAP, AgendaWorld
from sync.claims import assert_peace, settle, subjects, titles, written
from sync.dying import die_at
from sync.houses import LATER, WITHOUT_COLUMN, full_house, kept

MAPS = [MAP, WITHOUT_COLUMN]


def lose_state(world: AgendaWorld) -> None:
    """The database is gone, and with it the name of the installation. The key is not."""
    world.store = MemoryStore(world.crasher, install="feedbeef")


def lose_state_again(world: AgendaWorld, time: int) -> None:
    """The database is gone, and every one that is made after it has a name of its own."""
    world.store = MemoryStore(world.crasher, install=f"feedbee{time}")


async def notes(world: AgendaWorld) -> dict[str, str]:
    return {key: value for key, value in (await world.store.notes(world.job.id)).items() if value}


@pytest.mark.parametrize("entries", MAPS)
async def test_a_state_lost_with_its_name_is_found_again_without_a_write(entries):
    world = await full_house(entries=entries)
    before, rows = world.outlook.tick, deepcopy(world.crm.rows)
    lose_state(world)
    report = await world.run()
    assert written(report) == {}
    assert (world.outlook.tick, world.crm.rows) == (before, rows)
    assert len([link for link in (await world.links()).values() if link.status is LinkStatus.ACTIVE]) == 10
    if entries is MAP:
        await assert_peace(world)


@pytest.mark.parametrize("entries", MAPS)
async def test_edits_made_meanwhile_arrive_and_nothing_is_doubled(entries):
    world = await full_house(entries=entries)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    before = titles(world)
    lose_state(world)
    world.edit_row("anna", note="In GoPaaS")
    world.outlook.edit(ids["Dentist"], location="Nantes")
    await settle(world, 3)
    assert titles(world) == before
    assert await world.agree() == {}
    assert world.event_content(ids["Anna"])["note"] == "In GoPaaS"
    assert world.outlook.mails == []


@pytest.mark.parametrize("entries", MAPS)
async def test_a_state_lost_again_and_again_is_found_again_each_time(entries):
    world = await full_house(entries=entries)
    rows, events = set(world.crm.rows), set(world.outlook.events)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    for time in range(3):
        lose_state_again(world, time)
        world.edit_row("anna", intitule=f"Anna {time}")
        world.outlook.edit(ids["Dentist"], subject=f"Dentist {time}")
        await settle(world, 3)
        assert (set(world.crm.rows), set(world.outlook.events)) == (rows, events)
    assert {"Anna 2", "Dentist 2"} < {*titles(world)} & {*subjects(world)}
    assert await world.agree() == {}
    assert world.outlook.mails == []


@pytest.mark.parametrize("entries", MAPS)
async def test_who_was_forgotten_by_an_heir_is_found_again(entries):
    world = await full_house(entries=entries)
    lose_state(world)
    world.edit_row("anna", note="In GoPaaS")
    await settle(world, 3)
    before, events = titles(world), set(world.outlook.events)
    lose_state(world)  # whoever is forgotten leaves nothing but the installation's name
    await settle(world, 3)
    assert (titles(world), set(world.outlook.events)) == (before, events)


@pytest.mark.parametrize("entries", MAPS)
@pytest.mark.parametrize("moment", range(1, 14, 2))
async def test_a_state_lost_while_writes_were_under_way_doubles_nothing(entries, moment):
    world = await full_house(entries=entries)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.add_row("eva", LATER + 5 * DAY)
    world.outlook.add(LATER + 6 * DAY, subject="Fresh")
    world.edit_row("anna", note="In GoPaaS")
    world.outlook.edit(ids["Dentist"], location="Nantes")
    await die_at(world, moment)
    lose_state(world)
    await settle(world, 4)
    assert titles(world) == ["Anna", "Bruno", "Budget", "Chloe", "Denis", "Dentist", "Eva", "Fresh", "Special", *["Weekly"] * 3]
    assert subjects(world) == ["Anna", "Bruno", "Budget", "Chloe", "Denis", "Dentist", "Eva", "Fresh", "Weekly"]
    assert await world.agree() == {}
    assert world.outlook.mails == []


async def test_a_row_outside_the_view_is_not_overwritten_by_a_restored_state():
    world = AgendaWorld()
    world.crm.shows = lambda row: row.get("etat") == "ok"
    world.add_row("ancre", etat="ok")
    world.outlook.add(LATER, subject="First")
    await settle(world)
    backup = kept(world)
    for number in range(5):
        world.outlook.add(LATER + number * DAY, subject=f"event {number}")
    await settle(world)
    for key in world.crm.rows:
        world.edit_row(key, note="Written in GoPaaS")
    rows = {key: row["note"] for key, row in world.crm.rows.items()}
    world.store = backup
    await settle(world, 3)
    assert {key: row["note"] for key, row in world.crm.rows.items()} == rows


async def test_an_older_copy_deletes_nothing_until_it_has_seen_everything_and_then_as_ever():
    world = await full_house(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    world.set(on_view_exit=ViewExit.DELETE)
    backup = kept(world)
    ids = {event.content["subject"]: id for id, event in world.outlook.events.items()}
    world.edit_row("anna", note="Later")
    world.add_row("eva", LATER + 5 * DAY)
    await settle(world)
    world.delete_row("bruno")
    world.outlook.delete(ids["Dentist"])
    key = world.row_of(ids["Dentist"])
    world.store = backup
    report = await world.run()
    assert (report.status, report.deleted) == (RunStatus.HELD, Tally())
    assert "Bruno" in subjects(world)
    assert world.crm.rows[key].get("etat", "") == ""
    report = await world.run()
    assert (report.status, report.deleted) == (RunStatus.OK, Tally(outlook=1))
    assert "Bruno" not in subjects(world)
    assert world.outlook.mails == []
    # Nobody saw who deleted the event: it may be an undo that is forgotten.
    assert world.crm.rows[key].get("etat", "") == ""
    assert (await world.links())[key].status is LinkStatus.DETACHED


async def test_an_undo_that_an_older_copy_forgot_marks_no_row():
    world = await full_house(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    world.add_row("new", LATER + 5 * DAY)
    made = await world.run()
    await settle(world)
    backup = kept(world)
    await undo(world.job, world.deps, made.run)
    await settle(world)
    assert "New" not in subjects(world)
    world.store = backup
    await settle(world, 4)
    assert (world.crm.rows["new"].get("etat", ""), "New" in subjects(world)) == ("", False)


async def test_nobody_is_mailed_by_a_suspended_state_though_mail_is_allowed():
    world = await full_house(allow_mail=True)
    sent = len(world.outlook.mails)
    world.edit_row("chloe", note="For the guests")
    await world.store.note(world.job.id, "restored", "1")
    await world.run()
    assert len(world.outlook.mails) == sent
    await world.run()
    assert len(world.outlook.mails) == sent + 1


async def test_an_event_that_its_person_deleted_is_not_made_again_by_an_edit_that_is_old():
    world = AgendaWorld()
    world.add_row("anna")
    await settle(world)
    backup = kept(world)
    world.edit_row("anna", note="An edit")
    await settle(world)
    world.outlook.delete(world.event_of("anna"))
    await settle(world)
    assert subjects(world) == []
    world.store = backup
    await settle(world, 3)
    assert subjects(world) == []


async def test_a_row_made_again_since_the_copy_is_the_event_s():
    world = AgendaWorld()
    id = world.outlook.add(LATER, subject="Dentist")
    world.add_row("anna")
    await settle(world)
    backup = kept(world)
    first = world.row_of(id)
    world.outlook.edit(id, location="Lyon")
    world.delete_row(first)
    await settle(world)
    second = world.row_of(id)
    world.edit_row(second, note="Known to GoPaaS only")
    await settle(world)
    world.store = backup
    await settle(world, 3)
    assert [key for key, row in world.crm.rows.items() if row["intitule"] == "Dentist"] == [second]
    assert first != second
    assert subjects(world) == ["Anna", "Dentist"]
    assert world.crm.rows[second]["note"] == "Known to GoPaaS only"


async def test_two_jobs_of_one_calendar_find_out_one_after_the_other():
    world = await full_house()
    other = AgendaWorld(
        job=replace(world.job, id="claire/calendar/visite/", table="visite"), clock=world.clock, crasher=world.crasher
    )
    other.outlook, other.store = world.outlook, world.store
    other.job = replace(other.job, direction=other.job.direction.TO_OUTLOOK)
    other.add_row("ancre", LATER + 7 * DAY)
    other.add_row("visit", LATER + 8 * DAY)
    await settle(other)
    await settle(world)
    backup = kept(world)
    world.edit_row("anna", note="Later")
    await settle(world)
    world.store = other.store = backup
    world.edit_row("bruno", note="Later still")
    other.delete_row("visit")
    await world.run()
    report = await other.run()
    assert report.deleted == Tally()
    assert "older copy" in report.message
    assert (await other.run()).deleted == Tally(outlook=1)
    assert (await notes(world)).keys().isdisjoint({"suspended"})


async def test_the_default_calendar_is_sealed_by_whoever_writes_there_and_by_nobody_else():
    world = AgendaWorld()
    await world.run()
    (calendar,) = [calendar for calendar in world.outlook.calendars.values() if calendar.default]
    assert calendar.seal == ""
    world.add_row("anna")
    await world.run()
    seal = parse_seal(world.outlook.calendars[calendar.id].seal)
    assert seal is not None
    assert (seal.install, seal.epoch) == ("0123abcd", 1)


async def test_another_installation_on_one_calendar_is_refused_before_it_writes():
    world = await full_house()
    other = AgendaWorld(keys=("their key",))
    other.outlook = world.outlook
    other.store = MemoryStore(other.crasher, install="feedbeef")
    other.add_row("eva")
    before = world.outlook.tick
    report = await other.run()
    assert (report.status, report.exit_status, world.outlook.tick) == (RunStatus.HELD, 3, before)
    assert "0123abcd" in report.message


async def test_a_calendar_that_takes_no_seal_is_kept_in_step_all_the_same():
    world = AgendaWorld()
    world.outlook.sealable = False
    world.add_row("anna")
    report = await world.run()
    assert (report.status, subjects(world)) == (RunStatus.OK, ["Anna"])
    world.edit_row("anna", LATER)
    await settle(world)
    assert await world.agree() == {}


class Unanswering(MemoryCalendar):
    """A calendar whose seal cannot be read."""

    error: OutlookdError

    async def read_seal(self, id: str) -> str:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AccessDenied("no permission", service="graph", status=403, code="ErrorAccessDenied"), RunStatus.OK),
        (ServerTrouble("try later", service="graph", status=503), RunStatus.FAILED),
    ],
)
async def test_a_seal_that_nobody_may_read_stops_nothing_and_one_that_cannot_be_read_now_stops_the_run(error, status):
    world = AgendaWorld()
    world.outlook = Unanswering(crasher=world.crasher, clock=world.clock)
    world.outlook.error = error
    world.add_row("anna")
    report = await world.run()
    assert (report.status, subjects(world)) == (status, ["Anna"] if status is RunStatus.OK else [])
