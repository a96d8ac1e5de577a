"""Who the pages' rooms talk to, in memory: sessions, a desk with two users' jobs, the map of one, a calm or troubled daemon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from outlookd.core.model import Direction, RunStatus, Tally
from outlookd.core.subscriptions import Subscription
from outlookd.errors import OutlookdError, Unreachable
from outlookd.web.doors.notifications import Announcement
from outlookd.web.history.about import About
from outlookd.web.jobs.desk import Answer, Overview, Panel, Result, Standing, Waiting
from outlookd.web.mapping.form import offered
from outlookd.web.mapping.sheet import Outcome, Preview, Saved, Sheet
from outlookd_calendar.handler import CalendarHandler

NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
JOB = "alice/calendar/action"
MAP = {"subject": "intitule", "startDate": "jour", "old name": "vieux"}
COLUMNS = {"cle": "Clé", "intitule": "Intitulé", "jour": "Jour", "vieux": "", "note": "<script>alert(1)</script>"}


class MemorySessions:
    """Implements `SessionStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, datetime, datetime]] = {}
        self.touches = 0

    async def begin(self, digest: str, login: str, *, now: datetime, expires: datetime, idle_since: datetime) -> None:
        self.rows = {key: row for key, row in self.rows.items() if row[1] > idle_since and row[2] > now}
        self.rows[digest] = (login, now, expires)

    async def find(self, digest: str, *, now: datetime, idle_since: datetime) -> tuple[str, datetime] | None:
        row = self.rows.get(digest)
        return (row[0], row[1]) if row is not None and row[2] > now and row[1] > idle_since else None

    async def touch(self, digest: str, now: datetime) -> None:
        self.touches += 1
        if (row := self.rows.get(digest)) is not None:
            self.rows[digest] = (row[0], now, row[2])

    async def end(self, digest: str) -> None:
        self.rows.pop(digest, None)


class Readings:
    """Implements `Readiness`: what is in the way is what the test says."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def troubles(self) -> Mapping[str, str]:
        return self.found


class Unplugged:
    """Implements `Switchboard` before anything is known of subscriptions."""

    is_open = False

    def shake_hands(self) -> bool:
        return False

    def find(self, id: str) -> Subscription | None:
        return None

    def changed(self, subscription: Subscription) -> None: ...

    def announced(self, subscription: Subscription, event: Announcement) -> None: ...


def panel(login: str = "alice", **changes: Any) -> Panel:
    """A calendar job of that login, at rest."""
    rest = Panel(
        job=f"{login}/calendar/action",
        login=login,
        resource="events",
        direction=Direction.BOTH,
        folder="",
        waiting=Waiting(count=9, at=NOW),
        counting=False,
        bar=None,
        due=False,
        last=None,
        last_success=None,
        next_run=NOW + timedelta(minutes=5),
        held=(),
        held_count=0,
        set_aside=(),
        set_aside_count=0,
        sign_in=False,
        connected=True,
        remedy=None,
        disputed=(),
    )
    return replace(rest, **changes)


def result(status: RunStatus = RunStatus.OK, **changes: Any) -> Result:
    """How a run ended that created two events in Outlook."""
    ended = Result(status=status, at=NOW, created=Tally(outlook=2), updated=Tally(), deleted=Tally(), conflicts=0, message="")
    return replace(ended, **changes)


def standing(login: str = "alice", **changes: Any) -> Standing:
    """A job that is all right."""
    calm = Standing(
        job=f"{login}/calendar/action",
        login=login,
        resource="events",
        state=RunStatus.OK,
        running=False,
        last_success=NOW,
        next_run=NOW + timedelta(minutes=5),
        held=0,
        set_aside=0,
        sign_in=False,
        stale=False,
    )
    return replace(calm, **changes)


class MemoryDesk:
    """Implements `Desk`. Alice and berta have a calendar each, the administrator has nothing."""

    def __init__(self) -> None:
        self.shown: list[Panel] = [panel("alice"), panel("berta")]
        self.standings: list[Standing] = [standing("alice"), standing("berta")]
        self.overviewed = Overview(version="1.2.3", standings=(), faults=(), unread="", plugins=(), secret_expires=None)
        self.pressed: list[tuple[str, ...]] = []
        self.answer = Answer.STARTED
        self.release = Answer.APPROVED
        self.reachable = True
        self.failure: OutlookdError | None = None

    def jobs_of(self, login: str) -> Sequence[str]:
        return [each.job for each in self.shown if each.login == login]

    def find(self, address: str) -> tuple[str, str] | None:
        return next(((each.job, each.login) for each in self.shown if each.address == address), None)

    def about(self, job: str) -> About | None:
        found = next((each for each in self.shown if each.job == job), None)
        if found is None:
            return None
        return About(job=job, login=found.login, resource=found.resource, direction=found.direction, folder=found.folder)

    async def panels(self, login: str) -> Sequence[Panel]:
        if self.failure is not None:
            raise self.failure
        return [each for each in self.shown if each.login == login]

    async def start(self, job: str) -> Answer:
        self.pressed.append(("start", job))
        return self.answer

    async def approve(self, job: str, name: str) -> Answer:
        self.pressed.append(("approve", job, name))
        return self.release

    async def recreate(self, job: str) -> Answer:
        self.pressed.append(("recreate", job))
        return self.answer

    async def connect(self, login: str) -> str:
        if not self.reachable:
            raise Unreachable("Microsoft does not answer", service="entra")
        self.pressed.append(("connect", login))
        return f"https://crm.example.test/crm/connect/link-of-{login}"

    async def overview(self) -> Overview:
        return replace(self.overviewed, standings=tuple(self.standings))


class MemoryMaps:
    """Implements `Maps`: the map of one job, in memory."""

    def __init__(self) -> None:
        handler = CalendarHandler()
        self.sheet = Sheet(
            job=JOB,
            login="alice",
            resource="events",
            folder="",
            record=True,
            savable=True,
            names=offered("events", handler.fields, handler.aliases, into_gopaas=True),
            aliases=handler.aliases,
            transforms=("trim", "upper"),
            entries=MAP,
            columns=COLUMNS,
        )
        self.said: list[str] = []
        self.tried = Preview(samples=())
        self.outcome = Outcome.SAVED
        self.present: Mapping[str, str] = MAP
        self.saves: list[tuple[Mapping[str, str], str]] = []

    async def open(self, job: str) -> Sheet | None:
        return self.sheet if job == self.sheet.job else None

    def faults(self, sheet: Sheet, entries: Mapping[str, str]) -> Sequence[str]:
        return self.said

    async def preview(self, sheet: Sheet, entries: Mapping[str, str]) -> Preview:
        return self.tried

    async def save(self, job: str, entries: Mapping[str, str], *, version: str) -> Saved:
        self.saves.append((entries, version))
        if self.outcome is Outcome.SAVED:
            return Saved(outcome=self.outcome, entries=entries, before=self.present)
        return Saved(outcome=self.outcome, entries=self.present, detail="It is broken.")


class Arrivals:
    """Who was said to have arrived; leaves a cookie, and tries to lead the browser elsewhere."""

    def __init__(self) -> None:
        self.logins: list[str] = []

    async def __call__(self, _request: web.Request, response: web.Response, login: str) -> None:
        self.logins.append(login)
        response.headers["Location"] = "https://evil.example.test/"
        response.set_cookie("arrived", login)
