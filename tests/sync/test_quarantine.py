"""A record that cannot be handled is tried for ever, less and less often, keeps its turn, and holds nobody else up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd.errors import Rejected
from outlookd.ports import Failed
from outlookd.sync.state import LAST_RETRY
from outlookd.testing import MemoryGopaas, MemoryOutlook
from sync.agenda import AgendaWorld
from sync.claims import settle
from sync.test_agenda_series import LAST, master, occurrence, weekly
from sync.world import World


class Picky(MemoryGopaas):
    """Takes no record of this place."""

    refused = "Nulle part"

    def _write(self, write):
        if write.payload.get("lieu") == self.refused:
            return Failed(ref=write.ref, error=Rejected("no such place", service="gopaas", status=400))
        return super()._write(write)


class Refusing(MemoryOutlook):
    """Takes nothing of Bruno."""

    refuses = True
    tried = 0

    def _write(self, write):
        if write.payload.get("givenName") == "Bruno":
            self.tried += 1
            if self.refuses:
                return Failed(ref=write.ref, error=Rejected("not him", service="graph", status=400, code="ErrorInvalid"))
        return super()._write(write)


def poisoned() -> World:
    world = World()
    world.outlook = Refusing(crasher=world.crasher)
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    return world


class Keeping(MemoryOutlook):
    """Deletes nothing."""

    refuses = True
    tried = 0

    def _write(self, write):
        if write.op == "delete":
            self.tried += 1
            if self.refuses:
                return Failed(ref=write.ref, error=Rejected("not this one", service="graph", status=400, code="ErrorInvalid"))
        return super()._write(write)


async def deletion_refused() -> World:
    """The row is gone, its contact stays."""
    world = poisoned()
    world.outlook = Keeping(crasher=world.crasher)
    await world.run()
    del world.crm.rows["bruno"]
    await world.run()
    return world


async def entries(world: World | AgendaWorld):
    return {entry.id: entry for entry in await world.store.quarantine(world.job.id)}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(5, 400), min_size=1, max_size=12))
async def test_it_is_tried_again_whenever_its_turn_has_come_and_never_before(minutes):
    world = poisoned()
    await world.run()
    for wait in minutes:
        world.clock.advance(wait * 60)
        entry, before = (await entries(world))["bruno"], world.outlook.tried
        report = await world.run()
        is_due = entry.retry_at <= report.started
        assert world.outlook.tried == before + is_due
        again = (await entries(world))["bruno"]
        assert again.since == entry.since
        assert again.attempts == entry.attempts + is_due
        assert again.retry_at - report.started <= LAST_RETRY


async def test_a_refused_deletion_waits_for_its_turn_like_any_write_and_a_person_may_try_at_once():
    world = await deletion_refused()
    assert world.outlook.tried == 1
    for _ in range(4):
        entry, before = (await entries(world))["bruno"], world.outlook.tried
        report = await world.run()
        assert world.outlook.tried == before + (entry.retry_at <= report.started)
    assert world.outlook.tried == 2
    await world.run(impatient=True)
    assert world.outlook.tried == 3
    world.outlook.refuses = False
    await world.run(impatient=True)
    assert (await entries(world), len(world.contacts())) == ({}, 2)


async def test_one_that_waits_is_left_to_its_turn_and_mended_it_is_lifted():
    world = poisoned()
    await world.run()
    world.outlook.refuses = False
    await world.run()
    assert "bruno" in await entries(world)
    world.clock.advance(3600)
    await world.run()
    assert await entries(world) == {}
    assert len(world.contacts()) == 3


async def test_one_that_a_person_asks_for_is_tried_in_the_next_run_and_remembers_its_tries():
    world = poisoned()
    await world.run()
    world.clock.advance(3600)
    await world.run()
    entry = (await entries(world))["bruno"]
    await world.store.keep_quarantine(world.job.id, put=[replace(entry, retry_at=world.clock.now())])
    before = world.outlook.tried
    await world.run()
    assert (world.outlook.tried, (await entries(world))["bruno"].attempts) == (before + 1, entry.attempts + 1)


async def test_an_occurrence_keeps_its_turn_when_its_id_changes_with_its_series():
    world = await weekly()
    crm = Picky(world.crasher, now=world.clock.now)
    crm.rows, world.crm = world.crm.rows, crm
    key = world.row_of(occurrence(world, 1))
    world.outlook.edit(occurrence(world, 1), location=Picky.refused)
    for _ in range(2):
        await world.run()
        world.clock.advance(3600)
    entry = (await entries(world))[key]
    old = occurrence(world, 1)
    world.outlook.end_series(master(world), LAST)
    assert occurrence(world, 1) != old
    world.outlook.edit(occurrence(world, 1), location=Picky.refused)
    await world.run()
    followed = (await entries(world))[key]
    assert (len(await entries(world)), followed.since) == (1, entry.since)
    assert followed.attempts >= entry.attempts
    crm.refused = ""
    world.clock.advance(LAST_RETRY / timedelta(seconds=1))
    await settle(world)
    assert await entries(world) == {}
    assert world.crm.rows[key]["lieu"] == Picky.refused
