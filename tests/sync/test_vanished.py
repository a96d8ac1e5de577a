"""A view that shows other rows than before: what it no longer shows stays until a person agrees, whatever is made beside it."""

from __future__ import annotations

from outlookd.core.model import RunStatus, Tally
from outlookd.sync.engine import approve
from outlookd.sync.observe import VANISHED
from sync.dying import die_at
from sync.world import World, make_job

OLD, NEW = 10, 100
LAST_CREATE = 28
"""The moment after everything new was made and stored, and before the run keeps its place."""


async def swapped():
    """Ten contacts that nobody touched, and a view that from now on shows a hundred other rows."""
    world = World(job=make_job())
    for number in range(OLD):
        world.add_row(f"m{number}", societe="mine")
    await world.run()
    for number in range(NEW):
        world.add_row(f"t{number:03}", societe="theirs")
    world.crm.shows = lambda row: row["societe"] == "theirs"
    return world


def left(world):
    return sum(contact["companyName"] == "mine" for contact in world.contacts().values())


async def test_new_pairs_beside_it_release_nothing_that_was_held():
    world = await swapped()
    for created in (NEW, 0, 0):
        report = await world.run()
        assert (report.status, report.held, report.created, report.deleted) == (
            RunStatus.HELD,
            OLD,
            Tally(outlook=created),
            Tally(),
        )
    assert left(world) == OLD


async def test_a_hash_that_the_first_run_showed_releases_all_of_it_later():
    world = await swapped()
    (held,) = (await world.plan()).held
    for _ in range(2):
        await world.run()
    assert await approve(world.job, world.deps, held.hash)
    report = await world.run()
    assert (report.status, report.deleted, left(world)) == (RunStatus.OK, Tally(outlook=OLD), 0)


async def test_a_view_that_shows_it_again_releases_it_by_itself():
    world = await swapped()
    await world.run()
    world.crm.shows = bool
    report = await world.run()
    assert (report.status, report.deleted, left(world)) == (RunStatus.OK, Tally(), OLD)
    del world.crm.rows["m0"]
    assert (await world.run()).deleted == Tally(outlook=1)


async def test_it_is_remembered_by_a_run_that_dies_after_what_it_made_beside_it():
    world = await swapped()
    assert await die_at(world, LAST_CREATE)
    assert len(await world.links()) == OLD + NEW
    for _ in range(2):
        assert (await world.run()).status is RunStatus.HELD
    assert left(world) == OLD


async def test_a_pair_that_is_not_known_any_more_is_waited_for_no_longer():
    world = await swapped()
    world.crm.shows = bool
    await world.store.note(world.job.id, VANISHED, "shrink:gopaas:nobody")
    assert (await world.run()).status is RunStatus.OK
    assert (await world.store.notes(world.job.id))[VANISHED] == ""


async def test_a_filter_that_is_turned_round_deletes_nothing():
    world = World(job=make_job())
    world.crm.shows = lambda row: row.get("etat") != "lost"
    for key in ("anna", "bruno", "chloe", "denis"):
        world.add_row(key)
    await world.run()
    world.crm.rows["denis"]["etat"] = "lost"
    await world.run()
    world.crm.shows = lambda row: row.get("etat") == "lost"
    for _ in range(2):
        report = await world.run()
        assert (report.status, report.held, report.deleted) == (RunStatus.HELD, 3, Tally())
