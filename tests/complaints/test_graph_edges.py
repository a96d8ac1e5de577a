"""Complaints 33 to 37: what Graph does when it is asked a lot, or for long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sync.agenda import AgendaWorld, make_agenda_job

from complaints.mailbox import GraphAgenda, moments
from outlookd.core.model import RunStatus
from outlookd.core.rules import OutlookDelete
from outlookd.graph import EventsAdapter
from outlookd.ports import Write, WriteResult

CANCELS = OutlookDelete(field="statut", value="annulé")


async def test_complaint_33_forgotten_change_tokens_are_no_failure_and_no_deletion():
    async with GraphAgenda.open() as world:
        world.set(on_outlook_delete=CANCELS)
        for key in ("anna", "bruno"):
            world.add_row(key)
        await world.run()
        world.calendars.tracker.expire()
        world.calendars.create({"subject": "Chloe", **moments()})
        report = await world.run()
        assert report.status is RunStatus.OK
        assert sorted((row["intitule"], row.get("statut")) for row in world.crm.rows.values()) == [
            ("Anna", None),
            ("Bruno", None),
            ("Chloe", None),
        ]


async def test_complaint_34_an_occurrence_that_somebody_deletes_is_noticed_though_no_feed_says_so():
    world = AgendaWorld(job=make_agenda_job(on_outlook_delete=CANCELS))
    world.outlook.add_series(datetime(2026, 11, 24, 9), last=date(2026, 12, 29), subject="Point")
    await world.run()
    key, row = next((key, row) for key, row in world.crm.rows.items() if row["date_debut"] == "2026-12-08")
    world.outlook.delete(row["outlook_id"])
    await world.run()
    assert [name for name, one in world.crm.rows.items() if one.get("statut") == "annulé"] == [key]


async def test_complaint_35_one_feed_serves_for_weeks():
    async with GraphAgenda.open() as world:
        world.add_row("anna")
        for day in range(6):
            await world.run(full=day % 2 == 0)
            world.clock.advance(5 * 24 * 3600)
        assert world.requests.count("GET", r"calendarView/delta\?(?!.*token)") == 1


async def test_complaint_35_a_mailbox_that_forgets_all_the_time_gets_one_feed_a_day():
    async with GraphAgenda.open() as world:
        world.add_row("anna")
        for _ in range(36):
            assert (await world.run()).status is RunStatus.OK
            world.calendars.tracker.expire()
            world.clock.advance(3600)
        assert world.requests.count("GET", r"calendarView/delta\?(?!.*token)") == 2


async def test_complaint_36_an_event_is_stamped_by_the_request_that_makes_it():
    async with GraphAgenda.open() as world:
        world.add_row("anna")
        await world.run()
        link = (await world.links())["anna"]
        assert [event["id"] for event in await world.outlook.find(link.marker, "")] == [link.outlook_id]


class Interrupted(EventsAdapter):
    """Somebody acts just before the first write that is an update."""

    act: Callable[[], None] | None = None

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        if self.act is not None and writes[0].op == "update":
            self.act()
            self.act = None
        return await super().write(writes)


async def test_complaint_36_an_edit_that_came_in_between_is_not_overwritten_unseen():
    async with GraphAgenda.open(Interrupted) as world:
        world.add_row("anna")
        await world.run()
        event = world.event_of("anna")
        world.edit_row("anna", lieu="Salle 1")
        world.outlook.act = lambda: world.calendars.update(event, {"location": {"displayName": "Salle 2"}})
        report = await world.run()
        assert report.conflicts == 1


async def test_complaint_37_sixty_writes_at_once_are_never_too_many():
    async with GraphAgenda.open() as world:
        world.directory.switches.item_latency = 0.001
        for number in range(60):
            world.add_row(f"visite {number}")
        await world.run()
        assert len(world.subjects) == 60
        assert world.clock.sleeps == []


async def test_complaint_37_a_throttled_write_waits_and_is_done():
    async with GraphAgenda.open() as world:
        world.add_row("anna")
        world.faults.add("graph.item", "status", match="POST", status=429, code="ApplicationThrottled", retry_after=7)
        report = await world.run()
        assert (report.status, world.subjects) == (RunStatus.OK, ["Anna"])
