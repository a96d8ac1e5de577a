"""A whole job in memory: the real engine, core and contacts handler over the memory twins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from outlookd.core.fieldmap import parse_map
from outlookd.core.model import Direction, Link, LinkStatus, Plan, RunReport
from outlookd.hooks import Hooks
from outlookd.ports import JobContext
from outlookd.sync.engine import preview, run
from outlookd.sync.job import Deps, Job
from outlookd.testing import Crasher, FakeClock, MemoryGopaas, MemoryOutlook, MemoryStore
from outlookd_contacts.fields import ALIASES, SPECS
from outlookd_contacts.handler import ContactsHandler

MAP = {
    "givenName": "prenom",
    "surname": "nom",
    "emailAdresses": "email",
    "mobilePhone": "telephone",
    "companyName": "societe",
    "street": "rue",
    "city": "ville",
}


def make_job(direction: Direction = Direction.TO_OUTLOOK, entries: Mapping[str, str] = MAP, **settings) -> Job:
    """A contact job of one invented user."""
    fieldmap = parse_map(entries, specs=SPECS, aliases=ALIASES, transforms={}, two_way=direction is Direction.BOTH)
    context = JobContext(job="claire/contact/contact/GoPaaS", user="claire", zone=ZoneInfo("Europe/Paris"), fieldmap=fieldmap)
    return Job(
        id=context.job,
        user="claire",
        type="Contact",
        table="contact",
        handler=ContactsHandler(),
        context=context,
        folder="GoPaaS",
        direction=direction,
        **settings,
    )


@dataclass
class World:
    """Both sides, the state and a job. `person` and `crm` are edited directly by the tests."""

    job: Job = field(default_factory=make_job)
    crasher: Crasher = field(default_factory=Crasher)
    clock: FakeClock = field(default_factory=FakeClock)
    hooks: Hooks = field(default_factory=Hooks)
    keys: tuple[str, ...] = ("our key",)
    """Fingerprints of the state keys."""

    def __post_init__(self) -> None:
        self.crm = MemoryGopaas(self.crasher)
        self.outlook = MemoryOutlook(crasher=self.crasher)
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

    def add_row(self, key: str, **columns: str) -> None:
        name = {
            "nom": "Durand",
            "prenom": key.title(),
            "email": f"{key}@example.com",
            "telephone": "",
            "societe": "",
            "rue": "",
            "ville": "",
        }
        self.crm.rows[key] = {**name, **columns}

    @property
    def folder(self) -> str:
        return next(folder.id for folder in self.outlook.folders.values() if folder.marker)

    def contacts(self, folder: str | None = None) -> dict[str, dict]:
        """Bodies by id of what is in our folder."""
        place = folder or self.folder
        return {id: item.body for id, item in self.outlook.items.items() if item.folder == place}

    def contact_of(self, key: str) -> str:
        """The Outlook id of a row's contact, by its stamp."""
        return next(id for id, item in self.outlook.items.items() if item.marker.endswith(f"/{key}") and item.folder == self.folder)

    async def links(self) -> dict[str, Link]:
        return {link.gopaas_id: link for link in await self.store.links(self.job.id) if link.status is not LinkStatus.TOMBSTONE}
