"""One contract for both GoPaaS sides: the twin in memory, and the real adapter before the sandbox's CRM."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestServer

from outlookd.gopaas import ApiKey, GopaasAdapter, GopaasClient
from outlookd.sandbox import access
from outlookd.sandbox.crm import Crm
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.gopaas import gopaas_app
from outlookd.sandbox.schema import CONTACT_VIEW, build_schema
from outlookd.testing import MemoryGopaas
from outlookd.testing.contracts.gopaas import GopaasContract, ScanContract

LONG_AGO = "2020-01-02"


class PersonInMemory:
    """Edits the twin's rows."""

    def __init__(self, gopaas, clock):
        self.gopaas, self.clock = gopaas, clock
        self.hidden = set()
        gopaas.shows = lambda row: row.get("nom") not in self.hidden

    def add(self, **cells):
        key = f"ROW{len(self.gopaas.rows):03}"
        self.gopaas.rows[key] = {"nom": "", "prenom": ""}
        self.edit(key, **cells)
        return key

    def edit(self, id, **cells):
        self.gopaas.rows[id].update(cells, date_modification=self.clock.now().date().isoformat())

    def age(self, id):
        self.gopaas.rows[id]["date_modification"] = LONG_AGO

    def delete(self, id):
        del self.gopaas.rows[id]

    def hide(self, id):
        self.hidden.add(self.gopaas.rows[id]["nom"])

    def spoil_listings(self):
        self.gopaas.complete = False

    def lose_answer(self):
        self.gopaas.lose_answers = 1


class PersonInSandbox:
    """Edits the sandbox's CRM as its interface does; the view shows whom "synchroniser" names."""

    def __init__(self, crm, faults):
        self.crm, self.faults = crm, faults

    def add(self, **cells):
        return self.crm.create("contact", {"synchroniser": "oui", **cells}, by="claire")["cle"]

    def edit(self, id, **cells):
        self.crm.edit("contact", id, cells, by="claire")

    def age(self, id):
        self.crm.upsert("contact", [{"cle": id, "date_modification": LONG_AGO}])

    def delete(self, id):
        self.crm.delete("contact", id)

    def hide(self, id):
        self.edit(id, synchroniser="non")

    def spoil_listings(self):
        self.crm.quirks.turn({"empty_page": 2})

    def lose_answer(self):
        self.faults.add("gopaas", "drop_after", match="POST .*items")


class InMemory:
    """The twin."""

    @pytest.fixture
    def adapter(self, clock):
        return MemoryGopaas(page_size=10, now=clock.now)

    @pytest.fixture
    def person(self, adapter, clock):
        return PersonInMemory(adapter, clock)


class InSandbox:
    """The adapter in production, before the sandbox."""

    zone = None

    @pytest.fixture
    def person(self, clock):
        crm = Crm(now=clock.now)
        build_schema(crm)
        return PersonInSandbox(crm, Faults())

    @pytest.fixture
    async def adapter(self, person, session, clock):
        allowed = access.Access()
        allowed.keys["key-of-claire"] = access.ApiKey(login="claire")
        columns = frozenset({"nom", "prenom"})
        async with TestServer(gopaas_app(person.crm, allowed, person.faults)) as server:
            client = GopaasClient(session, str(server.make_url("/crm")), ApiKey("key-of-claire"), clock, random=lambda: 0.5)
            yield GopaasAdapter(client, table="contact", view=CONTACT_VIEW, columns=columns, page_size=10, zone=self.zone)


class TestMemoryGopaas(InMemory, GopaasContract):
    pass


class TestMemoryScans(InMemory, ScanContract):
    @pytest.fixture
    def adapter(self, clock):
        gopaas = MemoryGopaas(page_size=10, now=clock.now)
        gopaas.scans = True
        return gopaas


class TestGopaasAdapter(InSandbox, GopaasContract):
    pass


class TestScanningAdapter(InSandbox, ScanContract):
    zone = ZoneInfo("Europe/Paris")
