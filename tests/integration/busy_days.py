"""A busy day: what people do to contacts and to a calendar between two runs, and what must be true when both are synchronised again.

Every kind of write that outlookd knows becomes necessary: something to create and to change on both sides, something to delete in
Outlook (in GoPaaS nothing can be deleted). Shared by all tests that interrupt a run; they differ in how they interrupt it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import replace

from agenda_trial import HOUR, QUIET, Agenda, at, event, guests, moment, row, weekly
from trial import Trial

from outlookd.core.marker import is_record_key, parse_marker
from outlookd.sandbox.schema import CONTACT_VIEW
from outlookd.store import open_store

ROWS = 30
NEW_ROWS = 25
"""More than one batch: some of it can be done when the run is cut off."""

WEEKS = 5

FIVE = [f"adresse{number}@mail.test" for number in range(5)]
"""Two more than a contact in Outlook can hold."""


class ContactDay(Trial):
    """Contacts kept the same on both sides, everybody of the table."""

    JOB = "claire/contact/contact/GoPaaS"

    @classmethod
    @asynccontextmanager
    async def ready(cls, directory):
        """Both sides are synchronised, and nobody has done anything yet."""
        async with cls.start(directory, contacts=ROWS) as day:
            crm = day.sandbox.crm
            # What is made from a contact must be shown by the view; the seeded one shows only rows with a tick that nobody sets here.
            crm.add_view(replace(crm.view(CONTACT_VIEW), conditions=()))
            day.edit('interval = "5s"', 'interval = "5s"\nrecovery_wait = "1s"')
            day.edit("[[job]]", '[[job]]\ndirection = "both"')
            day.edit_row(day.well_known, {"email": ", ".join(FIVE)})
            await day.sign_in()
            assert (await day.call("sync")).status == 0
            # The seed adds a few rows that the usual view does not show.
            day.people_before = len(day.exported)
            yield day

    @property
    def well_known(self):
        """The key of somebody with more addresses than Outlook can hold."""
        return sorted(self.shown_rows)[10]

    def keep_world(self):
        """Remember the state and both sides as they are, for `restore_world`. Nobody may have the state open."""
        self.keep_state()
        self._kept = self.copy_sides()

    def restore_world(self):
        self.restore_state()
        self.restore_sides(self._kept)

    def copy_sides(self):
        """Both sides as they are, for `restore_sides`."""
        return deepcopy((vars(self.mailbox), vars_of(self.table)))

    def restore_sides(self, kept):
        mailbox, table = deepcopy(kept)
        vars(self.mailbox).update(mailbox)
        for name, value in table.items():
            setattr(self.table, name, value)

    def disturb(self):
        """What people do in a day."""
        keys = sorted(self.shown_rows)
        contacts = [next(contact for contact in self.exported if of_row(contact, self, key)) for key in keys]
        for number in range(4):
            self.mailbox.update_contact(contacts[number].immutable_id, {"jobTitle": f"Relieuse {number}"})
        # The last of these is one of those above: two people, two fields.
        for number in range(3, 7):
            self.edit_row(keys[number], {"ville": f"Port-Saint-{number}"})
        for number in range(7, 9):
            self.sandbox.crm.delete("contact", keys[number])
        self.mailbox.delete_contact(contacts[9].immutable_id)
        moved = [{"address": address, "name": ""} for address in ("neuf@mail.test", FIVE[1])]
        self.mailbox.update_contact(contacts[10].immutable_id, {"emailAddresses": moved})
        for number in range(NEW_ROWS):
            self.sandbox.crm.create("contact", {"prenom": "Ysoline", "nom": f"Vigie {number}"}, by="paul")
        for number in range(3):
            self.mailbox.create_contact({"givenName": "Maëlle", "surname": f"Voisine {number}"}, folder_id=self.folder.id)

    async def assert_whole(self):
        """Everything that people did is on both sides, once; links are one to one; nobody was mailed."""
        rows, contacts = self.shown_rows, {contact.immutable_id: contact for contact in self.exported}
        links = [link for link in await self.links() if link.status == "active"]
        assert {link.outlook_id for link in links} == set(contacts)
        assert len({link.gopaas_id for link in links}) == len(links) == len(contacts) == self.people_before + NEW_ROWS + 3 - 2 - 1
        # The row whose contact somebody deleted stays, by itself.
        assert {link.gopaas_id for link in links} < set(rows)
        assert len(rows) == len(contacts) + 1
        for link in links:
            assert of_row(contacts[link.outlook_id], self, link.gopaas_id)
        shown = list(rows.values())
        assert sum(str(cells["fonction"]).startswith("Relieuse") for cells in shown) == 4
        assert sum(str(cells["ville"]).startswith("Port-Saint") for cells in shown) == 4
        assert sorted(cells["nom"] for cells in shown if cells["prenom"] == "Maëlle") == [
            f"Voisine {number}" for number in range(3)
        ]
        assert len({cells["nom"] for cells in shown if cells["prenom"] == "Ysoline"}) == NEW_ROWS
        known = next(cells for cells in shown if "neuf@mail.test" in str(cells["email"]))
        assert [part.strip() for part in known["email"].split(",")] == ["neuf@mail.test", FIVE[1], *FIVE[3:]]
        assert [folder.name for folder in self.mailbox.all_folders()].count("GoPaaS") == 1
        assert self.sandbox.crm.injections == []
        assert self.outbox.ours == []

    async def assert_settled(self):
        """The next run finds nothing to do."""
        await assert_quiet(self)

    def made_in_outlook(self):
        """The keys that our stamps on Outlook's items name."""
        markers = (marker for contact in self.exported for marker in contact.extended.values())
        return {marker.key for text in markers if (marker := parse_marker(text)) is not None}

    def made_in_gopaas(self):
        """The keys of the rows that no person made."""
        return set(filter(is_record_key, self.table.rows))


class CalendarDay(Agenda):
    """Appointments kept the same on both sides, a series and a meeting with a customer among them."""

    @classmethod
    @asynccontextmanager
    async def populated(cls, directory):
        """Twenty-five records and fifteen events, a series and a meeting with a customer; nothing of it synchronised yet."""
        async with super().ready(directory) as day:
            for number in range(25):
                day.enter(row(f"Visite {number}", at(1 + number), note=f"Plan {number}"))
            for number in range(15):
                day.plan_event(event(f"Repas {number}", at(1 + number, 12)))
            day.plan_event(event("Tour", at(1, 8), recurrence=weekly(at(1), WEEKS)))
            day.plan_event(event("Projet", at(3, 15), attendees=guests("achats@bois-charpente.test")))
            yield day

    @classmethod
    @asynccontextmanager
    async def ready(cls, directory):
        """Both sides are synchronised, and nobody has done anything yet."""
        async with cls.populated(directory) as day:
            await day.sync()
            yield day

    def copy_sides(self):
        """Both sides as they are, for `restore_sides`."""
        return deepcopy((vars(self.calendars), vars_of(self.sandbox.crm.table("action"))))

    def restore_sides(self, kept):
        calendars, table = deepcopy(kept)
        vars(self.calendars).update(calendars)
        for name, value in table.items():
            setattr(self.sandbox.crm.table("action"), name, value)

    def disturb(self):
        """What people do in a day: edits on both sides, a series shifted, comings and goings."""
        keys = {cells["intitule"]: key for key, cells in self.rows.items() if cells["intitule"] != "Tour"}
        ids = {word: self.rows[key]["outlook_id"] for word, key in keys.items()}
        for number in range(3):
            self.change_event(ids[f"Visite {number}"], {"location": {"displayName": "Quai 3"}})
            self.amend(keys[f"Repas {number}"], {"note": "Table au calme"})
            self.enter(row(f"Nouvelle {number}", at(11 + number)))
            self.plan_event(event(f"Neuf {number}", at(12 + number)))
        for number in range(3, 5):
            self.act("delete_row", table="action", cle=keys[f"Visite {number}"])
        tour = next(item for item in self.calendars.events() if item.shape.recurrence)
        self.change_event(tour.immutable_id, {"start": moment(at(1, 10)), "end": moment(at(1, 10) + HOUR)})
        second = self.key_of(sorted(id for id, item in self.events.items() if item.appointment is tour)[1])
        self.amend(second, {"lieu": "Atelier 2"})

    async def assert_paired(self, count):
        """Both sides agree on so many appointments, links are one to one, nobody was mailed."""
        self.assert_agreed()
        links = [link for link in await self.links() if link.status == "active"]
        assert len(links) == len(self.rows) == len(self.events) == count
        assert len({link.outlook_id for link in links}) == len({link.gopaas_id for link in links}) == count
        assert self.outbox.ours == []

    async def assert_whole(self):
        """Everything that people did is on both sides, once; links are one to one; nobody was mailed."""
        await self.assert_paired(25 + 15 + WEEKS + 1 + 3 + 3 - 2)
        shown = list(self.rows.values())
        assert sum(cells["lieu"] == "Quai 3" for cells in shown) == 3
        assert sum(cells["note"] == "Table au calme" for cells in shown) == 3
        assert sum(cells["lieu"] == "Atelier 2" for cells in shown) == 1
        assert sum(cells["heure_debut"] == "10:00:00" for cells in shown if cells["intitule"] == "Tour") == WEEKS

    def made_in_outlook(self):
        """The keys that our stamps on Outlook's items name."""
        markers = (marker for item in self.calendars.events() for marker in item.extended.values())
        return {marker.key for text in markers if (marker := parse_marker(text)) is not None}

    def made_in_gopaas(self):
        """The keys of the rows that no person made."""
        return set(filter(is_record_key, self.rows))


DAYS = (ContactDay, CalendarDay)


def vars_of(table):
    """What changes in a table of the CRM."""
    return {"rows": table.rows, "trash": table.trash, "last_id": table.last_id}


def of_row(contact, day, key):
    """Whether a contact shows what the row says."""
    shown, cells = contact.properties, day.table.rows[key]
    pairs = (("givenName", "prenom"), ("surname", "nom"), ("jobTitle", "fonction"))
    city = (shown.get("businessAddress") or {}).get("city") or ""
    return city == str(cells["ville"] or "").strip() and all(
        (shown[name] or "") == str(cells[column] or "").strip() for name, column in pairs
    )


async def assert_quiet(day):
    """The next run finds nothing to do."""
    (run,) = (await day.call("sync", "--json")).runs
    assert (run["status"], {word: run[word] for word in QUIET}) == ("ok", QUIET)


async def assert_recorded(day):
    """Whatever we made on a side is known to the store: as a link, or as a write that was announced and is still to be looked for."""
    async with open_store(f"sqlite:///{day.state}", read_only=True) as store:
        known = {link.gopaas_id for link in await store.links(day.JOB)}
        known |= {intent.link.gopaas_id for intent in await store.open_intents(day.JOB)}
    assert day.made_in_outlook() <= known
    assert day.made_in_gopaas() <= known
