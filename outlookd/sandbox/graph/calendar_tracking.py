"""`calendarView/delta` over HTTP (Graph page, section 2.8): the changes of one calendar in one window, as awkward as they are.

An entry of a round is the id of an event, or that id, a slash and the days of a series that changed alone. It becomes rows only
when its page is made, all of a series on one page, whatever page size was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from outlookd.sandbox.appointments import Appointment, EventType, Instance, Window
from outlookd.sandbox.calendar_store import Calendar, CalendarStore
from outlookd.sandbox.delta import Change, DeltaPage, Event, Gone
from outlookd.sandbox.graph.call import Answer
from outlookd.sandbox.graph.event_views import Manner, event_view, read_manner, stub_view
from outlookd.sandbox.graph.events import BASES, applied, read_window
from outlookd.sandbox.graph.odata import LARGEST_PAGE, whole_number
from outlookd.sandbox.graph.routes import Route, Visit
from outlookd.sandbox.graph.tracking import PAGE_SIZE, check_options, page_size
from outlookd.sandbox.ids import Family
from outlookd.sandbox.refusal import Refusal


def track_view(visit: Visit) -> Answer:
    """One page of the changes of one calendar in one window; everything in it when the call carries no token."""
    check_options(visit.call, "select")
    manner = read_manner(visit.call, custom_zone=visit.switches.custom_zone)
    calendar, tracker = _calendar(visit), visit.calendars.tracker
    token = visit.call.query.get("skiptoken") or _open_round(visit, calendar)
    if tracker.folder_of(token, "skip") != calendar.id:
        raise Refusal("SyncStateInvalid", "The sync state belongs to another folder.")
    window: Window = tracker.baked(token)["window"]
    page = tracker.page(token, page_size(visit.call))
    body: dict[str, Any] = {"@odata.context": f"{visit.call.root}/$metadata#Collection(event)"}
    body["value"] = [row for entry in page.entries for row in _rows(visit, calendar, entry, window, manner)]
    body |= _links(visit, calendar, page)
    preferences = [
        "odata.track-changes",
        *([f"{PAGE_SIZE}={page_size(visit.call)}"] if PAGE_SIZE in visit.call.preferences else []),
    ]
    followed = ", ".join([*preferences, *applied(manner).values()])
    return Answer(body=body, headers={"Preference-Applied": followed})


def _calendar(visit: Visit) -> Calendar:
    """The calendar of the path. A link to one that is gone has an answer of its own (Graph trap 32)."""
    try:
        return visit.calendar
    except Refusal as refusal:
        if {"skiptoken", "deltatoken"} & visit.call.query.keys():
            raise Refusal(visit.switches.lost_folder_code, "The folder to synchronize could not be found.") from refusal
        raise


def _open_round(visit: Visit, calendar: Calendar) -> str:
    """The skip token of the first page of a new round."""
    query, store = visit.call.query, visit.calendars
    if token := query.get("deltatoken"):
        if store.tracker.folder_of(token, "delta") != calendar.id:
            raise Refusal("SyncStateInvalid", "The sync state belongs to another folder.")
        changes, upto = store.tracker.since(token, calendar.changes)
        window: Window = store.tracker.baked(token, "delta")["window"]
        return store.tracker.proceed(token, changed_entries(store, calendar, changes, window), upto)
    top = whole_number("top", query["top"], most=LARGEST_PAGE) if "top" in query else None
    opened = read_window(visit.call)
    present = [appointment.immutable_id for appointment in store.events(calendar.id) if _is_seen(appointment, opened)]
    return store.tracker.begin(calendar.id, calendar.changes, present, {"window": opened, "top": top})


def changed_entries(store: CalendarStore, calendar: Calendar, changes: Sequence[Change], window: Window) -> list[str | Gone]:
    """What a round shows for `changes`, in the order of each event's last one.

    Whatever exists but is outside the window is reported as removed, seen before or not (Graph trap 3).
    """
    by_event: dict[str, list[Change]] = {}
    for change in changes:
        by_event[change.contact] = [*by_event.pop(change.contact, []), change]
    entries: list[str | Gone] = []
    for id, of_event in by_event.items():
        appointment = store.member(calendar.id, id)
        if appointment is not None and _is_seen(appointment, window):
            entries.append(_entry(id, of_event))
        elif appointment is not None or of_event[0].event is not Event.ADDED:
            entries.append(Gone(immutable_id=id, classic_id=of_event[-1].classic_id))
    return entries


def _is_seen(appointment: Appointment, window: Window) -> bool:
    return next(appointment.instances(window), None) is not None


def _entry(id: str, changes: Iterable[Change]) -> str:
    parts = {change.part for change in changes}
    return id if None in parts else f"{id}/{','.join(sorted(part for part in parts if part))}"


def _rows(visit: Visit, calendar: Calendar, entry: str | Gone, window: Window, manner: Manner) -> list[dict[str, Any]]:
    """The rows of one entry as things are now; nothing for an event that went away since the round was opened."""
    if isinstance(entry, Gone):
        gone = entry.immutable_id if manner.family is Family.IMMUTABLE else entry.classic_id
        return [{"id": gone, "@removed": {"reason": "deleted"}}]
    id, partly, days = entry.partition("/")
    appointment = visit.calendars.member(calendar.id, id)
    if appointment is None:
        return []
    found = [item for item in appointment.instances(window) if not partly or str(item.day) in days.split(",")]
    if appointment.root.kind is EventType.MASTER and _shows_master(visit, appointment, window):
        found.insert(0, appointment.root)
    return [{"@odata.type": "#microsoft.graph.event", **_row(visit, instance, manner)} for instance in found]


def _row(visit: Visit, instance: Instance, manner: Manner) -> dict[str, Any]:
    if instance.kind is EventType.OCCURRENCE and not visit.switches.delta_full_occurrences:
        return stub_view(instance, manner)
    return event_view(instance, manner)


def _shows_master(visit: Visit, appointment: Appointment, window: Window) -> bool:
    shown = visit.switches.delta_masters
    return shown == "always" or (shown == "in window" and window.meets(appointment.root))


def _links(visit: Visit, calendar: Calendar, page: DeltaPage) -> dict[str, str]:
    """The link to go on with, below the calendar if the caller named one."""
    where = f"/calendars('{quote(calendar.id, safe='')}')" if "calendar" in visit.ids else ""
    base = f"{visit.owner_url}{where}/calendarView/delta"
    if page.skip_token:
        return {"@odata.nextLink": f"{base}?$skiptoken={quote(page.skip_token, safe='')}"}
    return {"@odata.deltaLink": f"{base}?$deltatoken={quote(page.delta_token, safe='')}"}


ROUTES = tuple(Route(method="GET", path=f"{base}calendarView/delta", handle=track_view, resource="Calendars") for base in BASES)
