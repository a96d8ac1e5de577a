"""Contacts whose state was lost, restored from a copy, copied, or taken over: nothing doubled, deleted or overwritten unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta

import pytest

from outlookd.core.model import Direction, LinkStatus, RunStatus, Tally
from outlookd.core.rules import OutlookDelete, ViewExit
from outlookd.core.seal import parse_seal
from outlookd.sync.undo import undo
from outlookd.testing import MemoryStore
from sync.claims import written
from sync.dying import die_at
from sync.world import World, make_job

DIRECTIONS = [Direction.TO_OUTLOOK, Direction.BOTH]


def kept(world: World) -> MemoryStore:
    """A backup of the state."""
    return deepcopy(world.store, {id(world.crasher): world.crasher})


def lose_state(world: World) -> None:
    """The database is gone, and with it the name of the installation. The key is not."""
    world.store = MemoryStore(world.crasher, install="feedbeef")


async def full_folder(direction: Direction = Direction.TO_OUTLOOK) -> World:
    """Exported contacts, one that a person touched, one that is a person's own."""
    world = World(job=make_job(direction))
    for number in range(12):
        world.add_row(f"k{number:02}")
    await world.run()
    world.outlook.edit(world.contact_of("k01"), personalNotes="Met in Lyon")
    if direction is Direction.TO_OUTLOOK:
        world.outlook.add(world.folder, {"givenName": "Private", "surname": "Friend"})
    await world.run()
    return world


def names(world: World) -> list[str]:
    return sorted(body["givenName"] for body in world.contacts().values())


async def notes(world: World) -> dict[str, str]:
    return {key: value for key, value in (await world.store.notes(world.job.id)).items() if value}


@contextmanager
def nothing_deleted(world: World) -> Iterator[None]:
    """What was there before is there afterwards, each once."""
    before = set(world.outlook.items)
    yield
    assert before <= set(world.outlook.items)


async def assert_works_again(world: World) -> None:
    """A row that a person deletes takes its contact with it, as ever."""
    gone = world.contact_of("k05")
    del world.crm.rows["k05"]
    report = await world.run()
    assert (report.status, report.deleted, gone in world.outlook.items) == (RunStatus.OK, Tally(outlook=1), False)
    assert "suspended" not in await notes(world)


# --- lost ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_a_lost_state_is_found_again_in_the_folder(direction):
    world = await full_folder(direction)
    before, rows = dict(world.outlook.items), deepcopy(world.crm.rows)
    lose_state(world)
    with nothing_deleted(world):
        report = await world.run()
        again = await world.run()
    assert (written(report), written(again)) == ({}, {})
    assert (world.outlook.items, world.crm.rows) == (before, rows)
    assert len(await world.links()) == 12
    assert report.message.startswith("the state was lost")
    assert (again.status, again.message) == (RunStatus.OK, "")


async def test_the_folder_of_a_lost_state_is_ours_again_and_sealed_so():
    world = await full_folder()
    lose_state(world)
    await world.run()
    (folder,) = world.outlook.folders.values()
    seal = parse_seal(folder.seal)
    assert folder.marker == f"outlookd/1/feedbeef/folder/{world.job.id}"
    assert seal is not None
    assert (seal.install, seal.key) == ("feedbeef", "our key")


async def test_nothing_is_deleted_before_both_sides_were_read_once_after_a_loss():
    world = await full_folder()
    lose_state(world)
    del world.crm.rows["k05"]
    with nothing_deleted(world):
        await world.run()
        await world.run()
    assert (await world.plan()).held == ()


async def test_a_row_edited_while_the_state_was_lost_reaches_its_contact_and_the_value_before_is_kept():
    world = await full_folder()
    lose_state(world)
    world.crm.rows["k03"]["telephone"] = "0303"
    await world.run()
    assert world.outlook.items[world.contact_of("k03")].body["mobilePhone"] == "0303"
    assert names(world) == sorted([*(f"K{number:02}" for number in range(12)), "Private"])


async def test_another_installation_with_another_key_is_refused_and_nothing_is_written():
    world = await full_folder()
    before = dict(world.outlook.items), dict(world.outlook.folders)
    lose_state(world)
    world.keys = ("their key",)
    report = await world.run()
    assert (report.status, report.exit_status) == (RunStatus.HELD, 3)
    assert "0123abcd" in report.message
    assert "--take-over" in report.message
    assert (world.outlook.items, world.outlook.folders) == before
    with pytest.raises(Exception, match="--take-over"):
        await world.plan()


async def test_who_takes_over_doubles_nothing_and_the_other_one_stops():
    world = await full_folder()
    former = world.store
    lose_state(world)
    world.keys = ("their key",)
    await world.run(take_over=True)
    world.add_row("new")
    await world.run()
    assert len(world.contacts()) == 14
    heir, world.store, world.keys = world.store, former, ("our key",)
    world.crm.rows["k02"]["telephone"] = "0202"
    report = await world.run()
    assert (report.status, written(report)) == (RunStatus.HELD, {})
    world.store, world.keys = heir, ("their key",)
    report = await world.run()
    assert written(report) == {"updated outlook": 1}


async def test_a_folder_stamped_before_there_were_seals_is_taken_over_on_a_person_s_word_only():
    world = await full_folder()
    await world.outlook.seal_container(world.folder, "")
    lose_state(world)
    report = await world.run()
    assert (report.status, len(world.outlook.folders)) == (RunStatus.HELD, 1)
    await world.run(take_over=True)
    assert len(world.contacts()) == 13
    assert len(await world.links()) == 12


@pytest.mark.parametrize("moment", range(1, 12))
async def test_a_state_lost_while_writes_were_under_way_doubles_nothing(moment):
    world = await full_folder()
    for number in range(3):
        world.add_row(f"new{number}")
    world.crm.rows["k02"]["telephone"] = "0202"
    await die_at(world, moment)
    lose_state(world)
    with nothing_deleted(world):
        for _ in range(3):
            await world.run()
    assert names(world) == sorted([*(f"K{n:02}" for n in range(12)), "Private", "New0", "New1", "New2"])
    await assert_works_again(world)


# --- restored --------------------------------------------------------------------------------------------------------------


async def a_week(world: World) -> None:
    """What both sides go through after the backup."""
    world.crm.rows["k02"]["telephone"] = "0202"
    world.add_row("new")
    del world.crm.rows["k03"]
    await world.run()
    world.outlook.delete(world.contact_of("k04"))
    await world.run()
    world.crm.rows["k06"]["societe"] = "Exemple"
    await world.run()


@pytest.mark.parametrize("said", [True, False])
@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_an_older_copy_doubles_and_deletes_nothing(direction, said):
    world = await full_folder(direction)
    backup = kept(world)
    await a_week(world)
    before, rows = deepcopy(world.contacts()), deepcopy(world.crm.rows)
    world.store = backup
    if said:
        await world.store.note(world.job.id, "restored", "1")
    world.clock.advance(7 * 86400)
    for _ in range(3):
        assert (await world.run()).deleted == Tally()
    assert (world.contacts(), world.crm.rows) == (before, rows)
    await assert_works_again(world)


async def test_an_older_copy_is_noticed_before_the_first_write_and_everything_is_read():
    world = await full_folder()
    backup = kept(world)
    await a_week(world)
    world.store = backup
    world.crm.rows["k07"]["telephone"] = "0707"
    del world.crm.rows["k08"]
    with nothing_deleted(world):
        report = await world.run()
    assert report.status is RunStatus.HELD
    assert written(report) == {"updated outlook": 1}
    assert "seems to come from an older copy" in report.message
    assert (await world.run()).deleted == Tally(outlook=1)


async def test_a_contact_made_again_since_the_copy_is_not_made_a_third_time():
    world = await full_folder()
    backup = kept(world)
    world.outlook.delete(world.contact_of("k04"))
    await world.run()
    assert len(world.contacts()) == 13
    world.store = backup
    world.crm.rows["k07"]["telephone"] = "0707"
    for _ in range(3):
        await world.run()
    assert len(world.contacts()) == 13
    world.crm.rows["k04"]["telephone"] = "0404"
    await world.run()
    assert world.outlook.items[world.contact_of("k04")].body["mobilePhone"] == "0404"


async def test_an_undo_that_an_older_copy_forgot_marks_no_row():
    world = await full_folder(Direction.BOTH)
    world.set(on_outlook_delete=OutlookDelete(field="etat", value="parti"))
    world.add_row("new", etat="")
    made = await world.run()
    await world.run()
    backup = kept(world)
    await undo(world.job, world.deps, made.run)
    await world.run()
    world.store = backup
    world.clock.advance(6 * 86400)
    for _ in range(4):
        await world.run()
    assert (world.crm.rows["new"]["etat"], "New" in names(world)) == ("", False)
    assert (await world.links())["new"].status is LinkStatus.DETACHED
    await assert_works_again(world)


async def test_an_export_mirrors_its_view_though_an_undo_was_forgotten_and_doubles_nothing():
    world = await full_folder()
    world.add_row("new")
    made = await world.run()
    await world.run()
    backup = kept(world)
    await undo(world.job, world.deps, made.run)
    await world.run()
    world.store = backup
    for _ in range(4):
        await world.run()
    assert names(world) == sorted([*(f"K{number:02}" for number in range(12)), "Private", "New"])


async def test_a_value_that_a_person_put_back_is_kept_when_an_old_base_calls_it_unchanged():
    world = await full_folder(Direction.BOTH)
    world.crm.rows["k02"]["societe"] = "Before"
    await world.run()
    backup = kept(world)
    world.crm.rows["k02"]["societe"] = "After"
    await world.run()
    world.store = backup
    world.outlook.edit(world.contact_of("k02"), companyName="Before")
    await world.store.note(world.job.id, "restored", "1")
    await world.run()
    (conflict,) = await world.store.conflicts(world.job.id)
    shown = world.crm.rows["k02"]["societe"]
    assert {shown, conflict.outlook["companyName"], conflict.gopaas["companyName"]} == {"Before", "After"}


async def test_of_two_copies_of_one_state_one_stops_instead_of_both_restoring_each_other_for_ever():
    world = await full_folder()
    second = kept(world)
    stopped = []
    for number in range(6):
        world.store, second = second, world.store
        world.crm.rows[f"k{number:02}"]["telephone"] = f"0{number}"
        stopped.append((await world.run()).status is RunStatus.HELD)
    assert stopped == [False, False, False, True, False, True]
    assert "two copies" in (await world.run()).message
    world.crm.rows["k09"]["telephone"] = "09"
    assert written(await world.run(take_over=True)) == {"updated outlook": 2}


async def test_a_copy_that_died_in_the_middle_of_finding_everything_again_is_careful_until_it_has():
    world = await full_folder()
    backup = kept(world)
    await a_week(world)
    world.store = backup
    world.crm.rows["k07"]["telephone"] = "0707"
    del world.crm.rows["k08"]
    await die_at(world, 6)
    assert (await notes(world))["suspended"]
    with nothing_deleted(world):
        assert (await world.run()).deleted == Tally()
    assert "suspended" not in await notes(world)


async def test_a_view_that_cannot_be_read_completely_ends_no_suspension():
    world = await full_folder()
    await world.store.note(world.job.id, "restored", "1")
    world.crm.complete = False
    await world.run()
    assert (await notes(world))["suspended"]
    world.crm.complete = True
    await world.run()
    assert not {"suspended", "restored"} & (await notes(world)).keys()


async def test_nothing_is_taken_back_or_settled_before_everything_was_looked_at():
    world = await full_folder()
    del world.crm.rows["k05"]
    world.add_row("new")
    made = await world.run()
    await world.store.note(world.job.id, "restored", "1")
    report, _ = await undo(world.job, world.deps, made.run)
    assert (report.status, report.exit_status, written(report)) == (RunStatus.FAILED, 75, {})
    assert "outlookd sync" in report.message
    await world.run()
    report, _ = await undo(world.job, world.deps, made.run)
    assert report.status is RunStatus.OK


# --- what it costs ---------------------------------------------------------------------------------------------------------


async def test_a_quiet_run_asks_no_seal():
    world = await full_folder()
    assert (await world.run()).requests == {"gopaas": 1, "graph": 1}


async def test_a_first_export_is_sealed_with_the_folder_itself():
    world = World()
    world.add_row("anna")
    await world.run()
    (folder,) = world.outlook.folders.values()
    seal = parse_seal(folder.seal)
    assert seal is not None
    assert seal.epoch == 0


async def test_a_run_with_writes_counts_once():
    world = await full_folder()
    world.crm.rows["k02"]["telephone"] = "0202"
    world.clock.advance(timedelta(minutes=5).total_seconds())
    first = parse_seal(world.outlook.folders[world.folder].seal)
    await world.run()
    second = parse_seal(world.outlook.folders[world.folder].seal)
    assert first is not None
    assert second is not None
    assert second.epoch == first.epoch + 1


# --- lost more than once ---------------------------------------------------------------------------------------------------


def lose_state_again(world: World, time: int) -> None:
    """The database is gone, and every one that is made after it has a name of its own."""
    world.store = MemoryStore(world.crasher, install=f"feedbee{time}")


@pytest.mark.parametrize("direction", DIRECTIONS)
async def test_a_state_lost_again_and_again_is_found_again_each_time(direction):
    world = await full_folder(direction)
    for time in range(3):
        lose_state_again(world, time)
        world.crm.rows["k03"]["telephone"] = f"030{time}"
        before = set(world.outlook.items), set(world.crm.rows)
        for _ in range(3):
            await world.run()
        assert (set(world.outlook.items), set(world.crm.rows)) == before
        assert world.outlook.items[world.contact_of("k03")].body["mobilePhone"] == f"030{time}"
    await assert_works_again(world)


async def test_who_was_forgotten_by_an_heir_is_found_again():
    world = await full_folder()
    lose_state(world)
    for _ in range(2):
        await world.run()
    world.store = MemoryStore(world.crasher, install="feedbeef")  # whoever is forgotten leaves nothing but the installation's name
    before = set(world.outlook.items)
    assert (await world.run()).message.startswith("nothing is remembered of this folder or calendar; it is being found again")
    assert (await world.run()).message == ""
    assert set(world.outlook.items) == before


@pytest.mark.parametrize("lost", [False, True])
async def test_a_contact_that_is_back_in_the_folder_finds_its_row_whoever_stamped_it(lost):
    world = await full_folder()
    if lost:
        lose_state(world)
        await world.run()
        await world.run()
    id = world.contact_of("k05")
    world.outlook.move(id, "elsewhere")
    await world.run()
    world.outlook.move(id, world.folder)
    await world.run()
    world.crm.rows["k05"]["telephone"] = "0505"
    await world.run()
    assert world.outlook.items[id].body["mobilePhone"] == "0505"
    assert len(world.contacts()) == 13


# --- copies whose record the view does not show -----------------------------------------------------------------------------


async def copied_out_of_view(*, number: int, run_between: bool = True) -> tuple[World, str, str]:
    """A folder in which a person copied a contact whose row left the view since, as the original will; both carry its stamp."""
    world = World(job=make_job(Direction.BOTH, on_view_exit=ViewExit.KEEP))
    world.crm.shows = lambda row: row.get("etat") == "client"
    for each in range(12):
        world.add_row(f"k{each:02}", etat="client")
    await world.run()
    world.crm.rows[f"k{number:02}"]["etat"] = "lost"
    await world.run()
    original = world.contact_of(f"k{number:02}")
    item = world.outlook.items[original]
    copy = world.outlook.add(world.folder, item.body, marker=item.marker)
    if run_between:
        assert written(await world.run()) == {"created gopaas": 1}
        assert world.outlook.items[copy].marker == item.marker
    return world, original, copy


@pytest.mark.parametrize("number", [1, 9])
async def test_a_copy_and_its_original_find_each_its_own_record_outside_the_view(number):
    world, original, copy = await copied_out_of_view(number=number)
    rows = deepcopy(world.crm.rows)
    (made,) = rows.keys() - {f"k{each:02}" for each in range(12)}
    lose_state(world)
    for _ in range(3):
        await world.run(full=True)
    links = {link.outlook_id: key for key, link in (await world.links()).items()}
    assert (links[original], links[copy]) == (f"k{number:02}", made)
    assert world.crm.rows == rows


@pytest.mark.parametrize("number", [1, 9])
@pytest.mark.parametrize("shown", [{"original"}, {"copy"}, {"original", "copy"}])
async def test_a_copy_is_not_taken_for_its_original_when_the_view_shows_a_record_again(number, shown):
    world, original, copy = await copied_out_of_view(number=number)
    (made,) = world.crm.rows.keys() - {f"k{each:02}" for each in range(12)}
    keys = {"original": f"k{number:02}", "copy": made}
    for name in shown:
        world.crm.rows[keys[name]]["etat"] = "client"
    lose_state(world)
    for _ in range(3):
        await world.run()
    links = {link.outlook_id: key for key, link in (await world.links()).items()}
    assert (links[original], links[copy]) == (keys["original"], made)
    assert (len(world.crm.rows), len(world.contacts())) == (13, 13)
    assert world.outlook.items[copy].marker.endswith(made) is ("copy" in shown)


async def test_a_copy_that_has_no_record_yet_gets_one_after_a_loss_and_one_only():
    world, *_ = await copied_out_of_view(number=1, run_between=False)
    lose_state(world)
    reports = [written(await world.run()) for _ in range(3)]
    reports.append(written(await world.run(full=True)))
    assert reports == [{}, {"created gopaas": 1}, {}, {}]


async def test_a_copy_whose_original_is_gone_is_not_made_again_when_its_own_record_comes_into_the_view():
    world, original, copy = await copied_out_of_view(number=1)
    (made,) = world.crm.rows.keys() - {f"k{each:02}" for each in range(12)}
    world.outlook.delete(original)
    await world.run()
    lose_state(world)
    for _ in range(2):
        await world.run()
    world.crm.rows[made]["etat"] = "client"
    for _ in range(2):
        await world.run()
    assert len(world.contacts()) == 12
    assert (await world.links())[made].outlook_id == copy
