"""A mailbox's calendars in memory, and everything that people do in them.

Whoever works here is a person at Outlook, or the organiser of a meeting that the person was invited to: nothing is refused for the
sake of others, and no mail is logged. What our own writes may do, and what they cause, is `calendar`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from outlookd.core.container import Container
from outlookd.errors import Rejected
from outlookd.ports import Clock
from outlookd.testing.appointment import NO_TIME, Appointment, Instance, Override, Pattern, Times
from outlookd.testing.clock import FakeClock
from outlookd.testing.revision import BLANK, TIMES, refused, retimed, revised

OWNER = "claire@example.com"
DEFAULT = "calendar"
Reply = Literal["accepted", "tentativelyAccepted", "declined"]
REPLIES: Mapping[Reply, str] = {"accepted": "busy", "tentativelyAccepted": "tentative", "declined": "free"}
"""How the person's time is shown after each answer."""


def _one_calendar() -> dict[str, Container]:
    return {DEFAULT: Container(id=DEFAULT, name="Calendar", default=True)}


@dataclass(slots=True, kw_only=True)
class Diary:
    """The calendars of one person, by id, and the events in all of them.

    Times are given on the clocks of `zone`: a naive datetime, or a date for whole days. Properties are Graph's; `body` and
    `location` may be plain texts. Ids may be those of occurrences wherever one event of a series can be meant.
    `new_ids`: occurrences get other ids when the pattern or the time of their series changes. `declined_stay`: a declined meeting
    stays in the calendar. `gone` says when which event left which calendar; `tick` numbers all changes.
    """

    clock: Clock = field(default_factory=FakeClock)
    zone: str = "Europe/Paris"
    new_ids: bool = True
    declined_stay: bool = False
    calendars: dict[str, Container] = field(default_factory=_one_calendar)
    events: dict[str, Appointment] = field(default_factory=dict)
    gone: dict[tuple[str, str], int] = field(default_factory=dict)
    tick: int = 0
    epoch: int = 0

    # --- events

    def add(self, start: date, end: date | None = None, *, calendar: str = DEFAULT, **properties: Any) -> str:
        """A person makes an event: an hour long, or a day, unless `end` is given. Returns its id."""
        return self.place({**self._hours(start, end), **spelt(properties)}, calendar).id

    def add_series(
        self,
        start: date,
        end: date | None = None,
        *,
        step: int = 7,
        last: date | None = None,
        calendar: str = DEFAULT,
        **properties: Any,
    ) -> str:
        """A person makes a series that repeats every `step` days, up to and with `last`. Returns its master's id."""
        id = self.add(start, end, calendar=calendar, **properties)
        self.repeat(id, step, last)
        return id

    def repeat(self, id: str, step: int, last: date | None = None) -> None:
        """A person lets a single event repeat: its id becomes the master's."""
        event = self.events[id]
        event.pattern = Pattern(first=event.times.start.date(), step=step, last=last)
        self._touch(event)

    def edit(self, id: str, start: date | None = None, end: date | None = None, **properties: Any) -> None:
        """A person changes an event, a whole series, or one occurrence of it, which becomes an exception."""
        self.change(self.found(id), {**(self._hours(start, end) if start else {}), **spelt(properties)})

    def move_series(self, id: str, by: timedelta) -> None:
        """A person moves a whole series; its exceptions and cancelled days are lost."""
        master = self.events[id]
        self._retime(master, replace(master.times, start=master.times.start + by, end=master.times.end + by))
        self._touch(master)

    def end_series(self, id: str, last: date) -> None:
        """A person lets a series end with that day."""
        pattern = self.events[id].pattern
        self.events[id].turn += self.new_ids
        self.repeat(id, pattern.step if pattern else 1, last)

    def delete(self, id: str) -> None:
        """A person deletes an event or a series, or cancels one occurrence."""
        instance = self.found(id)
        appointment = instance.appointment
        if instance.day is None:
            del self.events[id]
            self.tick += 1
            self.gone[appointment.calendar, id] = self.tick
            return
        appointment.cancelled.add(instance.day)
        appointment.overrides.pop(instance.day, None)
        self._touch(appointment)

    def move(self, id: str, calendar: str) -> None:
        """A person moves an event or a series to another calendar."""
        appointment = self.events[id]
        self.tick += 1
        self.gone[appointment.calendar, id] = self.tick
        appointment.calendar, appointment.etag = calendar, self.tick

    def copy(self, id: str, calendar: str = "") -> str:
        """A person copies an event or a series with everything on it, our hidden stamp too. The copy is nobody's meeting."""
        original = self.events[id]
        copied = {**original.content, "attendees": (), "isOnlineMeeting": False, "joinUrl": ""}
        copy = self._arrive(copied, original.times, calendar or original.calendar)
        copy.marker, copy.pattern = original.marker, original.pattern
        copy.overrides, copy.cancelled = dict(original.overrides), set(original.cancelled)
        return copy.id

    def churn(self, id: str) -> None:
        """Exchange touches an event without changing anything (graph.md 2.10)."""
        self._touch(self.found(id).appointment)

    def expire(self) -> None:
        """Every change token is forgotten."""
        self.epoch += 1

    # --- people and meetings

    def invite(self, id: str, *addresses: str) -> None:
        """The person invites others to an event or a series."""
        self.edit(id, attendees=[{"emailAddress": {"address": address}} for address in addresses])

    def receive_invitation(self, start: date, end: date | None = None, *, organizer: str, step: int = 0, **properties: Any) -> str:
        """Somebody invites the person, to a series if there is a `step`; the event is in their own calendar. Returns its id."""
        id = self.add_series(start, end, step=step, **properties) if step else self.add(start, end, **properties)
        copy = self.events[id]
        guests = [{"emailAddress": {"address": OWNER}}]
        status = {"response": "notResponded", "time": NO_TIME}
        copy.content = {**revised(copy.content, {"attendees": guests}, ""), "responseStatus": status, "showAs": "tentative"}
        copy.mine, copy.organizer = False, organizer
        return id

    def respond(self, id: str, reply: Reply) -> None:
        """The person answers an invitation. What they declined leaves the calendar, unless `declined_stay`."""
        if reply == "declined" and not self.declined_stay:
            self.delete(id)
            return
        status = {"response": reply, "time": f"{self.clock.now():%Y-%m-%dT%H:%M:%SZ}"}
        self._adjust(self.found(id), {"responseStatus": status, "showAs": REPLIES[reply]})

    def cancel(self, id: str) -> None:
        """The organiser of a meeting that the person was invited to calls it off: the copy stays, marked as cancelled."""
        instance = self.found(id)
        subject = f"Canceled: {instance.content['subject']}"
        self._adjust(instance, {"isCancelled": True, "subject": subject, "showAs": "free"})

    def make_private(self, id: str) -> None:
        """The person hides an event from colleagues."""
        self.edit(id, sensitivity="private")

    def make_online(self, id: str) -> None:
        """The person makes an event an online meeting; the lines to join by become part of its body."""
        self.edit(id, isOnlineMeeting=True)

    # --- calendars

    def add_calendar(self, name: str) -> str:
        """A person makes a calendar; returns its id. Raises Rejected when the name is taken, in whatever case."""
        if any(calendar.name.casefold() == name.casefold() for calendar in self.calendars.values()):
            raise Rejected("the name is taken", service="graph", status=409, code="ErrorFolderExists")
        self.tick += 1
        id = f"calendar-{self.tick}"
        self.calendars[id] = Container(id=id, name=name)
        return id

    def delete_calendar(self, id: str) -> None:
        """A person deletes a calendar with all that is in it. Raises Rejected for the default one."""
        if self.calendars[id].default:
            raise refused("ErrorDeleteDistinguishedFolder", "the default calendar cannot be deleted")
        del self.calendars[id]
        self.events = {key: event for key, event in self.events.items() if event.calendar != id}

    # --- what a person's doing and a write of ours have in common

    def find_event(self, id: str) -> Instance | None:
        """The event with this id, single, master or occurrence, in whatever calendar."""
        if id in self.events:
            return self.events[id].root
        stem, _, rest = id.partition(".")
        turn, _, day = rest.partition(".")
        master = self.events.get(stem)
        return master.occurrence(date.fromisoformat(day)) if master and turn == str(master.turn) else None

    def found(self, id: str) -> Instance:
        """The same for an event that must be there. Raises KeyError."""
        instance = self.find_event(id)
        if instance is None:
            raise KeyError(id)
        return instance

    def place(self, body: Mapping[str, Any], calendar: str) -> Appointment:
        """A new event from a Graph body. Raises Rejected."""
        content = revised(BLANK, body, self._link())
        return self._arrive(content, retimed(None, body, all_day=content["isAllDay"], turned=False), calendar)

    def change(self, instance: Instance, body: Mapping[str, Any]) -> None:
        """Change an event, a series or an occurrence by a Graph body. Raises Rejected, and then nothing happened."""
        appointment, day = instance.appointment, instance.day
        content = revised(instance.content, body, self._link())
        turned = content["isAllDay"] != instance.content["isAllDay"]
        times = instance.times
        if turned or TIMES & body.keys():
            times = retimed(instance.times, body, all_day=content["isAllDay"], turned=turned)
        if day is None:
            appointment.content = content
            if times != instance.times:
                self._retime(appointment, times)
        else:
            if not (edges := appointment.neighbours(day))[0] < times.start.date() < edges[1]:
                raise refused("ErrorOccurrenceCrossingBoundary", "it would cross or overlap an adjacent occurrence")
            self._keep_override(replace(instance, times=times, content=content), day)
        self._touch(appointment)

    def stamp(self, instance: Instance, marker: str) -> None:
        """Put a stamp on an event; an occurrence becomes an exception by it."""
        appointment = instance.appointment
        if instance.day is None:
            appointment.marker = marker
        else:
            self._keep_override(instance, instance.day, marker=marker)
        self._touch(appointment)

    def _arrive(self, content: Mapping[str, Any], times: Times, calendar: str) -> Appointment:
        self.tick += 1
        id = f"event-{self.tick}"
        appointment = Appointment(
            id=id,
            uid=f"uid-{self.tick}",
            calendar=calendar,
            content=content,
            times=times,
            etag=self.tick,
            modified=self.clock.now(),
            organizer=OWNER,
        )
        self.events[id] = appointment
        return appointment

    def _retime(self, appointment: Appointment, times: Times) -> None:
        """Other times. A series loses its exceptions and cancelled days, and perhaps the ids of its occurrences."""
        shift = times.start.date() - appointment.times.start.date()
        appointment.times = times
        if appointment.pattern is not None:
            first, last = appointment.pattern.first, appointment.pattern.last
            appointment.pattern = replace(appointment.pattern, first=first + shift, last=last + shift if last else None)
            appointment.overrides.clear()
            appointment.cancelled.clear()
            appointment.turn += self.new_ids

    def _adjust(self, instance: Instance, changes: Mapping[str, Any]) -> None:
        """Change what no write can: answers, cancellation."""
        if instance.day is None:
            instance.appointment.content = {**instance.content, **changes}
        else:
            self._keep_override(replace(instance, content={**instance.content, **changes}), instance.day)
        self._touch(instance.appointment)

    @staticmethod
    def _keep_override(instance: Instance, day: date, *, marker: str = "") -> None:
        content = _difference(instance.content, instance.appointment.content)
        instance.appointment.overrides[day] = Override(times=instance.times, content=content, marker=marker or instance.marker)

    def _touch(self, appointment: Appointment) -> None:
        self.tick += 1
        appointment.etag, appointment.modified = self.tick, self.clock.now()

    def _link(self) -> str:
        return f"https://meet.example.test/join/{self.tick}"

    def _hours(self, start: date, end: date | None) -> dict[str, Any]:
        """A Graph body's `start`, `end` and `isAllDay`."""
        whole = not isinstance(start, datetime)
        until = end or start + (timedelta(days=1) if whole else timedelta(hours=1))
        edges = {"start": start, "end": until}
        return {
            "isAllDay": whole,
            **{name: {"dateTime": f"{edge:%Y-%m-%dT%H:%M:%S}", "timeZone": self.zone} for name, edge in edges.items()},
        }


def spelt(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as Graph spells them, where a person gave plain texts."""
    body = dict(properties)
    if isinstance(text := body.get("body"), str):
        body["body"] = {"contentType": "text", "content": text}
    if isinstance(place := body.get("location"), str):
        body["location"] = {"displayName": place}
    return body


def _difference(content: Mapping[str, Any], series: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value != series[name]}
