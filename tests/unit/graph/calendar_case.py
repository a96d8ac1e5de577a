"""What the tests of the calendar's adapter share: events, writes, and listings read to their end."""

from __future__ import annotations

from outlookd.ports import Write

PARIS = "Romance Standard Time"


def event(subject="Visit", day="2026-12-01", **more):
    """An hour in the morning, in Paris: from eight to nine, in UTC."""
    times = {"start": {"dateTime": f"{day}T09:00:00", "timeZone": PARIS}, "end": {"dateTime": f"{day}T10:00:00", "timeZone": PARIS}}
    return {"subject": subject, **times, **more}


def weekly(subject="Round", day="2026-12-07", count=3, **more):
    """On Mondays."""
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]}
    ending = {"type": "numbered", "numberOfOccurrences": count} if count else {"type": "noEnd"}
    return event(subject, day, recurrence={"pattern": pattern, "range": {"startDate": day, **ending}}, **more)


def add(world, body):
    return world.calendars.create(body).immutable_id


def create(number, **more):
    return Write(ref=str(number), op="create", payload=event(f"Visit {number}"), marker=f"mark-{number}", **more)


class Listing:
    """A listing read to its end."""

    def __init__(self, pages):
        self.pages = pages
        self.shown = {payload["id"]: payload for page in pages for payload in page.payloads}
        self.removed = {id for page in pages for id in page.removed}
        self.whole = {id for page in pages for id in page.whole}
        self.end = pages[-1].end
        self.mark = self.end.watermark

    @property
    def subjects(self):
        return sorted(payload["subject"] for payload in self.shown.values())


async def listing(outlook, since=None, **how):
    return Listing([page async for page in outlook.changes(since, **how)])


def feeds_begun(world):
    """How often a change feed was begun: a delta call without a token."""
    return sum(1 for entry in world.asked if "calendarView/delta" in entry.path and "token" not in entry.path)
