"""How events and calendars look on the wire, and how they look to filters (Graph page, sections 2.1 to 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from outlookd.sandbox.appointments import EventType, Instance
from outlookd.sandbox.bodies import plain_text, preview
from outlookd.sandbox.calendar_store import Calendar
from outlookd.sandbox.clock import timestamp
from outlookd.sandbox.events import PROPERTIES
from outlookd.sandbox.graph.call import Call
from outlookd.sandbox.graph.odata import Query
from outlookd.sandbox.graph.views import expanded, pairs
from outlookd.sandbox.ids import Family
from outlookd.sandbox.mailbox import EXTENDED
from outlookd.sandbox.moments import Moment, seven_digits
from outlookd.sandbox.zones import CUSTOM, zone_of

TIMES = ("start/dateTime", "end/dateTime")
EVENT_PROPERTIES = (*PROPERTIES, *TIMES)
CALENDAR_PROPERTIES = ("id", "name", "color", "hexColor", "isDefaultCalendar", "changeKey", "canEdit", "canShare", "owner")
EVENT_RELATIONS = {"exceptionOccurrences": (), "calendar": CALENDAR_PROPERTIES}
"""What can be expanded inside an event, with the properties that can be chosen of it."""
ZONE = "outlook.timezone"
BODY = "outlook.body-content-type"
PASSED_ON = ("subject", "importance", "sensitivity", "isAllDay", "isCancelled", "responseRequested", "showAs", "isOnlineMeeting")
OWN = (
    "categories",
    "reminderMinutesBeforeStart",
    "isReminderOn",
    "onlineMeetingProvider",
    "allowNewTimeProposals",
    "hideAttendees",
)
NESTED = ("responseStatus", "location", "locations", "attendees")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How one caller wants to see events: which ids, whose clocks, text or HTML. `custom_zone` is a switch of the world."""

    family: Family
    zone: str
    text: bool
    custom_zone: bool
    applied: tuple[str, ...]


def read_manner(call: Call, *, custom_zone: bool) -> Manner:
    """The wishes in the ``Prefer`` headers. Raises Refusal ``TimeZoneNotSupportedException``."""
    zone, form = call.preferences.get(ZONE, ""), call.preferences.get(BODY, "").lower()
    zone_of(zone or "UTC")
    applied = ((f'{ZONE}="{zone}"',) if zone else ()) + ((f'{BODY}="{form}"',) if form in {"text", "html"} else ())
    return Manner(family=call.family, zone=zone or "UTC", text=form == "text", custom_zone=custom_zone, applied=applied)


def event_view(instance: Instance, manner: Manner, query: Query | None = None) -> dict[str, Any]:
    """An event as Graph shows it; cancelledOccurrences and extended properties only when asked for."""
    query = Query() if query is None else query
    whole = _whole(instance, manner)
    if query.select:
        # Seen by a client: selecting anything at all empties originalStart (Graph trap 27).
        whole |= {"originalStart": None, "cancelledOccurrences": _cancelled(instance, manner.family)}
        names = (name.partition("/")[0] for name in query.select)
        whole = {name: whole[name] for name in dict.fromkeys(("id", *names))}
    if "exceptionOccurrences" in query.related and instance.kind is EventType.MASTER:
        whole["exceptionOccurrences"] = [event_view(item, manner) for item in instance.appointment.exceptions()]
    return {"@odata.etag": instance.appointment.etag, **whole, **expanded(instance.extended, query.expand)}


def event_row(instance: Instance) -> dict[str, Any]:
    """An event as filters see it. All-day events are compared by their hidden instants (Graph trap 8)."""
    manner = Manner(family=Family.CLASSIC, zone="UTC", text=False, custom_zone=False, applied=())
    shape = instance.shape
    times = zip(TIMES, (shape.start, shape.end), strict=True)
    hidden = {name: seven_digits(moment.instant.replace(tzinfo=None)) for name, moment in times}
    return {**_whole(instance, manner), "cancelledOccurrences": [], **hidden, EXTENDED: pairs(instance.extended)}


def stub_view(instance: Instance, manner: Manner) -> dict[str, Any]:
    """All that calendarView/delta tells of an occurrence (Graph trap 1)."""
    return {
        "@odata.etag": instance.appointment.etag,
        "id": instance.id(manner.family),
        "seriesMasterId": instance.appointment.id(manner.family),
        "type": instance.kind.value,
        **_times(instance, manner),
    }


def calendar_view(
    calendar: Calendar, person: dict[str, str], *, default: bool, select: tuple[str, ...] = (), expand: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """A calendar as Graph shows it."""
    whole = {
        "id": calendar.id,
        "name": calendar.name,
        "color": "auto",
        "hexColor": "",
        "isDefaultCalendar": default,
        "changeKey": f"EQAAABYAAAC{calendar.id[-12:]}",
        "canEdit": True,
        "canShare": default,
        "owner": person,
    }
    chosen = {name: whole[name] for name in dict.fromkeys(("id", *select))} if select else whole
    return {**chosen, **expanded(calendar.extended, expand)}


def _whole(instance: Instance, manner: Manner) -> dict[str, Any]:
    appointment, content, shape = instance.appointment, instance.shape.content, instance.shape
    stored = content["body"]
    return {
        "id": instance.id(manner.family),
        "createdDateTime": timestamp(appointment.created),
        "lastModifiedDateTime": timestamp(appointment.modified),
        "changeKey": appointment.change_key,
        "transactionId": appointment.transaction_id,
        "originalStartTimeZone": CUSTOM if manner.custom_zone else shape.start.zone,
        "originalEndTimeZone": CUSTOM if manner.custom_zone else shape.end.zone,
        "iCalUId": instance.uid,
        "hasAttachments": bool(appointment.attachments),
        "bodyPreview": preview(stored),
        **{name: content[name] for name in (*PASSED_ON, *OWN, *NESTED)},
        "isOrganizer": appointment.is_organizer,
        "seriesMasterId": appointment.id(manner.family) if instance.day else None,
        "type": instance.kind.value,
        "webLink": f"https://outlook.office365.com/owa/?itemid={instance.id(Family.CLASSIC)}&exvsurl=1&path=/calendar/item",
        "onlineMeetingUrl": None,
        "isDraft": False,
        "recurrence": shape.recurrence.shown() if shape.recurrence else None,
        "onlineMeeting": {"joinUrl": content["joinUrl"]} if content["joinUrl"] else None,
        "originalStart": timestamp(instance.original_start) if instance.original_start else None,
        "body": {"contentType": "text", "content": plain_text(stored)}
        if manner.text
        else {"contentType": "html", "content": stored},
        **_times(instance, manner),
        "organizer": {"emailAddress": dict(appointment.organizer)},
    }


def _times(instance: Instance, manner: Manner) -> dict[str, Any]:
    """Start and end on the caller's clocks. Whole days are midnights on anybody's: floating dates (Graph trap 8)."""
    shape = instance.shape

    def shown(moment: Moment) -> dict[str, str]:
        if shape.content["isAllDay"]:
            return Moment(wall=moment.wall, zone=manner.zone).shown()
        return moment.seen_in(manner.zone).shown()

    return {"start": shown(shape.start), "end": shown(shape.end)}


def _cancelled(instance: Instance, family: Family) -> list[str]:
    """The days taken out of a series, each behind its id and a dot."""
    appointment = instance.appointment
    if instance.kind is not EventType.MASTER:
        return []
    return [f"OID.{appointment.id(family)}.{day.isoformat()}" for day in sorted(appointment.cancelled)]
