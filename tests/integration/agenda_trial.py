"""A trial of calendar jobs: people who act on both sides, and a look from outside at whether both sides show the same.

What an event means as a row is told here anew, from the pages about both sides; nothing is borrowed from the handler.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from trial import Trial

from outlookd.sandbox.appointments import Instance, Window
from outlookd.sandbox.bodies import plain_text
from outlookd.sandbox.ids import Family
from outlookd.sandbox.people import People
from outlookd.sandbox.schema import ACTION_VIEW
from outlookd.sandbox.seed import CLAIRE, UPNS
from outlookd.store import open_store

ZONE = ZoneInfo("Europe/Paris")
PARIS = "Romance Standard Time"
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TODAY = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
"""The midnight on the clocks of Paris with which the day of these tests began."""
PAST, FUTURE = 55 * DAY, 85 * DAY
"""How far around now `Agenda.events` looks: inside every window."""

QUIET = {"created": {"gopaas": 0, "outlook": 0}, "updated": {"gopaas": 0, "outlook": 0}, "deleted": {"gopaas": 0, "outlook": 0}}


def at(days: float, hour: float = 9) -> datetime:
    """A wall time so many days from today."""
    return TODAY + days * DAY + hour * HOUR


def moment(wall: datetime) -> dict[str, str]:
    return {"dateTime": wall.isoformat(), "timeZone": PARIS}


def event(subject: str, start: datetime, length: timedelta = HOUR, **more: Any) -> dict[str, Any]:
    """A Graph body."""
    return {"subject": subject, "start": moment(start), "end": moment(start + length), **more}


def weekly(start: datetime, count: int) -> dict[str, Any]:
    """A recurrence, from the day of `start` on."""
    day = start.strftime("%A").lower()
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [day]}
    return {"pattern": pattern, "range": {"type": "numbered", "startDate": f"{start:%Y-%m-%d}", "numberOfOccurrences": count}}


def guests(*addresses: str) -> list[dict[str, Any]]:
    return [{"type": "required", "emailAddress": {"address": address, "name": address}} for address in addresses]


def row(subject: str, start: datetime, length: timedelta | None = HOUR, **more: Any) -> dict[str, Any]:
    """The cells of a record of claire's. Without a length it has no end."""
    end = start + length if length is not None else None
    return {
        "intitule": subject,
        "date_debut": f"{start:%Y-%m-%d}",
        "heure_debut": f"{start:%H:%M:%S}",
        "date_fin": f"{end:%Y-%m-%d}" if end else None,
        "heure_fin": f"{end:%H:%M:%S}" if end else None,
        "utilisateur": CLAIRE,
        **more,
    }


def days(subject: str, first: datetime, last: datetime, **more: Any) -> dict[str, Any]:
    """The cells of a record of whole days, the last one included."""
    return row(subject, first, None, heure_debut=None, date_fin=f"{last:%Y-%m-%d}", **more)


class Agenda(Trial):
    """A sandbox with claire's calendar and her records, and a configuration whose only job keeps them the same."""

    JOBS = ("calendar",)
    JOB = "claire/calendar/action"

    @classmethod
    @asynccontextmanager
    async def ready(cls, directory, **options):
        """Claire has signed in, and an unanswered create is given a second."""
        async with cls.start(directory, **options) as agenda:
            agenda.edit('interval = "5s"', 'interval = "5s"\nrecovery_wait = "1s"')
            await agenda.sign_in()
            yield agenda

    # --- people -----------------------------------------------------------------------------------------------------------

    @cached_property
    def people(self) -> People:
        return People(self.sandbox.world)

    def act(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """One act of a person at the sandbox."""
        with self.outbox.person():
            return self.people.act(operation, arguments)

    def enter(self, cells: dict[str, Any], by: str = CLAIRE) -> str:
        """A new record, typed into the CRM. Returns its key."""
        return self.act("create_row", table="action", cells=cells, by=by)["cle"]

    def amend(self, key: str, cells: dict[str, Any], by: str = CLAIRE) -> None:
        """A record changed in the CRM."""
        self.act("update_row", table="action", cle=key, cells=cells, by=by)

    def plan_event(self, body: dict[str, Any], login: str = CLAIRE) -> str:
        """A new event in somebody's Outlook. Returns its id."""
        return self.act("create_event", user=UPNS[login], properties=body)["id"]

    def change_event(self, id: str, body: dict[str, Any], login: str = CLAIRE) -> None:
        self.act("update_event", user=UPNS[login], id=id, properties=body)

    def delete_event(self, id: str, login: str = CLAIRE) -> None:
        self.act("delete_event", user=UPNS[login], id=id)

    # --- what both sides show ---------------------------------------------------------------------------------------------

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """Every record of the table, by key."""
        return self.sandbox.crm.table("action").rows

    @property
    def shown_rows(self) -> dict[str, dict[str, Any]]:
        """What the view shows to claire, by key."""
        crm = self.sandbox.crm
        return {row["cle"]: row for row in crm.rows_of(crm.view(ACTION_VIEW), caller=CLAIRE)}

    def calendars_of(self, login: str):
        return self.sandbox.directory.user(UPNS[login]).calendars

    @property
    def calendars(self):
        return self.calendars_of(CLAIRE)

    @property
    def events(self) -> dict[str, Instance]:
        """What claire's calendar shows around today, occurrences one by one, by id."""
        now = datetime.now(UTC)
        seen = self.calendars.view(None, Window(start=now - PAST, end=now + FUTURE))
        return {instance.id(Family.IMMUTABLE): instance for instance in seen}

    def event(self, key: str) -> Instance:
        """The event that a record names."""
        return self.calendars.find(self.rows[key]["outlook_id"])

    def key_of(self, id: str) -> str:
        """The only record that names an event."""
        (key,) = [key for key, row in self.rows.items() if row["outlook_id"] == id]
        return key

    async def links(self):
        async with open_store(f"sqlite:///{self.state}", read_only=True) as store:
            return await store.links(self.JOB)

    async def conflicts(self):
        async with open_store(f"sqlite:///{self.state}", read_only=True) as store:
            return await store.conflicts(self.JOB)

    def keep_world(self) -> None:
        """Remember the state and both sides as they are, for `restore_world`. Nobody may have the state open."""
        self.keep_state()
        self._kept = deepcopy((vars(self.calendars), self.rows))

    def restore_world(self) -> None:
        self.restore_state()
        calendars, rows = deepcopy(self._kept)
        vars(self.calendars).update(calendars)
        self.sandbox.crm.table("action").rows = rows

    # --- runs -------------------------------------------------------------------------------------------------------------

    async def sync(self, status: int = 0, **changed: Any) -> dict[str, Any]:
        """One run, which ends with this status. `changed` are counts that it must report, such as ``created=(2, 0)``:
        in GoPaaS and in Outlook; those not given must be zero once any is given."""
        ended = await self.call("sync", "--json")
        assert ended.status == status, ended.said
        (run,) = ended.runs
        assert run["mail_writes"] == 0
        if changed:
            wanted = QUIET | {word: dict(zip(("gopaas", "outlook"), pair, strict=True)) for word, pair in changed.items()}
            assert {word: run[word] for word in QUIET} == wanted, run
        return run

    async def assert_settled(self) -> None:
        """The plan is empty, the next run does nothing, and both sides still agree."""
        planned = await self.call("plan", "--json")
        assert planned.status == 0, planned.said
        assert [plan["actions"] for plan in planned.plans] == [[]] * len(planned.plans)
        for run in (await self.call("sync", "--json")).runs:
            assert (run["status"], {word: run[word] for word in QUIET}) == ("ok", QUIET)

    def assert_agreed(self, *, alone: tuple[str, ...] = (), but: dict[str, tuple[str, ...]] | None = None) -> None:
        """Every event has one record and every record one event, and both say the same.

        `alone` are the keys or ids of what stays on its side, and nothing else. `but` are columns in which the record of a subject
        differs.
        """
        rows, events = self.shown_rows, self.events
        assert set(alone) <= rows.keys() | events.keys()
        rows = {key: row for key, row in rows.items() if key not in alone}
        events = {id: item for id, item in events.items() if id not in alone}
        named = sorted(row["outlook_id"] or "" for row in rows.values())
        assert named == sorted(events), (sorted(row["intitule"] for row in rows.values()), subjects(events.values()))
        for record in rows.values():
            shown = as_row(events[record["outlook_id"]])
            for column, text in shown.items():
                if column in record:
                    differs = column in (but or {}).get(record["intitule"], ())
                    assert same_cell(record, column, text) != differs, (record["intitule"], column, record[column], text)
        assert self.sandbox.crm.injections == []


def subjects(events) -> list[str]:
    return sorted(item.shape.content["subject"] for item in events)


def as_row(item: Instance) -> dict[str, str]:
    """The cells that a record of this event must show."""
    content = item.shape.content
    start, end = (when.instant.astimezone(ZONE).replace(tzinfo=None) for when in (item.shape.start, item.shape.end))
    whole = content["isAllDay"]
    if whole:
        start, end = item.shape.start.wall, item.shape.end.wall - DAY
    return {
        "intitule": content["subject"],
        "note": plain_text(content["body"]).replace("\r\n", "\n"),
        "lieu": content["location"]["displayName"],
        "date_debut": f"{start:%Y-%m-%d}",
        "heure_debut": "" if whole else f"{start:%H:%M:%S}",
        "date_fin": f"{end:%Y-%m-%d}",
        "heure_fin": "" if whole else f"{end:%H:%M:%S}",
        "affichage": content["showAs"].removeprefix("busy"),
        "importance": content["importance"].removeprefix("normal"),
        "confidentialite": content["sensitivity"].removeprefix("normal"),
        "categories": ", ".join(sorted(content["categories"])),
        "participants": ", ".join(attendee["emailAddress"]["address"] for attendee in content["attendees"]),
        "organisateur": item.appointment.organizer["address"],
        "lien": content["joinUrl"] or "",
    }


def same_cell(record: dict[str, Any], column: str, text: str) -> bool:
    """Whether a cell says `text`. A record without an end goes on saying nothing where the event lasts an hour."""
    cell = str(record[column] or "").strip()
    if column in {"date_fin", "heure_fin"} and record["heure_debut"] and not record["heure_fin"]:
        start = datetime.combine(datetime.fromisoformat(record["date_debut"]), time.fromisoformat(record["heure_debut"]))
        return f"{start + HOUR:{'%Y-%m-%d' if column == 'date_fin' else '%H:%M:%S'}}" == text
    if column == "note":
        return lines(cell) == lines(text)
    if column in {"categories", "participants"}:
        return sorted(part.strip() for part in cell.split(",")) == sorted(part.strip() for part in text.split(","))
    return cell == text


def lines(text: str) -> list[str]:
    """What a person reads: how much room Exchange leaves between two lines is its own business."""
    return [line.strip() for line in text.splitlines() if line.strip()]
