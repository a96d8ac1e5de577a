"""The store behind one person's calendars: which there are, what is in them, and what happened to it.

Usable without HTTP. What a write makes of an event is in `calendars.py`; nothing here reaches another mailbox. Refusals carry
Exchange's codes (`refusal.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from outlookd.sandbox.appointments import Appointment, Instance, Window, split_id
from outlookd.sandbox.chronicle import Chronicle
from outlookd.sandbox.clock import Now, timestamp, utc_now
from outlookd.sandbox.delta import ChangeLog, Event, Tracker
from outlookd.sandbox.happenings import Kind, Watch, nobody_watches
from outlookd.sandbox.ids import Family, IdMint, well_formed
from outlookd.sandbox.refusal import Refusal, not_in_store
from outlookd.sandbox.switches import Switches

PARIS = "Romance Standard Time"


@dataclass(slots=True, kw_only=True)
class Calendar:
    """A calendar. `extended` holds its extended properties by canonical id."""

    id: str
    name: str
    extended: dict[str, str] = field(default_factory=dict)
    changes: ChangeLog = field(default_factory=ChangeLog)


class CalendarStore:
    """The calendars of one mailbox. `owner` seeds the ids; `person` is ``{"name", "address"}``; `zone` the mailbox's own.

    `watch` is told of everything that happens to an event.
    """

    def __init__(
        self,
        owner: str,
        person: Mapping[str, str],
        *,
        switches: Switches | None = None,
        now: Now = utc_now,
        zone: str = PARIS,
        watch: Watch = nobody_watches,
    ) -> None:
        self.person = dict(person)
        self.zone = zone
        self.switches = switches or Switches()
        self.tracker = Tracker(self.switches, now)
        self.now = now
        self.mint = IdMint(f"{owner}/calendars")
        self.default = Calendar(id=self.mint.folder(), name="Calendar")
        self.deleted = Calendar(id=self.mint.folder(), name="Deleted Items")
        self._calendars = {self.default.id: self.default, self.deleted.id: self.deleted}
        self._chronicle = Chronicle(owner, Kind.EVENTS, default=self.default.id, discarded=self.deleted.id, now=now, watch=watch)
        self._appointments: dict[str, Appointment] = {}
        self._classic: dict[str, str] = {}

    # --- calendars ---------------------------------------------------------------------------------------------------------

    def calendar(self, id: str | None = None) -> Calendar:
        """The calendar with this id, the default one if not given. Raises Refusal ``ErrorItemNotFound``."""
        if id is None:
            return self.default
        _check_shape(id)
        if id == self.deleted.id or id not in self._calendars:
            raise not_in_store()
        return self._calendars[id]

    def all_calendars(self) -> Sequence[Calendar]:
        """Every calendar, the default one first."""
        return [calendar for calendar in self._calendars.values() if calendar is not self.deleted]

    def create_calendar(self, name: str, *, extended: Mapping[str, str] | None = None) -> Calendar:
        """A new calendar. Raises Refusal ``ErrorFolderExists``."""
        self._check_name(name)
        calendar = Calendar(id=self.mint.folder(), name=name, extended=dict(extended or {}))
        self._calendars[calendar.id] = calendar
        return calendar

    def rename_calendar(self, id: str, name: str) -> Calendar:
        """Give the calendar another name. Raises Refusal ``ErrorFolderExists``."""
        calendar = self.calendar(id)
        if name != calendar.name:
            self._check_name(name)
            calendar.name = name
        return calendar

    def delete_calendar(self, id: str) -> None:
        """Delete the calendar with everything in it. The default one stays."""
        calendar = self.calendar(id)
        if calendar is self.default:
            raise Refusal("ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        for appointment in self.events(calendar.id):
            self.relocate(appointment, self.deleted)
        del self._calendars[calendar.id]

    # --- reading -----------------------------------------------------------------------------------------------------------

    def find(self, id: str, *, deleted_too: bool = False) -> Instance:
        """The event with this id of either family: a single one, a series, an occurrence. Raises Refusal ``ErrorItemNotFound``.

        `deleted_too` also looks into Deleted Items, as a person can.
        """
        _check_shape(id)
        stored_id, day = split_id(id)
        appointment = self._appointments.get(self._classic.get(stored_id, stored_id))
        if appointment is None or not (deleted_too or self._within_reach(appointment)):
            raise not_in_store()
        found = appointment.occurrence(day) if day else appointment.root
        if found is None:
            raise not_in_store()
        return found

    def events(self, calendar_id: str | None = None) -> Sequence[Appointment]:
        """The single events and series of a calendar, in the order of their arrival."""
        calendar = self.calendar(calendar_id)
        return [appointment for appointment in self._appointments.values() if appointment.calendar_id == calendar.id]

    def member(self, calendar_id: str, immutable_id: str) -> Appointment | None:
        """The event if it is in this calendar now."""
        appointment = self._appointments.get(immutable_id)
        return appointment if appointment and appointment.calendar_id == calendar_id else None

    def home(self, appointment: Appointment) -> Calendar:
        """The calendar that an event is in, or Deleted Items."""
        return self._calendars[appointment.calendar_id]

    def view(self, calendar_id: str | None, window: Window) -> Sequence[Instance]:
        """What a calendar view shows of a span of time, by start."""
        found = [instance for appointment in self.events(calendar_id) for instance in appointment.instances(window)]
        return sorted(found, key=lambda instance: instance.shape.start.instant)

    def participation(self, uid: str) -> Appointment | None:
        """This mailbox's copy of a meeting, if it still has one."""
        copies = (copy for copy in self._appointments.values() if copy.uid == uid and copy.calendar_id != self.deleted.id)
        return next(copies, None)

    def churn(self, id: str | None = None) -> None:
        """What Exchange does by itself: touch an event (or all of them) without changing anything in it (docs#14632)."""
        touched = [self.find(id).appointment] if id else [item for item in self._appointments.values() if self._within_reach(item)]
        for appointment in touched:
            self.touch(appointment, Event.CHANGED)

    def dump(self) -> dict[str, Any]:
        """Everything as plain data, by immutable ids: what tests from outside assert on."""
        kept = [item for item in self._appointments.values() if item.calendar_id != self.deleted.id]
        gone = [item for item in self._appointments.values() if item.calendar_id == self.deleted.id]
        return {
            "calendars": [{"id": item.id, "name": item.name, "extended": dict(item.extended)} for item in self.all_calendars()],
            "events": [_dump(item) for item in kept],
            "deleted": [_dump(item) for item in gone],
        }

    # --- primitives of every write -----------------------------------------------------------------------------------------

    def arrive(self, appointment: Appointment, calendar: Calendar) -> None:
        """Put an event into a calendar."""
        appointment.calendar_id = calendar.id
        self._appointments[appointment.immutable_id] = appointment
        self._classic[appointment.classic_id] = appointment.immutable_id
        self.touch(appointment, Event.ADDED)

    def relocate(self, appointment: Appointment, calendar: Calendar) -> None:
        """Take an event from its calendar into another one."""
        if calendar.id == appointment.calendar_id:
            return
        self._record(appointment, Event.REMOVED)
        del self._classic[appointment.classic_id]
        appointment.classic_id = self.mint.classic()
        self.arrive(appointment, calendar)

    def touch(self, appointment: Appointment, event: Event, part: str | None = None) -> None:
        """Give an event its next version. `part` as in `Change`."""
        self._record(appointment, event, part)
        appointment.modified = self.now()

    def _record(self, appointment: Appointment, event: Event, part: str | None = None) -> None:
        self._chronicle.record(appointment, self.home(appointment), event, part)

    def _within_reach(self, appointment: Appointment) -> bool:
        return self.switches.deleted_still_readable or appointment.calendar_id != self.deleted.id

    def _check_name(self, name: str) -> None:
        if name.casefold() in {calendar.name.casefold() for calendar in self.all_calendars()}:
            raise Refusal("ErrorFolderExists", "A folder with the specified name already exists.")


def _check_shape(id: str) -> None:
    if not well_formed(id):
        raise Refusal("ErrorInvalidIdMalformed", "Id is malformed.")


def _dump(appointment: Appointment) -> dict[str, Any]:
    shape = appointment.shape
    return {
        "id": appointment.immutable_id,
        "calendarId": appointment.calendar_id,
        "iCalUId": appointment.root.uid,
        "isOrganizer": appointment.is_organizer,
        "createdDateTime": timestamp(appointment.created),
        "lastModifiedDateTime": timestamp(appointment.modified),
        "transactionId": appointment.transaction_id,
        "extended": dict(appointment.extended),
        **_plain(appointment.root),
        "recurrence": shape.recurrence.shown() if shape.recurrence else None,
        "cancelledDays": sorted(day.isoformat() for day in appointment.cancelled),
        "exceptions": [
            {"id": instance.id(Family.IMMUTABLE), "day": str(instance.day), "extended": dict(instance.extended), **_plain(instance)}
            for instance in appointment.exceptions()
        ],
    }


def _plain(instance: Instance) -> dict[str, Any]:
    shape = instance.shape
    return {"start": shape.start.shown(), "end": shape.end.shown(), **shape.content}
