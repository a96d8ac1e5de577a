"""Complaints 29 to 32: an hour off, a day off, a zone that nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sync.agenda import HOUR, TOMORROW, AgendaWorld

from outlookd.core.model import Span, Watermark
from outlookd.ports import Page
from outlookd.testing import MemoryCalendar


async def test_complaint_29_three_in_summer_is_three_in_summer():
    world = AgendaWorld()
    world.add_row("anna", datetime(2027, 7, 12, 15))
    await world.run()
    assert world.outlook.found(world.event_of("anna")).times.span.start == datetime(2027, 7, 12, 13, tzinfo=UTC)


async def test_complaint_29_half_an_hour_over_the_end_of_summer_is_half_an_hour():
    world = AgendaWorld()
    # From the first 02:45 of that night to its second 02:15.
    world.add_row("anna", datetime(2027, 10, 31, 2, 45), datetime(2027, 10, 31, 2, 15))
    await world.run()
    start = datetime(2027, 10, 31, 0, 45, tzinfo=UTC)
    assert [event.times.span for event in world.outlook.events.values()] == [Span(start=start, end=start + HOUR / 2)]


async def test_complaint_30_whole_days_are_the_same_days_everywhere():
    world = AgendaWorld()
    world.outlook.zone = "Pacific/Honolulu"
    event = world.outlook.add(date(2026, 12, 24), date(2026, 12, 26), subject="Fêtes")
    await world.run()
    key = world.row_of(event)
    assert days_of(world.row_content(key)) == ("2026-12-24", "", "2026-12-25")
    world.edit_row(key, date(2026, 12, 28), date(2026, 12, 30))
    await world.run()
    assert days_of(world.event_content(event)) == ("2026-12-28", "", "2026-12-30")


def days_of(columns: Mapping[str, str]) -> tuple[str, str, str]:
    return columns["date_debut"], columns["heure_debut"], columns["date_fin"]


async def test_complaint_31_a_series_in_the_night_keeps_its_days():
    world = AgendaWorld()
    night = datetime(2026, 11, 24, 0, 30)
    series = world.outlook.add_series(night, step=1, last=date(2026, 11, 28), subject="Garde")
    await world.run()
    for row in world.crm.rows.values():
        row["remarque"] = row["date_debut"]
    world.outlook.move_series(series, 2 * HOUR)
    for _ in range(2):
        await world.run()
    assert {row["heure_debut"] for row in world.crm.rows.values()} == {"02:30:00"}
    assert [row["date_debut"] for row in world.crm.rows.values()] == [row["remarque"] for row in world.crm.rows.values()]


class OddlyNamed(MemoryCalendar):
    """Says of some events that their times are in a zone of Microsoft's own, though they are in UTC as asked for."""

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        async for page in super().changes(since, full=full):
            yield Page(payloads=tuple(map(oddly, page.payloads)), removed=page.removed, whole=page.whole, end=page.end)


def oddly(payload: Any) -> dict[str, Any]:
    return {**payload, **{name: {**payload[name], "timeZone": "tzone://Microsoft/Custom"} for name in ("start", "end")}}


async def test_complaint_32_a_zone_that_nobody_knows_is_the_one_that_was_asked_for():
    world = AgendaWorld()
    world.outlook = OddlyNamed(crasher=world.crasher, clock=world.clock)
    event = world.outlook.add(TOMORROW, subject="Visite")
    report = await world.run()
    assert report.quarantined == 0
    assert world.row_content(world.row_of(event))["heure_debut"] == "14:00:00"
