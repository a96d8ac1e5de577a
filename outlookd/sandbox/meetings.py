"""What a write to an event does to other people: their copies, and the mail that Exchange would send (Graph page, section 2.6).

Every way to write events goes through here, Graph, the page and the tests alike; there is no silent one. Whoever has a mailbox in
the directory gets a copy; everybody else only gets mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from outlookd.sandbox.appointments import Appointment, Instance
from outlookd.sandbox.calendars import EXTENDED
from outlookd.sandbox.clock import timestamp
from outlookd.sandbox.directory import Directory, User
from outlookd.sandbox.events import NO_TIME, PERSONAL, address_of
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.refusal import Refusal

Reply: TypeAlias = Literal["accepted", "tentativelyAccepted", "declined"]
Reason: TypeAlias = Literal["invitation", "update", "cancellation", "response"]

SHOWN_AS: Mapping[Reply, str] = {"accepted": "busy", "tentativelyAccepted": "tentative", "declined": "free"}
UNANSWERED = {"response": "notResponded", "time": NO_TIME}


class Meetings:
    """The calendars of everybody in `directory`; `mail_log` receives what Exchange would have mailed."""

    def __init__(self, directory: Directory, mail_log: MailLog) -> None:
        self._directory = directory
        self._mail_log = mail_log

    def create(self, user: User, body: Mapping[str, Any], calendar_id: str | None = None) -> Appointment:
        """A new event. Whoever is on it is invited at once. Raises Refusal."""
        if (earlier := user.calendars.earlier(body)) is not None:
            return earlier
        appointment = user.calendars.create(body, calendar_id)
        self._mail(user, "invitation", self._guests(user, appointment.root), appointment.root)
        self._spread(appointment)
        return appointment

    def update(self, user: User, id: str, body: Mapping[str, Any], *, if_match: str | None = None) -> Instance:
        """Change an event or an occurrence. By the organizer of a meeting, everybody whom it concerns is told. Raises Refusal."""
        before = user.calendars.find(id)
        guests_before = self._guests(user, before)
        after = user.calendars.update(id, body, if_match=if_match)
        if not after.appointment.is_organizer:
            return after
        guests = self._guests(user, after)
        changed = {name for name in body if not name.startswith("@")} - PERSONAL - {EXTENDED, "transactionId", "attendees"}
        removed, added, staying = guests_before - guests, guests - guests_before, guests & guests_before
        self._mail(user, "cancellation", removed, after)
        self._mail(user, "invitation", added, after)
        if changed:
            self._mail(user, "update", staying, after)
        if after.day is None:
            for address in removed:
                self._cancel_copy(address, after.appointment)
        self._spread(after.appointment)
        return after

    def delete(self, user: User, id: str, *, if_match: str | None = None) -> None:
        """Delete an event or an occurrence. By the organizer of a meeting, this cancels it. Raises Refusal."""
        instance = user.calendars.find(id)
        guests = self._guests(user, instance)
        user.calendars.delete(id, if_match=if_match)
        if instance.appointment.is_organizer:
            self._mail(user, "cancellation", guests, instance)
            self._withdraw(instance, guests)

    def cancel(self, user: User, id: str) -> None:
        """Cancel a meeting or one of its occurrences. Raises Refusal for anybody but the organizer."""
        if not user.calendars.find(id).appointment.is_organizer:
            raise Refusal(
                "ErrorInvalidRequest", "Your request can't be completed. You need to be an organizer to cancel a meeting."
            )
        self.delete(user, id)

    def respond(self, user: User, id: str, reply: Reply, *, send: bool = True) -> None:
        """Answer an invitation. Without `send` nobody learns of it. A declined meeting leaves the calendar, by switch it stays.

        Raises Refusal for the organizer, and for an answer that nobody asked for.
        """
        instance = user.calendars.find(id)
        if instance.appointment.is_organizer:
            message = "Your request can't be completed. You can't respond to this meeting because you're the meeting organizer."
            raise Refusal("ErrorInvalidRequest", message)
        if send and not instance.shape.content["responseRequested"]:
            raise Refusal(
                "ErrorInvalidRequest", "Your request can't be completed. The meeting organizer hasn't requested a response."
            )
        status = {"response": reply, "time": timestamp(self._directory.now())}
        if send:
            self._mail(user, "response", {instance.appointment.organizer["address"].casefold()}, instance)
            self._record_reply(user, instance, status)
        if reply == "declined" and not self._directory.switches.declined_stay:
            user.calendars.delete(id)
        else:
            user.calendars.adjust(instance, {"responseStatus": status, "showAs": SHOWN_AS[reply]})

    def _guests(self, user: User, instance: Instance) -> frozenset[str]:
        """The addresses of everybody on it but its organizer, as addresses compare."""
        attendees = instance.shape.content["attendees"]
        return frozenset(address_of(attendee) for attendee in attendees) - {user.upn.casefold()}

    def _mail(self, user: User, reason: Reason, guests: Iterable[str], instance: Instance) -> None:
        """Note one mail to all of them."""
        if recipients := tuple(sorted(guests)):
            appointment, subject = instance.appointment, instance.shape.content["subject"]
            self._mail_log.add(
                sender=user.upn, recipients=recipients, reason=reason, subject=subject, item=appointment.immutable_id
            )

    def _spread(self, original: Appointment) -> None:
        """Bring everybody's copies up to date, and give new guests one."""
        for attendee in original.shape.content["attendees"]:
            guest = self._directory.user(address_of(attendee))
            if guest is None or guest.upn.casefold() == original.organizer["address"].casefold():
                continue
            copy = guest.calendars.participation(original.uid)
            if copy is None:
                mine = {"showAs": "tentative", "categories": [], "responseStatus": dict(UNANSWERED)}
                guest.calendars.receive(original, {**original.shape.content, **mine})
            else:
                kept = {name: copy.shape.content[name] for name in (*PERSONAL, "responseStatus")}
                guest.calendars.refresh(copy, original, {**original.shape.content, **kept})

    def _withdraw(self, instance: Instance, guests: Iterable[str]) -> None:
        """The copies of a cancelled meeting stay, marked as such; those of a cancelled occurrence lose it."""
        if instance.day is not None:
            self._spread(instance.appointment)
            return
        for address in guests:
            self._cancel_copy(address, instance.appointment)

    def _cancel_copy(self, address: str, original: Appointment) -> None:
        guest = self._directory.user(address)
        copy = guest.calendars.participation(original.uid) if guest else None
        if guest and copy:
            subject = f"Canceled: {copy.shape.content['subject']}"
            guest.calendars.adjust(copy.root, {"isCancelled": True, "subject": subject, "showAs": "free"})

    def _record_reply(self, user: User, instance: Instance, status: Mapping[str, str]) -> None:
        """Write an answer into the organizer's event, if they have a mailbox here."""
        organizer = self._directory.user(instance.appointment.organizer["address"])
        original = organizer.calendars.participation(instance.appointment.uid) if organizer else None
        if organizer is None or original is None:
            return
        target = original.occurrence(instance.day) if instance.day else original.root
        if target is None:
            return
        attendees = [
            attendee | {"status": dict(status)} if address_of(attendee) == user.upn.casefold() else attendee
            for attendee in target.shape.content["attendees"]
        ]
        organizer.calendars.adjust(target, {"attendees": attendees})
