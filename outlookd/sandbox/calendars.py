"""What can be done to one person's events: create, change, delete, move, copy, and take part in somebody's meeting.

Usable without HTTP. Nothing here reaches another mailbox or causes mail: that is `meetings.py`. Every mutation moves change key
and modification date and is recorded for delta.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import date
from typing import Any

from outlookd.sandbox.appointments import Appointment, Instance, Override
from outlookd.sandbox.calendar_store import PARIS, Calendar, CalendarStore
from outlookd.sandbox.clock import Now, utc_now
from outlookd.sandbox.delta import Event
from outlookd.sandbox.events import PERSONAL
from outlookd.sandbox.extended import read_properties
from outlookd.sandbox.happenings import Watch, nobody_watches
from outlookd.sandbox.refusal import Refusal
from outlookd.sandbox.shapes import Shape, changed_shape, moved_shape, new_shape
from outlookd.sandbox.switches import Switches
from outlookd.sandbox.zones import same_zone

EXTENDED = "singleValueExtendedProperties"
ORGANIZERS_ONLY = ("attendees", "recurrence")
COPIED_CONTENT: Mapping[str, Any] = {
    "attendees": [],
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "joinUrl": None,
}
"""What a copied event does not take over: it is nobody's meeting."""


class Calendars(CalendarStore):
    """Everything in one mailbox that has a date. `owner` seeds the ids; `person` is ``{"name", "address"}``."""

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
        super().__init__(owner, person, switches=switches, now=now, zone=zone, watch=watch)
        self._transactions: dict[str, tuple[str, Mapping[str, Any]]] = {}

    def create(self, body: Mapping[str, Any], calendar_id: str | None = None) -> Appointment:
        """A new event from a Graph body, extended properties included. Raises Refusal for what Graph would not accept."""
        calendar = self.calendar(calendar_id)
        content, extended = _split(body)
        uid = self._new_uid()
        appointment = self._appointment(new_shape(content, _join_url(uid)), calendar, uid=uid, extended=extended)
        appointment.transaction_id = body.get("transactionId")
        self.arrive(appointment, calendar)
        if appointment.transaction_id is not None:
            self._transactions[appointment.transaction_id] = (appointment.immutable_id, deepcopy(dict(body)))
        return appointment

    def earlier(self, body: Mapping[str, Any]) -> Appointment | None:
        """The event that the same create made before, if a switch has it answered like that.

        Otherwise a transaction id that was used before is refused, for ever. Raises Refusal ``ErrorDuplicateTransactionId``.
        """
        transaction_id = body.get("transactionId")
        if transaction_id is not None and not isinstance(transaction_id, str):
            raise Refusal(
                "RequestBodyRead", "Cannot convert the value of property 'transactionId' to the expected type 'Edm.String'."
            )
        if transaction_id not in self._transactions:
            return None
        id, used_for = self._transactions[transaction_id]
        if self.switches.transaction_repeats and used_for == body:
            return self.find(id, deleted_too=True).appointment
        message = "Your request can't be completed. The TransactionId has already been used to create a different event."
        named = {"@event.existingEventId": id} if self.switches.transaction_names_event else {}
        raise Refusal("ErrorDuplicateTransactionId", message, named)

    def update(self, id: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Instance:
        """Change an event, or one occurrence of a series, by a Graph body. Raises Refusal."""
        instance = self.find(id)
        appointment = instance.appointment
        _check_etag(appointment, if_match)
        if body.get("transactionId") not in (None, appointment.transaction_id):
            raise Refusal("ErrorInvalidPropertySet", "The transactionId of an event cannot be changed.")
        content, extended = _split(body)
        if not appointment.is_organizer:
            _check_guest(instance, content)
        if instance.day is None:
            self._update_root(appointment, content)
            appointment.extended |= extended
            self.touch(appointment, Event.CHANGED)
            return appointment.root
        self._update_occurrence(instance, instance.day, content, extended)
        return self.find(id)

    def delete(self, id: str, *, if_match: str | None = None) -> None:
        """Move an event or a whole series to Deleted Items, or take one occurrence out of its series."""
        instance = self.find(id)
        _check_etag(instance.appointment, if_match)
        if instance.day is None:
            self.relocate(instance.appointment, self.deleted)
            return
        self._drop_day(instance.appointment, instance.day)

    def adjust(self, instance: Instance, changes: Mapping[str, Any]) -> None:
        """Change what nobody can write: answers, cancellation. `changes` are members of the content."""
        appointment, day = instance.appointment, instance.day
        if day is None:
            shape = appointment.shape
            appointment.shape = replace(shape, content={**shape.content, **changes})
            self.touch(appointment, Event.CHANGED)
            return
        override = self._override(instance, day)
        override.content |= changes
        self.touch(appointment, Event.CHANGED, day.isoformat())

    def attach(self, id: str, name: str) -> None:
        """Attach a file to an event or to a whole series, as a person does. Only its name is kept."""
        appointment = self.find(id).appointment
        appointment.attachments.append(name)
        self.touch(appointment, Event.CHANGED)

    def move(self, id: str, calendar_id: str) -> Appointment:
        """Move an event or series to another calendar, out of Deleted Items too. Of its ids only the classic one changes."""
        appointment = self.find(id, deleted_too=True).appointment
        self.relocate(appointment, self.calendar(calendar_id))
        return appointment

    def copy(self, id: str, calendar_id: str | None = None) -> Appointment:
        """A second event with the same content and extended properties, ours included; it has no attendees and is no meeting."""
        original = self.find(id).appointment
        shape = replace(original.shape, content={**original.shape.content, **COPIED_CONTENT})
        calendar = self.calendar(calendar_id or original.calendar_id)
        copy = self._appointment(shape, calendar, uid=self._new_uid(), extended=dict(original.extended))
        copy.overrides, copy.cancelled = deepcopy(original.overrides), set(original.cancelled)
        self.arrive(copy, calendar)
        return copy

    def receive(self, original: Appointment, content: Mapping[str, Any]) -> Appointment:
        """This person's copy of somebody's meeting, with `content` in place of the original's."""
        shape = replace(original.shape, content=content)
        copy = self._appointment(shape, self.default, uid=original.uid, extended={})
        copy.organizer, copy.is_organizer = original.organizer, False
        copy.overrides, copy.cancelled = _shared(original.overrides), set(original.cancelled)
        self.arrive(copy, self.default)
        return copy

    def refresh(self, copy: Appointment, original: Appointment, content: Mapping[str, Any]) -> None:
        """Bring a copy up to date with the organizer's event; local edits of the meeting are lost, as in Outlook."""
        copy.shape = replace(original.shape, content=content)
        copy.overrides, copy.cancelled = _shared(original.overrides), set(original.cancelled)
        self.touch(copy, Event.CHANGED)

    def _appointment(self, shape: Shape, calendar: Calendar, *, uid: str, extended: dict[str, str]) -> Appointment:
        """A new event with fresh ids, not yet anywhere."""
        instant = self.now()
        return Appointment(
            immutable_id=self.mint.immutable(),
            classic_id=self.mint.classic(),
            calendar_id=calendar.id,
            uid=uid,
            created=instant,
            modified=instant,
            revision=0,
            shape=shape,
            organizer=self.person,
            extended=extended,
        )

    def _new_uid(self) -> str:
        """The part of an iCalUId that is the meeting's own: derived from an id, so that the same world has the same ones."""
        return hashlib.sha256(self.mint.immutable().encode()).hexdigest()[:48].upper()

    def _update_root(self, appointment: Appointment, content: Mapping[str, Any]) -> None:
        before = appointment.shape
        after = changed_shape(before, content, _join_url(appointment.uid))
        appointment.shape = after
        moved = (before.start, before.end, before.recurrence) != (after.start, after.end, after.recurrence)
        if after.recurrence is None or (moved and not self.switches.exceptions_survive):
            appointment.overrides.clear()
            appointment.cancelled.clear()

    def _update_occurrence(self, instance: Instance, day: date, content: Mapping[str, Any], extended: Mapping[str, str]) -> None:
        appointment = instance.appointment
        after = moved_shape(instance.shape, content, _join_url(appointment.uid))
        _check_order(instance, day, after)
        override = self._override(instance, day)
        series = appointment.shape.content
        override.content = {name: value for name, value in after.content.items() if value != series[name]}
        override.start, override.end = after.start, after.end
        override.extended |= extended
        self.touch(appointment, Event.CHANGED, day.isoformat())

    def _drop_day(self, appointment: Appointment, day: date) -> None:
        """Cancel one occurrence. Delta shows nothing but the series' own row (Graph trap 2)."""
        appointment.cancelled.add(day)
        appointment.overrides.pop(day, None)
        self.touch(appointment, Event.CHANGED, "")

    @staticmethod
    def _override(instance: Instance, day: date) -> Override:
        """What the occurrence keeps for itself, from now on if it had nothing."""
        shape = instance.shape
        fresh = Override(content={}, start=shape.start, end=shape.end, extended=dict(instance.extended))
        return instance.appointment.overrides.setdefault(day, fresh)


def _shared(overrides: Mapping[date, Override]) -> dict[date, Override]:
    """The part of an organizer's exceptions that the guests see. Extended properties are not transmitted."""
    return {
        day: Override(
            content={name: value for name, value in override.content.items() if name not in PERSONAL},
            start=override.start,
            end=override.end,
        )
        for day, override in overrides.items()
    }


def _join_url(uid: str) -> str:
    return f"https://teams.example.test/l/meetup-join/{uid}"


def _split(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    content = {name: value for name, value in body.items() if name != EXTENDED}
    return content, read_properties(body[EXTENDED]) if EXTENDED in body else {}


def _check_etag(appointment: Appointment, if_match: str | None) -> None:
    if if_match not in (None, "*", appointment.etag):
        raise Refusal(
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does not match "
            "the current change key for the item.",
        )


def _check_guest(instance: Instance, content: Mapping[str, Any]) -> None:
    """What somebody who did not organise the meeting cannot change. EWS's rule; Graph's own is not documented."""
    wrong = any(name in content for name in ORGANIZERS_ONLY)
    for name, moment in (("start", instance.shape.start), ("end", instance.shape.end)):
        zone = content[name].get("timeZone") if isinstance(content.get(name), Mapping) else None
        wrong |= isinstance(zone, str) and not same_zone(zone, moment.zone)
    if wrong:
        raise Refusal("ErrorInvalidPropertySet", "Only the organizer of a meeting can change its attendees, recurrence or zone.")


def _check_order(instance: Instance, day: date, after: Shape) -> None:
    """An occurrence stays on a day of its own between its neighbours."""
    before, behind = instance.appointment.neighbours(day)
    begins = after.start.seen_in(instance.appointment.shape.start.zone).wall.date()
    if (before is not None and begins <= before) or (behind is not None and begins >= behind):
        message = "Cannot modify the occurrence: it would cross or overlap an adjacent occurrence."
        raise Refusal("ErrorOccurrenceCrossingBoundary", message)
