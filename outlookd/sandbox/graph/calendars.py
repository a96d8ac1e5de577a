"""Calendars and the mailbox's time zone over HTTP (Graph page, section 2.1). Calendar groups and sharing are not offered."""

from __future__ import annotations

from typing import Any

from outlookd.sandbox.calendar_store import Calendar
from outlookd.sandbox.extended import read_properties
from outlookd.sandbox.graph.call import Answer
from outlookd.sandbox.graph.contacts import json_object
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.event_views import CALENDAR_PROPERTIES, calendar_view
from outlookd.sandbox.graph.odata import collection, read_query
from outlookd.sandbox.graph.routes import Route, Visit
from outlookd.sandbox.graph.views import pairs
from outlookd.sandbox.mailbox import EXTENDED

WRITABLE = frozenset({"name", "color", "isDefaultCalendar", EXTENDED})


def list_calendars(visit: Visit) -> Answer:
    """Every calendar, the default one first."""
    query = read_query(visit.call, CALENDAR_PROPERTIES)
    body = collection(
        visit.call,
        query,
        visit.calendars.all_calendars(),
        context=visit.context("calendars"),
        row=lambda calendar: {**_view(visit, calendar), EXTENDED: pairs(calendar.extended)},
        view=lambda calendar: _view(visit, calendar, select=query.select, expand=query.expand),
    )
    return Answer(body=body)


def read_calendar(visit: Visit) -> Answer:
    """One calendar."""
    query = read_query(visit.call, CALENDAR_PROPERTIES)
    return _answer(visit, _view(visit, visit.calendar, select=query.select, expand=query.expand))


def create_calendar(visit: Visit) -> Answer:
    """A new calendar. Colours are accepted and not kept."""
    body = _calendar_body(visit)
    if "name" not in body:
        raise GraphError(400, "ErrorInvalidRequest", "Missing parameter: name.")
    calendar = visit.calendars.create_calendar(body["name"], extended=read_properties(body.get(EXTENDED, [])))
    return _answer(visit, _view(visit, calendar), status=201)


def update_calendar(visit: Visit) -> Answer:
    """Another name, other extended properties."""
    body, calendar = _calendar_body(visit), visit.calendar
    extended = read_properties(body.get(EXTENDED, []))
    if "name" in body:
        visit.calendars.rename_calendar(calendar.id, body["name"])
    calendar.extended |= extended
    return _answer(visit, _view(visit, calendar))


def delete_calendar(visit: Visit) -> Answer:
    """Delete the calendar and its events."""
    visit.calendars.delete_calendar(visit.calendar.id)
    return Answer(status=204)


def read_zone(visit: Visit) -> Answer:
    """The mailbox's own time zone, by its Windows name."""
    context = f"{visit.call.root}/$metadata#{visit.context('mailboxSettings/timeZone')}"
    return Answer(body={"@odata.context": context, "value": visit.calendars.zone})


def _calendar_body(visit: Visit) -> dict[str, Any]:
    body = json_object(visit)
    for name in body:
        if name not in WRITABLE and name not in CALENDAR_PROPERTIES and not name.startswith("@"):
            raise GraphError(400, "RequestBodyRead", f"The property '{name}' does not exist on type 'microsoft.graph.calendar'.")
    if "name" in body and (not isinstance(body["name"], str) or not body["name"].strip()):
        raise GraphError(400, "RequestBodyRead", "Cannot convert the value of property 'name'.")
    return body


def _view(visit: Visit, calendar: Calendar, **chosen: Any) -> dict[str, Any]:
    return calendar_view(calendar, visit.calendars.person, default=calendar is visit.calendars.default, **chosen)


def _answer(visit: Visit, view: dict[str, Any], *, status: int = 200) -> Answer:
    context = f"{visit.call.root}/$metadata#{visit.context('calendars')}/$entity"
    return Answer(status=status, body={"@odata.context": context, **view})


ROUTES = (
    Route(method="GET", path="calendar", handle=read_calendar, resource="Calendars"),
    Route(method="PATCH", path="calendar", handle=update_calendar, resource="Calendars"),
    Route(method="GET", path="calendars", handle=list_calendars, resource="Calendars"),
    Route(method="POST", path="calendars", handle=create_calendar, resource="Calendars"),
    Route(method="GET", path="calendars/{calendar}", handle=read_calendar, resource="Calendars"),
    Route(method="PATCH", path="calendars/{calendar}", handle=update_calendar, resource="Calendars"),
    Route(method="DELETE", path="calendars/{calendar}", handle=delete_calendar, resource="Calendars"),
    Route(method="GET", path="mailboxSettings/timeZone", handle=read_zone, resource="MailboxSettings"),
)
