"""A deletion needs two pieces of evidence (design rule 3): a question that is answered wrongly once takes nothing away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest

from outlookd.core.container import Container
from outlookd.core.model import Direction, Quarantined, RunStatus, Side, Tally, Watermark
from outlookd.core.rules import Limits, OutlookDelete
from outlookd.errors import ServerTrouble
from outlookd.ports import Absent, ListingEnd, Page, Reading, Unreadable
from outlookd.sync.engine import approve
from outlookd.testing import MemoryOutlook
from sync.dying import die_at
from sync.world import World, make_job


@dataclass(slots=True, kw_only=True)
class Forgetful(MemoryOutlook):
    """It answers "not found" for what it has `mislaid`, though it is there."""

    mislaid: set[str] = field(default_factory=set)

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        return {id: Absent() if id in self.mislaid else reading for id, reading in (await super(Forgetful, self).read(ids)).items()}


@pytest.fixture
async def world() -> World:
    """One contact that waits for a person, so that it is read by its id in every run; and another one."""
    world = World(job=make_job(Direction.BOTH))
    world.outlook = Forgetful(crasher=world.crasher)
    world.set(on_outlook_delete=OutlookDelete(field="ville", value="parti"))
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run()
    world.set(limits=Limits(deletes_min=0, field_percent=0))
    world.outlook.edit(world.contact_of("anna"), mobilePhone="0600")
    assert (await world.run()).held == 1
    world.set(limits=Limits())
    return world


async def test_an_id_that_is_not_found_once_is_not_gone(world):
    world.outlook.mislaid.add(world.contact_of("anna"))
    report = await world.run()
    world.outlook.mislaid.clear()
    assert (report.updated, report.deleted) == (Tally(), Tally())
    await world.run()
    assert (world.crm.rows["anna"]["telephone"], world.crm.rows["anna"]["ville"]) == ("0600", "")


async def test_an_id_that_is_not_found_once_is_not_asked_for_again_by_the_same_run(world):
    anna = world.contact_of("anna")
    world.outlook.mislaid.add(anna)
    world.add_row("chloe")  # what is written for it makes the run look a second time
    assert (await world.run()).created == Tally(outlook=1)
    world.outlook.mislaid.clear()
    await world.run()
    assert (world.crm.rows["anna"]["telephone"], world.crm.rows["anna"]["ville"]) == ("0600", "")


async def test_an_id_that_is_not_found_in_two_runs_that_looked_twice_is_gone(world):
    world.outlook.mislaid.add(world.contact_of("anna"))
    for key in ("chloe", "denis"):
        world.add_row(key)
        await world.run()
    assert world.crm.rows["anna"]["ville"] == "parti"


async def test_an_id_that_is_not_found_in_two_runs_is_gone(world):
    world.outlook.mislaid.add(world.contact_of("anna"))
    for _ in range(2):
        await world.run()
    assert world.crm.rows["anna"]["ville"] == "parti"


@dataclass(slots=True, kw_only=True)
class Mute(MemoryOutlook):
    """It lists what is there, and does not answer for what it keeps `silent` about."""

    silent: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        self.asked += ids
        unread = Unreadable(error=ServerTrouble("it did not say", service="graph", status=503))
        return {id: unread if id in self.silent else reading for id, reading in (await super(Mute, self).read(ids)).items()}


@pytest.fixture
async def mute() -> World:
    """One contact with its row, in a folder that may be silent about it; who deletes it there makes the row leave."""
    world = World(job=make_job(Direction.BOTH))
    world.outlook = Mute(crasher=world.crasher)
    world.set(on_outlook_delete=OutlookDelete(field="ville", value="parti"))
    for key in ("anna", "bruno"):
        world.add_row(key)
    await world.run()
    return world


async def test_what_the_feed_told_of_a_deletion_is_not_forgotten_because_nobody_answered_the_question_about_it(mute):
    anna = mute.contact_of("anna")
    mute.outlook.delete(anna)
    mute.outlook.silent.add(anna)
    assert (await mute.run()).updated == Tally()
    mute.outlook.silent.clear()
    assert (await mute.run()).updated == Tally(gopaas=1)
    assert (await mute.run()).updated == Tally()
    assert mute.crm.rows["anna"]["ville"] == "parti"


async def test_a_contact_that_the_feed_called_removed_and_nobody_could_read_loses_nothing_when_it_is_there(mute):
    anna = mute.contact_of("anna")
    item = mute.outlook.items[anna]
    mute.outlook.delete(anna)
    mute.outlook.silent.add(anna)
    await mute.run()
    mute.outlook.silent.clear()
    mute.outlook.items[anna] = item  # put back, of which the feed tells later
    report = await mute.run()
    assert (report.updated, report.deleted, mute.crm.rows["anna"]["ville"]) == (Tally(), Tally(), "")


async def test_while_a_contact_that_stood_there_before_cannot_be_read_nothing_new_is_made_on_either_side():
    world = World(job=make_job(Direction.BOTH))
    world.outlook = Mute(crasher=world.crasher)
    world.outlook.folders["old"] = Container(id="old", name="GoPaaS", parent="root")
    for key in ("anna", "bruno", "chloe"):
        world.add_row(key)
    left = {key: world.outlook.add("old", contact(key)) for key in ("anna", "bruno")}
    world.outlook.silent.add(left["bruno"])
    for _ in range(2):
        report = await world.run()
        assert (report.status, report.created) == (RunStatus.HELD, Tally())
    assert [held.guard for held in (await world.plan()).held] == ["unread"]
    world.outlook.silent.clear()
    assert (await world.run()).created == Tally(outlook=1)
    assert (len(world.crm.rows), len(world.contacts("old"))) == (3, 3)


async def test_a_row_waits_in_every_run_for_a_stranger_like_it_who_cannot_be_read():
    world = World(job=make_job())
    world.outlook = Mute(crasher=world.crasher)
    world.add_row("anna")
    await world.run()
    stranger = world.outlook.add(world.folder, contact("bruno"))
    await world.run()
    world.outlook.silent.add(stranger)
    world.add_row("bruno")
    for _ in range(3):
        assert (await world.run()).created == Tally()
    world.outlook.silent.clear()
    await world.run()
    assert (world.contact_of("bruno"), len(world.contacts())) == (stranger, 2)


async def test_what_cannot_be_read_is_set_aside_once_that_is_approved_and_everything_but_what_may_be_its_own_goes_on():
    world, bruno = await with_a_silent_one("anna", "bruno", "chloe", left="bruno")
    assert (await world.run()).status is RunStatus.HELD
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    assert ((report := await world.run()).status, report.created) == (RunStatus.OK, Tally(outlook=2))
    (aside,) = await world.store.quarantine(world.job.id)
    assert (aside.side, aside.id) == (Side.OUTLOOK, bruno)
    for full in (False, True, False):
        world.clock.advance(86_400)
        assert ((report := await world.run(full=full)).status, report.created) == (RunStatus.OK, Tally())
    world.add_row("denis")
    assert (await world.run()).created == Tally(outlook=1)
    world.outlook.silent.clear()
    assert ((await world.run()).created, len(world.contacts("old"))) == (Tally(), 5)
    assert not await world.store.quarantine(world.job.id)
    assert "bruno" in {link.gopaas_id for link in (await world.links()).values()}


async def test_another_item_that_cannot_be_read_is_not_approved_with_the_first():
    world, _ = await with_a_silent_one("anna", left="bruno")
    await world.run()
    assert await approve(world.job, world.deps, (await world.plan()).held[0].hash)
    world.outlook.silent.add(world.outlook.add("old", contact("denis")))
    assert ((report := await world.run(full=True)).status, report.created) == (RunStatus.HELD, Tally())


async def test_a_row_that_is_set_aside_is_no_item_that_cannot_be_read():
    world, _ = await with_a_silent_one("anna", "bruno", left="bruno")
    world.outlook.silent.clear()
    world.add_row("chloe")
    await world.store.keep_quarantine(world.job.id, put=[resting(world, "bruno")])
    assert ((report := await world.run()).status, report.created) == (RunStatus.OK, Tally(outlook=2))


async def test_who_waited_for_what_cannot_be_read_is_not_made_twice_when_nobody_answers_for_him_in_turn():
    world, bruno = await with_a_silent_one(left="bruno")
    assert (await world.run()).status is RunStatus.HELD
    world.outlook.silent = world.contacts("old").keys() - {bruno}
    await world.run()
    assert len(world.contacts("old")) == 2


async def test_who_waits_for_what_cannot_be_read_is_not_read_in_every_run():
    world, _ = await with_a_silent_one("anna", left="bruno")
    for number in range(9):
        world.outlook.add("old", contact(f"p{number}"))
    left, reads = len(world.contacts("old")), []
    for _ in range(3):
        world.outlook.asked.clear()
        assert (await world.run()).status is RunStatus.HELD
        reads.append(len(world.outlook.asked))
    world.outlook.silent.clear()
    assert (await world.run()).created == Tally(gopaas=10, outlook=1)
    assert reads == [left, 1, 1]


async def with_a_silent_one(*keys: str, left: str) -> tuple[World, str]:
    """A folder that was left behind, with one item in it that nobody answers for; and rows."""
    world = World(job=make_job(Direction.BOTH))
    world.outlook = Mute(crasher=world.crasher)
    world.outlook.folders["old"] = Container(id="old", name="GoPaaS", parent="root")
    world.outlook.add("old", contact("zoe"))
    for key in ("zoe", *keys):
        world.add_row(key)
    item = world.outlook.add("old", contact(left))
    world.outlook.silent.add(item)
    return world, item


def resting(world: World, key: str) -> Quarantined:
    now = world.clock.now()
    return Quarantined(side=Side.GOPAAS, id=key, reason="refused", since=now, retry_at=now + timedelta(hours=1))


def contact(key: str) -> dict[str, object]:
    return {"givenName": key.title(), "surname": "Durand", "emailAddresses": [{"address": f"{key}@example.com"}]}


@dataclass(slots=True, kw_only=True)
class Terse(MemoryOutlook):
    """Its feed is `late` for a while, and then tells nothing of what came and went meanwhile (Graph trap 31)."""

    late: bool = False
    shown: set[str] = field(default_factory=set)
    reads: int = 0

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        async for page in super(Terse, self).changes(since, full=full):
            if self.late:
                assert since is not None
                yield Page(end=ListingEnd(watermark=since, snapshot=False, complete=True))
            else:
                self.shown |= {str(payload["id"]) for payload in page.payloads}
                yield replace(page, removed=tuple(id for id in page.removed if id in self.shown))

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        self.reads += 1
        return await super(Terse, self).read(ids)


async def with_terse_feed() -> World:
    """A folder with one contact, and a row for which another one is to be made."""
    world = World(job=make_job(Direction.BOTH))
    world.outlook = Terse(crasher=world.crasher)
    world.set(on_outlook_delete=OutlookDelete(field="ville", value="parti"))
    world.add_row("bruno")
    await world.run()
    world.add_row("anna")
    return world


def annas(world: World) -> list[str]:
    return [id for id, contact in world.contacts().items() if contact["givenName"] == "Anna"]


async def test_a_contact_that_we_made_and_a_person_deleted_before_the_feed_told_of_it_is_known_to_be_gone():
    terse = await with_terse_feed()
    terse.outlook.late = True
    await terse.run()
    terse.outlook.delete(terse.contact_of("anna"))
    terse.outlook.late = False
    for _ in range(2):
        await terse.run()
    assert terse.crm.rows["anna"]["ville"] == "parti"


async def test_whenever_we_die_while_a_contact_is_made_no_row_stays_that_believes_in_a_contact_which_is_gone():
    for moment in count(1):
        world = await with_terse_feed()
        died = await die_at(world, moment)
        for id in annas(world):
            world.outlook.delete(id)
        for _ in range(2):
            await world.run()
        # One that was made and whose answer nobody heard is made again: whether it ever was there, nobody can tell.
        assert (world.crm.rows["anna"]["ville"] == "parti") is not bool(annas(world)), moment
        if not died:
            break


async def test_a_contact_that_we_made_is_asked_for_until_the_feed_has_told_of_it_and_not_for_longer():
    terse = await with_terse_feed()
    asked = []
    for late in (True, True, False, False):
        terse.outlook.late = late
        before = terse.outlook.reads
        await terse.run()
        asked.append(terse.outlook.reads - before)
    assert asked == [0, 1, 0, 0]
