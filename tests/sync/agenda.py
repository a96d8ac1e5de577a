"""A whole calendar job in memory: the real engine, core and calendar handler over the memory twins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from outlookd.core.fieldmap import parse_map
from outlookd.core.model import Direction, Link, LinkStatus, Plan, RunReport
from outlookd.core.rules import ViewExit
from outlookd.core.window import Horizon
from outlookd.hooks import Hooks
from outlookd.ports import JobContext
from outlookd.sync.engine import preview, run
from outlookd.sync.job import Deps, Job
from outlookd.testing import Crasher, FakeClock, MemoryCalendar, MemoryGopaas, MemoryStore
from outlookd_calendar.fields import ALIASES, SPECS
from outlookd_calendar.handler import CalendarHandler

MAP = {
    "id": "outlook_id",
    "subject": "intitule",
    "bodyPreview": "note",
    "startDate": "date_debut",
    "endDate": "date_fin",
    "startTime": "heure_debut",
    "endTime": "heure_fin",
    "location": "lieu",
}
ZONE = ZoneInfo("Europe/Paris")
START = datetime(2026, 11, 22, 8, tzinfo=UTC)
TOMORROW = datetime(2026, 11, 23, 14)
"""When everything takes place of which nothing else is said: on the clocks of the application."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HORIZON = Horizon(past=60 * DAY, future=365 * DAY, series=90 * DAY)
COLUMNS = ("intitule", "note", "lieu", "date_debut", "heure_debut", "date_fin", "heure_fin")


def make_agenda_job(entries: Mapping[str, str] = MAP, **settings: Any) -> Job:
    """A calendar job of one invented user, over the user's own calendar."""
    fieldmap = parse_map(entries, specs=SPECS, aliases=ALIASES, transforms={}, two_way=True)
    context = JobContext(job="claire/calendar/action/", user="claire", zone=ZONE, fieldmap=fieldmap, user_field="utilisateur")
    chosen: dict[str, Any] = {"direction": Direction.BOTH, "on_view_exit": ViewExit.DETACH, "horizon": HORIZON, **settings}
    return Job(
        id=context.job,
        user="claire",
        type="Calendar",
        table="action",
        handler=CalendarHandler(),
        context=context,
        folder="",
        **chosen,
    )


def columns_of(start: date, end: date | None = None) -> dict[str, str]:
    """The four columns that say when: a date alone means whole days, of which `end` is the last."""
    if not isinstance(start, datetime):
        return {"date_debut": f"{start}", "heure_debut": "", "date_fin": f"{end or start}", "heure_fin": ""}
    end = end or start + HOUR
    return {
        "date_debut": f"{start:%Y-%m-%d}",
        "heure_debut": f"{start:%H:%M:%S}",
        "date_fin": f"{end:%Y-%m-%d}",
        "heure_fin": f"{end:%H:%M:%S}",
    }


@dataclass
class AgendaWorld:
    """Both sides, the state and a job. `crm` and `outlook` are edited directly by the tests, or with what is here."""

    job: Job = field(default_factory=make_agenda_job)
    crasher: Crasher = field(default_factory=Crasher)
    clock: FakeClock = field(default_factory=lambda: FakeClock(START))
    hooks: Hooks = field(default_factory=Hooks)
    keys: tuple[str, ...] = ("our key",)
    """Fingerprints of the state keys."""

    def __post_init__(self) -> None:
        self.crm = MemoryGopaas(self.crasher, now=self.clock.now)
        self.outlook = MemoryCalendar(crasher=self.crasher, clock=self.clock)
        self.store = MemoryStore(self.crasher)

    @property
    def deps(self) -> Deps:
        return Deps(store=self.store, clock=self.clock, gopaas=self.crm, outlook=self.outlook, hooks=self.hooks, keys=self.keys)

    async def run(self, **options) -> RunReport:
        self.clock.advance(300)
        return await run(self.job, self.deps, **options)

    async def plan(self) -> Plan:
        return await preview(self.job, self.deps)

    def set(self, **settings) -> None:
        self.job = replace(self.job, **settings)

    # --- people at GoPaaS

    def add_row(self, key: str, start: date = TOMORROW, end: date | None = None, **columns: str) -> None:
        """A person makes a row, for the job's user unless the columns say otherwise."""
        named = {"intitule": key.title(), "note": "", "lieu": "", "outlook_id": "", "utilisateur": "claire"}
        self.crm.rows[key] = {**named, **columns_of(start, end), **columns, **self._now()}

    def edit_row(self, key: str, start: date | None = None, end: date | None = None, **columns: str) -> None:
        """A person edits a row; the interface sets the modification date."""
        times = columns_of(start, end) if start is not None else {}
        self.crm.rows[key] |= {**times, **columns, **self._now()}

    def delete_row(self, key: str) -> None:
        """A person deletes a row."""
        del self.crm.rows[key]

    def _now(self) -> dict[str, str]:
        now = self.clock.now().astimezone(ZONE)
        return {"date_modification": f"{now:%Y-%m-%d}", "heure_modification": f"{now:%H:%M:%S}"}

    # --- who belongs to whom

    def row_of(self, event: str) -> str:
        """The key of the row whose column names this event or occurrence."""
        (key,) = (key for key, row in self.crm.rows.items() if row["outlook_id"] == event)
        return key

    def event_of(self, key: str) -> str:
        """The id that a row's column names; empty if none."""
        return self.crm.rows[key]["outlook_id"]

    async def links(self) -> dict[str, Link]:
        return {link.gopaas_id: link for link in await self.store.links(self.job.id) if link.status is not LinkStatus.TOMBSTONE}

    # --- what both show

    def row_content(self, key: str) -> dict[str, str]:
        """What a row says, by column."""
        row = self.crm.rows.get(key, {})
        return {name: " ".join(row.get(name, "").replace("$ $", "$$").split()) for name in COLUMNS}

    def event_content(self, event: str) -> dict[str, str]:
        """What an event says, in the columns of a row."""
        found = self.outlook.find_event(event)
        if found is None:
            return dict.fromkeys(COLUMNS, "")
        payload = found.shown(marked=False)
        texts = {
            "intitule": payload["subject"],
            "note": _text_of(payload["body"]["content"]),
            "lieu": payload["location"]["displayName"],
        }
        return {name: " ".join(text.replace("$ $", "$$").split()) for name, text in texts.items()} | _times_of(payload)

    async def agree(self) -> dict[str, dict[str, tuple[str, str]]]:
        """Where the two halves of active pairs differ: by row, by column, what GoPaaS and what Outlook shows.

        Of a half that is not there every column is empty.
        """
        differences = {}
        for key, link in (await self.links()).items():
            if link.status is LinkStatus.ACTIVE:
                row, event = self.row_content(key), self.event_content(link.outlook_id)
                if odd := {name: (row[name], event[name]) for name in COLUMNS if row[name] != event[name]}:
                    differences[key] = odd
        return differences


def _text_of(html: str) -> str:
    content = re.sub(r"<head>.*?</head>|<!--.*?-->", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", content))


def _times_of(payload: Mapping[str, Any]) -> dict[str, str]:
    start, end = (datetime.fromisoformat(payload[name]["dateTime"]) for name in ("start", "end"))
    if payload["isAllDay"]:
        return columns_of(start.date(), end.date() - DAY)
    begins, ends = (edge.replace(tzinfo=UTC).astimezone(ZONE).replace(tzinfo=None) for edge in (start, end))
    return columns_of(begins, ends)
