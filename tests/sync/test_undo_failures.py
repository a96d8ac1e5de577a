"""An undo that ends before its time, or that comes late: it says what it did and nothing else, and can be repeated."""

from __future__ import annotations

from outlookd import hookimpl
from outlookd.core.model import Direction, Op, RunKind, RunStatus
from outlookd.core.rules import Limits, OutlookDelete
from outlookd.errors import AccessDenied
from outlookd.hooks import Hooks, create_manager
from outlookd.sync.undo import undo
from outlookd.testing import MemoryOutlook
from sync.dying import die_at
from sync.undoing import take_back
from sync.world import World, make_job

FREE = Limits(deletes_min=1000, shrink_percent=1000)


class Revoked(MemoryOutlook):
    """An Outlook that takes so many deletes more, one at a time, and then refuses everything."""

    deletes = 0

    async def write(self, writes):
        if writes[0].op == "delete":
            self.deletes -= 1
        if self.deletes < 0:
            raise AccessDenied("the permission was taken away", service="graph", status=403, code="ErrorAccessDenied")
        return await super().write(writes)


async def exported(*keys: str) -> tuple[World, str]:
    """A world whose Outlook refuses soon, and the run that made these contacts in it."""
    world = World(job=make_job(limits=FREE))
    world.outlook = Revoked(crasher=world.crasher, batch_size=1)
    await world.run()
    for key in keys:
        world.add_row(key)
    return world, (await world.run()).run


async def test_an_undo_that_fails_midway_counts_only_what_was_done_and_names_the_rest():
    world, run = await exported("anna", "bruno", "chloe", "denis")
    world.outlook.deletes = 1

    report, undoing = await undo(world.job, world.deps, run)

    assert report.status is RunStatus.FAILED
    assert [action.op for action in undoing.actions] == [Op.DELETE]
    assert (report.deleted.outlook, len(world.contacts())) == (1, 3)
    assert [kept.reason for kept in undoing.kept] == ["the undo failed before this was done, and can be repeated"] * 3
    assert {kept.id for kept in undoing.kept} == set(world.contacts())


async def test_an_undo_that_fails_before_it_looks_names_everything_as_left(monkeypatch):
    world, run = await exported("anna", "bruno")
    before = dict(world.contacts())

    async def refused(self, ids):
        raise AccessDenied("the permission was taken away", service="graph", status=403, code="ErrorAccessDenied")

    monkeypatch.setattr(Revoked, "read", refused)
    report, undoing = await undo(world.job, world.deps, run)

    assert (report.status, undoing.actions, len(undoing.kept)) == (RunStatus.FAILED, [], 2)
    assert world.contacts() == before


async def test_an_undo_that_failed_midway_can_be_repeated():
    world, run = await exported("anna", "bruno", "chloe")
    world.outlook.deletes = 1
    await undo(world.job, world.deps, run)
    world.outlook.deletes = 9

    _, undoing = await take_back(world, run)

    assert (len(undoing.actions), undoing.kept, world.contacts()) == (2, [], {})


async def test_an_undo_that_was_killed_is_in_the_history_as_a_failed_undo():
    world, run = await exported("anna")
    assert await die_at(world, 3, undo(world.job, world.deps, run))

    last = await world.run()

    reports = await world.store.runs(world.job.id)
    killed = next(report for report in reports if report.kind is RunKind.UNDO)
    assert (reports[0].run, killed.status, killed.exit_status) == (last.run, RunStatus.FAILED, 1)
    assert "interrupted" in killed.message


async def test_what_was_restored_since_is_named_while_the_rest_of_a_run_is_taken_back():
    world, run = await exported("anna", "bruno")
    world.outlook.deletes = 9
    once, _ = await take_back(world, run, item="anna")
    await take_back(world, once.run)

    _, undoing = await take_back(world, run)

    assert [action.link.gopaas_id for action in undoing.actions] == ["bruno"]
    assert [kept.reason.partition(":")[0] for kept in undoing.kept] == ["it was taken back before, and restored since"]


async def test_a_column_that_somebody_sets_while_it_is_restored_stays_as_they_set_it():
    world = World(job=make_job(Direction.BOTH, limits=FREE, on_outlook_delete=OutlookDelete(field="statut", value="parti")))
    for key in ("anna", "bruno", "chloe", "denis"):
        world.add_row(key, statut="client")
    await world.run()
    world.outlook.delete(world.contact_of("anna"))
    run = (await world.run()).run

    class Colleague:
        """Sets the column between the look and the write."""

        @hookimpl
        def check_action(self, action, link):
            world.crm.rows["anna"]["statut"] = "prospect"

    manager = create_manager()
    manager.register(Colleague())
    world.hooks = Hooks(manager)

    _, undoing = await take_back(world, run)

    assert world.crm.rows["anna"]["statut"] == "prospect"
    assert (undoing.actions, [kept.side for kept in undoing.kept]) == ([], ["gopaas"])
