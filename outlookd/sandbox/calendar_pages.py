"""Outlook's calendar as a person sees it: a list of what comes, and a form for one event.

What is saved here goes the way of Graph's writes: guests are invited, told and uninvited (`meetings.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from outlookd.sandbox.appointments import Instance, Window
from outlookd.sandbox.calendar_store import Calendar
from outlookd.sandbox.directory import Directory, User
from outlookd.sandbox.event_form import FIELDS, REPEATS, changes, creation, shown, suggested
from outlookd.sandbox.meetings import Meetings, Reply
from outlookd.sandbox.moments import read_bound
from outlookd.sandbox.pages import read_form, redirect, render, root_of
from outlookd.sandbox.refusal import Refusal

SPAN = timedelta(days=60)
BEFORE = timedelta(days=7)
ANSWERS: Mapping[str, Reply] = {"accept": "accepted", "tentative": "tentativelyAccepted", "decline": "declined"}


def add_calendar_pages(app: web.Application, directory: Directory, meetings: Meetings) -> None:
    """Put the calendar's pages next to the contacts' of every person."""
    pages = _CalendarPages(directory, meetings)
    app.router.add_get("/{user}/calendar/", pages.calendar)
    app.router.add_get("/{user}/calendar/new", pages.new_event)
    app.router.add_post("/{user}/calendar/new", pages.create_event)
    app.router.add_get("/{user}/calendar/{event}", pages.event)
    app.router.add_post("/{user}/calendar/{event}", pages.edit_event)
    app.router.add_post("/{user}/calendar/{event}/{action:delete|copy|accept|tentative|decline}", pages.act)


class _CalendarPages:
    def __init__(self, directory: Directory, meetings: Meetings) -> None:
        self._directory = directory
        self._meetings = meetings

    async def calendar(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        calendar, window = self._calendar(request, user), self._window(request)
        found = user.calendars.view(calendar.id, window)
        context = {
            "user": user,
            "calendars": user.calendars.all_calendars(),
            "calendar": calendar,
            "events": [(instance, shown(instance.shape)) for instance in found],
            "first": f"{window.start:%Y-%m-%d}",
            "earlier": f"{window.start - SPAN:%Y-%m-%d}",
            "later": f"{window.end:%Y-%m-%d}",
        }
        return _render(request, user, "outlook_calendar.html", context, "")

    async def new_event(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        return self._form(request, user, self._calendar(request, user), None, suggested(self._directory.now()))

    async def create_event(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        calendar, now = self._calendar(request, user), self._directory.now()
        try:
            self._meetings.create(user, creation(form, user.calendars.zone, now), calendar.id)
        except Refusal as refusal:
            return self._form(request, user, calendar, None, suggested(now) | form, problem=str(refusal))
        raise _to_calendar(request, user, calendar.id)

    async def event(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        instance = self._event(request, user)
        calendar = user.calendars.calendar(instance.appointment.calendar_id)
        return self._form(request, user, calendar, instance, shown(instance.shape))

    async def edit_event(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        instance = self._event(request, user)
        calendar, texts = user.calendars.calendar(instance.appointment.calendar_id), shown(instance.shape)
        try:
            if body := changes(texts, form, (instance.shape.start.zone, instance.shape.end.zone)):
                self._meetings.update(user, request.match_info["event"], body)
        except Refusal as refusal:
            return self._form(request, user, calendar, instance, texts | form, problem=str(refusal))
        raise _to_calendar(request, user, calendar.id)

    async def act(self, request: web.Request) -> web.StreamResponse:
        user, id, action = self._user(request), request.match_info["event"], request.match_info["action"]
        instance = self._event(request, user)
        calendar = user.calendars.calendar(instance.appointment.calendar_id)
        try:
            match action:
                case "delete":
                    self._meetings.delete(user, id)
                case "copy":
                    user.calendars.copy(id)
                case _:
                    self._meetings.respond(user, id, ANSWERS[action])
        except Refusal as refusal:
            return self._form(request, user, calendar, instance, shown(instance.shape), problem=str(refusal))
        raise _to_calendar(request, user, calendar.id)

    def _user(self, request: web.Request) -> User:
        user = self._directory.user(request.match_info["user"])
        if user is None:
            raise web.HTTPNotFound
        return user

    @staticmethod
    def _calendar(request: web.Request, user: User) -> Calendar:
        """The calendar that the query names, or else the default one."""
        try:
            return user.calendars.calendar(request.query.get("calendar") or None)
        except Refusal as refusal:
            raise web.HTTPNotFound from refusal

    @staticmethod
    def _event(request: web.Request, user: User) -> Instance:
        try:
            return user.calendars.find(request.match_info["event"])
        except Refusal as refusal:
            raise web.HTTPNotFound from refusal

    def _window(self, request: web.Request) -> Window:
        """What the list shows: from the query's day, or else from a week ago."""
        try:
            start = read_bound("from", request.query.get("from", ""))
        except Refusal:
            start = datetime.combine(self._directory.now().date(), datetime.min.time(), tzinfo=UTC) - BEFORE
        return Window(start=start, end=start + SPAN)

    @staticmethod
    def _form(
        request: web.Request,
        user: User,
        calendar: Calendar,
        instance: Instance | None,
        texts: Mapping[str, str],
        *,
        problem: str = "",
    ) -> web.Response:
        offered = [field for field in FIELDS if field.name in texts]
        context = {"calendar": calendar, "instance": instance, "texts": texts, "fields": offered, "repeats": REPEATS}
        return _render(request, user, "outlook_event.html", context, problem)


def _render(request: web.Request, user: User, template: str, context: Mapping[str, Any], problem: str) -> web.Response:
    base = f"{root_of(request)}/{user.object_id}"
    return render(request, template, {**context, "base": base}, status=422 if problem else 200, problem=problem)


def _to_calendar(request: web.Request, user: User, calendar_id: str) -> web.HTTPSeeOther:
    return redirect(request, f"/{user.object_id}/calendar/?calendar={calendar_id}")
