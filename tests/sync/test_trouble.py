"""What a run makes of refusals, sick sides, plugins and a full disk."""

from __future__ import annotations

import pluggy
import pytest

from outlookd import Hold, Refuse, hookimpl
from outlookd.core.model import RunStatus, Tally
from outlookd.errors import BadRecord, JobBusy, Rejected, ServerTrouble, SignInNeeded, StoreFull, Throttled, Unreachable
from outlookd.hooks import Hooks, create_manager
from outlookd.ports import Failed
from outlookd.testing import MemoryOutlook, MemoryStore
from outlookd_contacts.handler import ContactsHandler
from sync.world import World


class Refusing(MemoryOutlook):
    """Refuses the contact of one person with an error of choice."""

    def __init__(self, world: World, error: Exception) -> None:
        super().__init__(crasher=world.crasher)
        self.error: Exception | None = error

    def _write(self, write):
        if self.error is not None and write.payload.get("givenName") == "Bruno":
            return Failed(ref=write.ref, error=self.error)
        return super()._write(write)


class SignedOut(MemoryOutlook):
    """Needs a new sign-in before it writes anything."""

    signed_in = False

    async def write(self, writes):
        if not self.signed_in:
            raise SignInNeeded("sign in again", user="claire", code="AADSTS700082", hint="Run `outlookd connect claire`.")
        return await super().write(writes)


class Forgetful(MemoryOutlook):
    """Does not list the folders that were there before."""

    hidden: frozenset[str] = frozenset()

    async def containers(self):
        return [folder for folder in await super().containers() if folder.id not in self.hidden]


def _world(error: Exception | None = None) -> World:
    world = World()
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    if error is not None:
        world.outlook = Refusing(world, error)
    return world


REJECTED = Rejected("a property is wrong", service="graph", status=400, code="ErrorPropertyValidationFailure")


async def test_one_poison_record_does_not_stop_the_others():
    world = _world(REJECTED)
    report = await world.run()
    assert (report.created, report.quarantined, report.exit_status) == (Tally(outlook=2), 1, 3)


async def test_a_poison_record_rests_for_longer_each_time_and_is_never_forgotten():
    world = _world(REJECTED)
    waits = []
    for _ in range(3):
        await world.run()
        entry = (await world.store.quarantine(world.job.id))[0]
        waits.append((entry.retry_at - world.clock.now()).total_seconds())
        world.clock.advance(waits[-1])
    assert waits == sorted(set(waits))


async def test_a_healed_record_leaves_the_quarantine():
    world = _world(REJECTED)
    await world.run()
    world.outlook.error = None
    world.clock.advance(3600)
    report = await world.run()
    assert (report.created, report.quarantined) == (Tally(outlook=1), 0)


class Choosy(ContactsHandler):
    """Cannot read one person's row."""

    def normalize(self, side, payload, context):
        if payload.get("cle") == "bruno":
            raise BadRecord("no such day", field="birthday")
        return super().normalize(side, payload, context)


class Broken(ContactsHandler):
    """A plugin's bug that one person's row meets."""

    def normalize(self, side, payload, context):
        if payload.get("cle") == "bruno":
            raise ValueError("Bruno Durand is not a number")
        return super().normalize(side, payload, context)


async def test_a_bug_of_a_plugin_in_one_record_stays_with_that_record():
    world = _world()
    world.set(handler=Broken())
    report = await world.run()
    assert (report.created, report.quarantined) == (Tally(outlook=2), 1)
    assert (await world.store.quarantine(world.job.id))[0].reason == "the handler failed (ValueError)"


async def test_a_crash_of_ours_is_reported_and_recorded():
    world = _world()
    world.crm.shows = lambda row: row["no such column"]
    report = await world.run()
    assert (report.status, report.exit_status) == (RunStatus.FAILED, 1)
    assert (await world.store.runs(world.job.id))[0].status is RunStatus.FAILED


async def test_a_row_that_cannot_be_read_keeps_its_contact_as_it_is():
    world = _world()
    await world.run()
    before = dict(world.outlook.items[world.contact_of("bruno")].body)
    world.set(handler=Choosy())
    report = await world.run()
    assert (report.status, report.quarantined, report.deleted) == (RunStatus.OK, 1, Tally())
    assert world.outlook.items[world.contact_of("bruno")].body == before


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Throttled("wait", service="graph", retry_after=600), 75),
        (Unreachable("gone", service="graph"), 75),
        (ServerTrouble("ill", service="graph"), 75),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_sick_side_ends_the_run_and_loses_nothing(error, status):
    world = _world(error)
    report = await world.run()
    assert (report.status, report.exit_status) == (RunStatus.FAILED, status)
    world.outlook.error = None
    await world.run()
    assert len(world.contacts()) == 3


async def test_a_lost_sign_in_stops_the_run_and_names_the_status():
    world = _world()
    world.outlook = SignedOut(crasher=world.crasher)
    report = await world.run()
    assert (report.status, report.exit_status) == (RunStatus.REAUTH, 4)
    assert "outlookd connect" in report.message
    world.outlook.signed_in = True
    await world.run()
    assert len(world.contacts()) == 3


async def test_a_full_disk_writes_nothing_anywhere():
    world = _world()

    class Full(MemoryStore):
        async def intend(self, intents):
            raise StoreFull("the disk is full", code="SQLITE_FULL", hint="Free some space.")

    world.store = Full(world.crasher)
    report = await world.run()
    assert (report.status, report.exit_status) == (RunStatus.FAILED, 75)
    assert "Free some space" in report.message
    assert world.outlook.items == {}


async def test_a_job_that_runs_elsewhere_is_left_alone():
    world = _world()
    async with world.store.lease(world.job.id):
        report = await world.run()
    assert report.exit_status == JobBusy.exit_status
    assert world.outlook.folders == {}


def _hooks(verdict) -> Hooks:
    class Guard:
        @hookimpl
        def check_action(self, action, link):
            return verdict if action.link.gopaas_id == "bruno" else None

    manager: pluggy.PluginManager = create_manager()
    manager.register(Guard(), name="guard")
    return Hooks(manager)


@pytest.mark.parametrize("verdict", [Hold(reason="ask first"), Refuse(reason="never")])
async def test_a_plugin_may_keep_a_write_back(verdict):
    world = _world()
    world.hooks = _hooks(verdict)
    report = await world.run()
    assert (report.created, report.held) == (Tally(outlook=2), 1)
    assert verdict.reason in report.message


async def test_a_folder_name_that_is_taken_invisibly_is_counted_up():
    world = _world()
    world.outlook = Forgetful(crasher=world.crasher)
    hidden = await world.outlook.create_container("GoPaaS", "")
    world.outlook.hidden = frozenset({hidden.id})
    await world.run()
    assert {folder.name for folder in world.outlook.folders.values()} == {"GoPaaS", "GoPaaS (2)"}
