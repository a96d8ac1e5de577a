"""What people do in their calendars while the daemon looks away: the half of `people.py` that is about events.

Everything goes the way that Graph's writes go, so meetings cause mail here, too: there is no silent door at Outlook either.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from outlookd.sandbox.appointments import Window
from outlookd.sandbox.directory import User
from outlookd.sandbox.ids import Family
from outlookd.sandbox.meetings import Meetings, Reply
from outlookd.sandbox.moments import read_bound


class DiaryPeople:
    """Everybody with a calendar. `find_user` takes a UPN or an object id; ids are those of either family."""

    def __init__(self, meetings: Meetings, find_user: Callable[[str], User]) -> None:
        self._meetings = meetings
        self._user = find_user

    @property
    def operations(self) -> tuple[Callable[..., dict[str, Any]], ...]:
        """Everything that can be asked for by name."""
        return (
            *(self.create_event, self.create_series, self.update_event, self.delete_event, self.move_event, self.copy_event),
            *(self.cancel_event, self.respond, self.list_events, self.create_calendar, self.delete_calendar, self.touch_events),
        )

    def create_event(self, *, user: str, properties: dict[str, Any], calendar: str | None = None) -> dict[str, Any]:
        """Add an event to a calendar (the default one if not given); `properties` is a Graph body."""
        return {"id": self._meetings.create(self._user(user), properties, calendar).immutable_id}

    def create_series(
        self, *, user: str, properties: dict[str, Any], pattern: dict[str, Any], range: dict[str, Any], calendar: str | None = None
    ) -> dict[str, Any]:
        """Add a series: a Graph body with the two halves of its recurrence apart."""
        recurrence = {"pattern": pattern, "range": range}
        return self.create_event(user=user, properties={**properties, "recurrence": recurrence}, calendar=calendar)

    def update_event(self, *, user: str, id: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Change an event, a series, or one occurrence."""
        return {"id": self._meetings.update(self._user(user), id, properties).appointment.immutable_id}

    def delete_event(self, *, user: str, id: str) -> dict[str, Any]:
        """Delete an event or a series, or cancel one occurrence."""
        self._meetings.delete(self._user(user), id)
        return {}

    def move_event(self, *, user: str, id: str, calendar: str) -> dict[str, Any]:
        """Move an event to another calendar, out of Deleted Items too."""
        return {"id": self._user(user).calendars.move(id, calendar).immutable_id}

    def copy_event(self, *, user: str, id: str, calendar: str | None = None) -> dict[str, Any]:
        """Copy an event with everything on it, a marker included, but without its attendees."""
        return {"id": self._user(user).calendars.copy(id, calendar).immutable_id}

    def cancel_event(self, *, user: str, id: str) -> dict[str, Any]:
        """Call a meeting off, as its organizer."""
        self._meetings.cancel(self._user(user), id)
        return {}

    def respond(self, *, user: str, id: str, reply: Reply, send: bool = True) -> dict[str, Any]:
        """Answer an invitation."""
        self._meetings.respond(self._user(user), id, reply, send=send)
        return {}

    def list_events(self, *, user: str, start: str, end: str, calendar: str | None = None) -> dict[str, Any]:
        """The ids of what happens between two instants, with their starts: the only way to an occurrence's id without Graph."""
        window = Window(start=read_bound("start", start), end=read_bound("end", end))
        found = self._user(user).calendars.view(calendar, window)
        return {"events": [{"id": item.id(Family.IMMUTABLE), "start": item.shape.start.shown()} for item in found]}

    def create_calendar(self, *, user: str, name: str) -> dict[str, Any]:
        """Add a calendar."""
        return {"id": self._user(user).calendars.create_calendar(name).id}

    def delete_calendar(self, *, user: str, id: str) -> dict[str, Any]:
        """Delete a calendar with everything in it."""
        self._user(user).calendars.delete_calendar(id)
        return {}

    def touch_events(self, *, user: str, id: str | None = None) -> dict[str, Any]:
        """Give one event, or all, a new change key without any change of content."""
        self._user(user).calendars.churn(id)
        return {}
