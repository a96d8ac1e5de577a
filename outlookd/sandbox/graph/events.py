"""Events over HTTP (Graph page, sections 2.5 and 2.6): list, view, create, read, change, delete, cancel, answer.

An event is found by its id alone, whatever calendar the path names, as contacts are by theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from outlookd.sandbox.appointments import EventType, Instance, Window
from outlookd.sandbox.graph.call import Answer, Call
from outlookd.sandbox.graph.contacts import json_object
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.graph.event_views import (
    EVENT_PROPERTIES,
    EVENT_RELATIONS,
    Manner,
    calendar_view,
    event_row,
    event_view,
    read_manner,
)
from outlookd.sandbox.graph.odata import Query, collection, read_query
from outlookd.sandbox.graph.routes import Handle, Route, Visit
from outlookd.sandbox.meetings import Reply
from outlookd.sandbox.moments import read_bound, read_moment

BASES = ("", "calendar/", "calendars/{calendar}/")


def list_events(visit: Visit) -> Answer:
    """The single events and series of one calendar, never occurrences. `/me/events` is the default calendar."""
    return _listed(visit, [appointment.root for appointment in visit.calendars.events(visit.calendar.id)], "events")


def list_view(visit: Visit) -> Answer:
    """What happens in a span of time: single events, occurrences and exceptions, whole."""
    return _listed(visit, visit.calendars.view(visit.calendar.id, read_window(visit.call)), "calendarView")


def list_instances(visit: Visit) -> Answer:
    """The occurrences of one series in a span of time; cancelled ones are simply missing."""
    master, window = _event(visit), read_window(visit.call)
    if master.kind is not EventType.MASTER:
        raise GraphError(400, "ErrorInvalidRequest", "The event is not the master of a series.")
    return _listed(visit, list(master.appointment.instances(window)), "instances")


def read_event(visit: Visit) -> Answer:
    """One event of any kind."""
    query, manner = _query(visit.call), _manner(visit)
    return _answer(visit, _shown(visit, _event(visit), manner, query), manner)


def create_event(visit: Visit) -> Answer:
    """A new event; whoever is on it is invited. The answer does not show extended properties."""
    manner = _manner(visit)
    calendar_id = visit.calendar.id
    appointment = visit.meetings.create(visit.user, json_object(visit), calendar_id)
    return _answer(visit, event_view(appointment.root, manner), manner, status=201)


def update_event(visit: Visit) -> Answer:
    """A changed event or occurrence, whole."""
    manner, id = _manner(visit), visit.ids["event"]
    _event(visit)
    instance = visit.meetings.update(visit.user, id, json_object(visit), if_match=visit.call.headers.get("If-Match"))
    return _answer(visit, event_view(instance, manner), manner)


def delete_event(visit: Visit) -> Answer:
    """Move the event to Deleted Items, or cancel one occurrence; guests are told."""
    _event(visit)
    visit.meetings.delete(visit.user, visit.ids["event"], if_match=visit.call.headers.get("If-Match"))
    return Answer(status=204)


def cancel_event(visit: Visit) -> Answer:
    """Call a meeting off. Only its organizer can."""
    _event(visit)
    _read_action(visit.call, "comment")
    visit.meetings.cancel(visit.user, visit.ids["event"])
    return Answer(status=202)


def _responding(reply: Reply) -> Handle:
    """The handler of one of the three answers to an invitation."""

    def respond(visit: Visit) -> Answer:
        _event(visit)
        parameters = _read_action(visit.call, "comment", "sendresponse", *(() if reply == "accepted" else ("proposednewtime",)))
        send, proposed = parameters.get("sendresponse", True), parameters.get("proposednewtime")
        if not isinstance(send, bool):
            raise GraphError(400, "ErrorInvalidRequest", "SendResponse must be true or false.")
        if proposed is not None:
            _check_proposal(proposed, send=send)
        visit.meetings.respond(visit.user, visit.ids["event"], reply, send=send)
        return Answer(status=202)

    return respond


def read_window(call: Call) -> Window:
    """The span of time that a view is asked for: both edges are required. Raises Refusal, GraphError."""
    edges = [call.query.get(name) for name in ("startdatetime", "enddatetime")]
    if None in edges:
        message = "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."
        raise GraphError(400, "ErrorInvalidParameter", message)
    start, end = (read_bound(name, edge or "") for name, edge in zip(("StartDateTime", "EndDateTime"), edges, strict=True))
    if end <= start:
        raise GraphError(400, "ErrorInvalidParameter", "The EndDateTime must be after the StartDateTime.")
    return Window(start=start, end=end)


def _read_action(call: Call, *names: str) -> dict[str, Any]:
    """The parameters of an action by lower-case name: some clients capitalise them. Raises GraphError."""
    body = {} if call.body is None else call.body
    if not isinstance(body, Mapping):
        raise GraphError(400, "RequestBodyRead", "A JSON object was expected in the request body.")
    parameters = {name.lower(): value for name, value in body.items()}
    if unknown := [name for name in parameters if name not in names]:
        raise GraphError(400, "RequestBodyRead", f"The parameter '{unknown[0]}' does not exist.")
    if not isinstance(parameters.get("comment", ""), str | None):
        raise GraphError(400, "RequestBodyRead", "Cannot convert the value of parameter 'comment'.")
    return parameters


def _check_proposal(proposed: Any, *, send: bool) -> None:
    """A proposed time must be one and be sent. What becomes of it is the organizer's business and not simulated."""
    if not isinstance(proposed, Mapping) or not send:
        raise GraphError(400, "ErrorInvalidRequest", "A proposed time needs a start, an end, and SendResponse.")
    for name in ("start", "end"):
        read_moment(name, proposed.get(name))


def _event(visit: Visit) -> Instance:
    """The event of the path; the calendar of the path must exist, too. Raises Refusal."""
    _ = visit.calendar
    return visit.calendars.find(visit.ids["event"])


def _query(call: Call) -> Query:
    return read_query(call, EVENT_PROPERTIES, related=EVENT_RELATIONS)


def _manner(visit: Visit) -> Manner:
    return read_manner(visit.call, custom_zone=visit.switches.custom_zone)


def _listed(visit: Visit, instances: Sequence[Instance], what: str) -> Answer:
    query, manner = _query(visit.call), _manner(visit)
    body = collection(
        visit.call,
        query,
        instances,
        context=visit.context(what),
        row=event_row,
        view=lambda instance: _shown(visit, instance, manner, query),
    )
    return Answer(body=body, headers=applied(manner))


def _shown(visit: Visit, instance: Instance, manner: Manner, query: Query) -> dict[str, Any]:
    """An event as the caller asked for it, the calendar that it is in included."""
    view = event_view(instance, manner, query)
    if "calendar" not in query.related:
        return view
    store = visit.calendars
    home = store.home(instance.appointment)
    return {
        **view,
        "calendar": calendar_view(home, store.person, default=home is store.default, select=query.related["calendar"]),
    }


def _answer(visit: Visit, view: dict[str, Any], manner: Manner, *, status: int = 200) -> Answer:
    context = f"{visit.call.root}/$metadata#{visit.context('events')}/$entity"
    return Answer(status=status, body={"@odata.context": context, **view}, headers={"ETag": view["@odata.etag"]} | applied(manner))


def applied(manner: Manner) -> dict[str, str]:
    """The header that says which preferences were followed."""
    return {"Preference-Applied": ", ".join(manner.applied)} if manner.applied else {}


ROUTES = tuple(
    Route(method=method, path=f"{base}{path}", handle=handle, resource="Calendars")
    for base in BASES
    for method, path, handle in (
        ("GET", "events", list_events),
        ("POST", "events", create_event),
        ("GET", "calendarView", list_view),
        ("GET", "events/{event}", read_event),
        ("PATCH", "events/{event}", update_event),
        ("DELETE", "events/{event}", delete_event),
        ("GET", "events/{event}/instances", list_instances),
        ("POST", "events/{event}/cancel", cancel_event),
        ("POST", "events/{event}/accept", _responding("accepted")),
        ("POST", "events/{event}/tentativelyAccept", _responding("tentativelyAccepted")),
        ("POST", "events/{event}/decline", _responding("declined")),
    )
)
