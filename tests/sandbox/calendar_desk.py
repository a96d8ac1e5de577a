"""What the tests of the calendar share: bodies of events, a window, and a caller who may use calendars."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from graph_caller import Caller

from outlookd.sandbox.appointments import Window

PARIS = "Romance Standard Time"
BERLIN = {"Prefer": 'outlook.timezone="Europe/Berlin"'}
TEXT = {"Prefer": 'outlook.body-content-type="text"'}
SCOPES = ("Calendars.ReadWrite", "Contacts.ReadWrite", "User.Read")
IN_MAY = Window(start=datetime(2026, 5, 1, tzinfo=UTC), end=datetime(2026, 6, 1, tzinfo=UTC))
MAY = "startDateTime=2026-05-01T00:00:00Z&endDateTime=2026-06-01T00:00:00Z"


def moment(text: str, zone: str = PARIS) -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


def event(subject: str = "Visit", day: str = "2026-05-12", **more: Any) -> dict[str, Any]:
    """An hour in the morning, in Paris."""
    return {"subject": subject, "start": moment(f"{day}T09:00:00"), "end": moment(f"{day}T10:00:00"), **more}


def whole_day(first: str, after: str, zone: str = PARIS, **more: Any) -> dict[str, Any]:
    return {"subject": "Fair", "isAllDay": True, "start": moment(first, zone), "end": moment(after, zone), **more}


def repeating(kind: str = "weekly", start: str = "2026-05-04", count: int | None = None, **pattern: Any) -> dict[str, Any]:
    """A recurrence of Mondays unless told otherwise; endless without `count`."""
    days = {"daysOfWeek": ["monday"]} if kind == "weekly" and not pattern.get("daysOfWeek") else {}
    ending = {"type": "numbered", "numberOfOccurrences": count} if count else {"type": "noEnd"}
    return {"pattern": {"type": kind, "interval": 1, **days, **pattern}, "range": {"startDate": start, **ending}}


def series(
    subject: str = "Round", start: str = "2026-05-04", count: int | None = None, kind: str = "weekly", **more: Any
) -> dict[str, Any]:
    return event(subject, start, recurrence=repeating(kind, start, count), **more)


def invited(*addresses: str) -> list[dict[str, Any]]:
    return [{"type": "required", "emailAddress": {"address": address, "name": address}} for address in addresses]


def starts(items: list[dict[str, Any]]) -> list[str]:
    return [item["start"]["dateTime"][:16] for item in items]


async def made(caller: Caller, body: dict[str, Any], path: str = "me/events") -> dict[str, Any]:
    """The event that a POST answers with."""
    reply = await caller.post(path, body)
    assert reply.status == 201, reply.body
    return reply.body


async def occurrences(caller: Caller, id: str, window: str = MAY) -> list[dict[str, Any]]:
    reply = await caller.get(f"me/events/{id}/instances?{window}&$top=100")
    assert reply.status == 200, reply.body
    return reply.values
