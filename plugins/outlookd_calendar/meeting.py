"""What an event is to other people: attended, somebody else's, one of a series, and the same in several mailboxes."""

from __future__ import annotations

import hashlib
from zoneinfo import ZoneInfo

from outlookd import Bar, Payload
from outlookd_calendar.fields import ATTENDEES, BODY, JOIN_URL, ORGANIZER, START_DATE
from outlookd_calendar.moments import read_instant
from outlookd_calendar.outlook import Event, addresses

_IN_SERIES = frozenset({"occurrence", "exception"})


def is_attended(payload: Payload, event: Event) -> bool:
    """Whether anybody but its organizer is on it. An attendee without an address counts: they are somebody."""
    people = payload.get(ATTENDEES)
    known = addresses(payload)
    nameless = isinstance(people, list) and len(people) > len(known)
    return nameless or any(address.strip().lower() != event.fields[ORGANIZER] for address in known)


def is_guest(payload: Payload) -> bool:
    """Whether somebody else organises it."""
    return payload.get("isOrganizer") is False


def series_of(payload: Payload, event: Event, zone: ZoneInfo) -> tuple[str, str]:
    """The id of the series and the day on which its pattern puts this occurrence; empty for a single event.

    An occurrence whose original start Graph does not show (graph.md 2.2) is known by the day on which it is.
    """
    master = payload.get("seriesMasterId")
    if event.fields["type"] not in _IN_SERIES or not isinstance(master, str) or not master:
        return "", ""
    original = read_instant(payload.get("originalStart"))
    return master, original.astimezone(zone).date().isoformat() if original else str(event.fields[START_DATE])


def meeting_of(event: Event, original_start: str) -> str:
    """What the copies of a meeting in all mailboxes have in common, as a hash; an occurrence has its own (sync-model 5.13)."""
    uid = event.fields["iCalUId"]
    if not uid:
        return ""
    return hashlib.blake2b(f"{uid}|{original_start}".encode(), digest_size=16).hexdigest()


def bar_of(payload: Payload, event: Event, *, hidden: bool) -> Bar | None:
    """Why nobody copies it (design rule 11): cancelled, `hidden` because it is private, or declined by this user.

    In that order: what is declined stays in step when it is known already, and a private text must not come along.
    """
    if payload.get("isCancelled") is True:
        return Bar.CANCELLED
    if hidden:
        return Bar.PRIVATE
    answer = event.fields["responseStatus.response"]
    return Bar.DECLINED if isinstance(answer, str) and answer.casefold() == "declined" else None


def sealed_fields(payload: Payload, event: Event) -> frozenset[str]:
    """What must stay in Outlook as it is: whoever rewrites the body of an online meeting ends it (Graph trap 14).

    The body of an invitation is sealed, too: it is the organiser's, while the note of its record is where the CRM's user writes
    what came of it. Sealed, both may say something else; mirrored like the rest, the report would be replaced by the agenda.
    """
    online = payload.get("isOnlineMeeting") is True or event.fields[JOIN_URL]
    return frozenset({BODY}) if online or is_guest(payload) else frozenset()
