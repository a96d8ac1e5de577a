"""What both sides looked like before and after a run, and what was asked of them meanwhile, seen from outside.

Nothing here comes from outlookd: the services' own stores and request logs are read. A change of an item that no person touched during the run
is a change that outlookd made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from outlookd.core.model import RunReport, Side
from outlookd.sandbox.appointments import Appointment
from outlookd.sandbox.directory import User
from outlookd.sandbox.mailbox import Contact
from outlookd.sandbox.requests import RequestEntry
from outlookd.sandbox.seed import UPNS
from simulation.circumstances import CONTACTS, Part
from simulation.ledger import thing_of
from simulation.stage import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A contact, an event or a series as it was. `home` is its folder or calendar, `days` what differs on single days, `off` the
    days that were cancelled."""

    id: str
    home: str
    gone: bool
    revision: int
    markers: frozenset[str]
    content: Mapping[str, Any]
    shape: object = None
    days: Mapping[Any, Any] = field(default_factory=dict)
    off: frozenset[Any] = frozenset()
    guest: bool = False
    photo: bool = False

    @property
    def name(self) -> str:
        """The text that says whose it is."""
        return str(self.content.get("givenName") or self.content.get("subject") or "")

    @property
    def attended(self) -> bool:
        """Whether others are invited."""
        return bool(self.content.get("attendees"))

    @property
    def joined(self) -> str:
        """The address to join by, of an online meeting."""
        return str(self.content.get("joinUrl") or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One user's half of both sides at one moment: rows by key, items by immutable id, deleted ones included."""

    rows: Mapping[str, Mapping[str, Any]]
    items: Mapping[str, Item]


def look(stage: Stage, part: Part) -> Sight:
    """Both sides of a job, as they are."""
    table = stage.world.crm.table("contact" if part.type == CONTACTS else "action")
    user = stage.world.directory.user(UPNS[part.login])
    rows = {key: dict(row) for key, row in table.rows.items()}
    return Sight(rows=rows, items=_contacts(user) if part.type == CONTACTS else _events(user))


def _contacts(user: User) -> dict[str, Item]:
    mailbox = user.mailbox
    return {one.immutable_id: _contact(one, mailbox.deleted_items.id) for one in mailbox._contacts.values()}


def _contact(one: Contact, bin: str) -> Item:
    return Item(
        id=one.immutable_id,
        home=one.folder_id,
        gone=one.folder_id == bin,
        revision=one.revision,
        markers=frozenset(one.extended.values()),
        content=one.properties,
        photo=one.photo is not None,
    )


def _events(user: User) -> dict[str, Item]:
    calendars = user.calendars
    return {one.immutable_id: _event(one, calendars.deleted.id) for one in calendars._appointments.values()}


def _event(one: Appointment, bin: str) -> Item:
    days = {day: (override.content.copy(), override.start, override.end) for day, override in one.overrides.items()}
    stamps = [one.extended, *(override.extended for override in one.overrides.values())]
    return Item(
        id=one.immutable_id,
        home=one.calendar_id,
        gone=one.calendar_id == bin,
        revision=one.revision,
        markers=frozenset(value for extended in stamps for value in extended.values()),
        content=one.shape.content,
        shape=one.shape,
        days=days,
        off=frozenset(one.cancelled),
        guest=not one.is_organizer,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One run of one job. `acted` are ids that people touched meanwhile, `report` is None when the process died.

    `requests` are by service, oldest first. `approved` says that a person had released what a guard held,
    `undo` that they took another run back.
    """

    part: Part
    before: Sight
    after: Sight
    requests: Mapping[str, tuple[RequestEntry, ...]]
    acted: frozenset[str]
    report: RunReport | None
    approved: bool = False
    undo: bool = False

    @property
    def changed(self) -> list[tuple[Item | None, Item]]:
        """The items that outlookd changed: as they were (None: it made them), and as they are."""
        pairs = [(self.before.items.get(id), item) for id, item in self.after.items.items() if id not in self.acted]
        return [(was, now) for was, now in pairs if was is None or was.revision != now.revision]

    @property
    def written(self) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """The rows that outlookd changed or made (then the first is empty)."""
        pairs = [(self.before.rows.get(key, {}), row) for key, row in self.after.rows.items() if key not in self.acted]
        return [(was, now) for was, now in pairs if was != now]

    @property
    def writes(self) -> dict[Side, list[str]]:
        """The request lines with which something was to be changed, items of batches one by one."""
        graph = [line for entry in self.requests["graph"] for line in (entry.items or (entry.line,))]
        questions = ("translateExchangeIds", "$batch")
        return {
            Side.GOPAAS: [entry.line for entry in self.requests["gopaas"] if entry.method == "POST" and "/items/" in entry.path],
            Side.OUTLOOK: [line for line in graph if not line.startswith("GET") and not any(word in line for word in questions)],
        }

    @property
    def effects(self) -> list[tuple[bool, str, int]]:
        """What outlookd changed on either side: whether it was there before, its name, and whose it is."""
        rows = [(bool(was), str(row.get("prenom") or row.get("intitule"))) for was, row in self.written]
        items = [(was is not None, now.name) for was, now in self.changed]
        return [(was, name, thing_of(name)) for was, name in (*rows, *items)]


def cells_of(request: bytes) -> frozenset[tuple[str, str]]:
    """The cells that a request writes into GoPaaS, each by its row's key and its column; none if it is another request."""
    head, _, body = request.partition(b"\r\n\r\n")
    if not re.match(rb"POST \S*/items/", head):
        return frozenset()
    return frozenset((row["cle"], column) for row in json.loads(body) for column in row)


_CONTAINER = re.compile(r"(POST|PATCH) .*/(contactFolders|calendars)(/[^/]+)?/?")


def of_container(line: str) -> bool:
    """Whether a request makes or stamps a folder or a calendar, and no item in one."""
    return _CONTAINER.fullmatch(line.split("?", maxsplit=1)[0]) is not None
