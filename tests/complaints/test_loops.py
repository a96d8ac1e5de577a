"""Complaints 26 to 28: the same thing written again and again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.agenda import MAP, TOMORROW, AgendaWorld, make_agenda_job

from outlookd.core.model import Tally
from outlookd.testing import MemoryCalendar
from outlookd.testing.appointment import Instance


async def test_complaint_26_what_the_crm_made_of_our_text_is_written_once():
    world = AgendaWorld()
    world.crm.store_as = shouted
    event = world.outlook.add(TOMORROW, subject="Visite", body="Deux   lignes\r\n\r\n\r\nici")
    await world.run()
    reports = [await world.run() for _ in range(3)]
    assert [report.updated for report in reports] == [Tally()] * 3
    assert world.event_content(event)["intitule"] == "Visite"


def shouted(row: Mapping[str, str]) -> dict[str, str]:
    return {**row, "intitule": row.get("intitule", "").upper()}


async def test_complaint_26_without_a_column_for_the_outlook_id_nothing_is_written_for_it():
    world = AgendaWorld(job=make_agenda_job({name: column for name, column in MAP.items() if name != "id"}))
    world.add_row("anna")
    world.outlook.add(TOMORROW, subject="Bruno")
    await world.run()
    reports = [await world.run(full=True) for _ in range(3)]
    assert [report.updated for report in reports] == [Tally()] * 3


class ShortSubjects(MemoryCalendar):
    """An Outlook that keeps six letters of a subject."""

    def change(self, instance: Instance, body: Mapping[str, Any]) -> None:
        super().change(instance, cut(body))


def cut(body: Mapping[str, Any]) -> dict[str, Any]:
    return {**body, "subject": body["subject"][:6]} if "subject" in body else dict(body)


async def short_and_long() -> AgendaWorld:
    """A pair that will never show the same subject on both sides."""
    world = AgendaWorld()
    world.outlook = ShortSubjects(crasher=world.crasher, clock=world.clock, replays=True)
    world.add_row("anna")
    await world.run()
    world.edit_row("anna", intitule="Une longue visite")
    await world.run()
    return world


async def test_complaint_27_our_own_write_that_comes_back_changes_nothing():
    world = await short_and_long()
    reports = [await world.run() for _ in range(3)]
    assert [report.updated for report in reports] == [Tally()] * 3
    assert world.row_content("anna")["intitule"] == "Une longue visite"


async def test_complaint_28_another_date_alone_is_no_change():
    world = await short_and_long()
    world.clock.advance(3600)
    world.outlook.churn(world.event_of("anna"))
    world.edit_row("anna")
    report = await world.run()
    assert (report.updated, report.conflicts) == (Tally(), 0)
