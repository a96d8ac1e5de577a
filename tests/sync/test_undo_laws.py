"""Whatever people did: a run that is taken back leaves both sides as they were, stays taken back, and loses nobody's later edit."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlookd.core.model import Direction
from outlookd.core.rules import Limits, OutlookDelete
from sync.agenda import DAY, HOUR, TOMORROW, AgendaWorld, make_agenda_job
from sync.undoing import picture, rest, take_back
from sync.world import World, make_job

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
PROFILE = settings(max_examples=1000 if LONG else 12, deadline=None, derandomize=not LONG, suppress_health_check=list(HealthCheck))
FREE = Limits(deletes_min=1000, shrink_percent=1000)
KEYS = ("anna", "bruno", "chloe")
RETIRE = OutlookDelete(field="etat", value="parti")
EVERYBODY = st.sampled_from([*KEYS, "denis"])
Act = tuple[str, str, str]
NEW = st.sampled_from(["emma", "fanny"])


def acts_of(*words: str) -> st.SearchStrategy[list[Act]]:
    """What people do, with these words."""
    word = st.sampled_from(words)
    act = st.one_of(
        st.tuples(st.just("row"), EVERYBODY | NEW, word),
        st.tuples(st.just("item"), EVERYBODY | NEW, word),
        st.tuples(st.sampled_from(["delete row", "delete item", "move"]), EVERYBODY, st.just("")),
        st.tuples(st.just("new row"), NEW, word),
    )
    return st.lists(act, min_size=1, max_size=6)


BEFORE, SINCE = acts_of("", "Alpha", "Beta"), acts_of("Gamma", "Delta")


class People:
    """What people do to the halves of a few records, by name; whoever is gone stays gone."""

    def __init__(self, world: World | AgendaWorld) -> None:
        self.world = world
        self.ids: dict[str, str] = {}
        self.edited: set[tuple[str, str]] = set()

    def said(self) -> dict[tuple[str, str], str]:
        """What the halves show that people edited, in the field that they edited."""
        return {half: self.word_of(*half) for half in self.edited if self.word_of(*half)}

    def word_of(self, side: str, id: str) -> str:
        """The word in one half's field; empty if there is none of those that count."""
        raise NotImplementedError

    async def learn(self) -> None:
        self.ids = {key: link.outlook_id for key, link in (await self.world.links()).items() if link.outlook_id}


class ContactPeople(People):
    world: World

    def do(self, act: Act) -> None:
        what, key, word = act
        rows, items, id = self.world.crm.rows, self.world.outlook.items, self.ids.get(key, "")
        match what:
            case "row" if key in rows:
                rows[key]["societe"] = word
                self.edited.add(("gopaas", key))
            case "item" if id in items:
                self.world.outlook.edit(id, companyName=word or None)
                self.edited.add(("outlook", id))
            case "move" if id in items:
                self.world.outlook.edit(id, mobilePhone="0299")
            case "delete row":
                rows.pop(key, None)
            case "delete item" if id in items:
                self.world.outlook.delete(id)
            case "new row" if key not in rows:
                self.world.add_row(key, societe=word, etat="")

    def word_of(self, side: str, id: str) -> str:
        """The company."""
        if side == "gopaas":
            return self.world.crm.rows.get(id, {}).get("societe", "")
        return (self.world.outlook.items[id].body.get("companyName") or "") if id in self.world.outlook.items else ""


class AgendaPeople(People):
    world: AgendaWorld

    def do(self, act: Act) -> None:
        what, key, word = act
        rows, id = self.world.crm.rows, self.ids.get(key, "")
        alive = bool(id) and self.world.outlook.find_event(id) is not None
        match what:
            case "row" if key in rows:
                self.world.edit_row(key, lieu=word)
                self.edited.add(("gopaas", key))
            case "item" if alive:
                self.world.outlook.edit(id, location={"displayName": word})
                self.edited.add(("outlook", id))
            case "move" if alive:
                self.world.outlook.edit(id, TOMORROW + 9 * DAY, TOMORROW + 9 * DAY + 2 * HOUR)
            case "delete row":
                rows.pop(key, None)
            case "delete item" if alive:
                self.world.outlook.delete(id)
            case "new row" if key not in rows:
                self.world.add_row(key, TOMORROW + 12 * DAY, lieu=word, etat="")

    def word_of(self, side: str, id: str) -> str:
        """The place."""
        content = self.world.row_content(id) if side == "gopaas" else self.world.event_content(id)
        return content["lieu"]


def one_way() -> ContactPeople:
    return ContactPeople(World(job=make_job(limits=FREE)))


def both_ways() -> ContactPeople:
    return ContactPeople(World(job=make_job(Direction.BOTH, limits=FREE, on_outlook_delete=RETIRE)))


def calendar() -> AgendaPeople:
    return AgendaPeople(AgendaWorld(job=make_agenda_job(limits=FREE, on_outlook_delete=RETIRE)))


async def begin(make: Callable[[], ContactPeople | AgendaPeople]) -> ContactPeople | AgendaPeople:
    people = make()
    for number, key in enumerate((*KEYS, "denis", "ancre")):
        if isinstance(people, ContactPeople):
            people.world.add_row(key, etat="")
        else:
            people.world.add_row(key, TOMORROW + number * DAY, etat="")
    await people.world.run()
    await people.learn()
    return people


async def goes_back(make: Callable[[], ContactPeople | AgendaPeople], acts: list[Act]) -> None:
    people = await begin(make)
    world = people.world
    for act in acts:
        people.do(act)
    before = picture(world, named=False)  # the id of an event that is gone names nothing, and is emptied
    run = (await world.run()).run
    after = picture(world, named=False)

    undone, undoing = await take_back(world, run)

    assert undoing.kept == []
    assert picture(world, named=False) == before
    await rest(world)
    await rest(world, full=True, runs=1)
    assert picture(world, named=False) == before

    _, undoing = await take_back(world, undone.run)
    assert undoing.kept == []
    assert picture(world, named=False) == after
    await rest(world, full=True)


async def loses_nothing(make: Callable[[], ContactPeople | AgendaPeople], acts: list[Act], since: list[Act], runs: int) -> None:
    people = await begin(make)
    world = people.world
    for act in acts:
        people.do(act)
    run = (await world.run()).run
    await people.learn()
    people.edited.clear()
    for number, act in enumerate(since):
        people.do(act)
        if number < runs:
            await world.run()
    said = people.said()

    await take_back(world, run)

    assert people.said() == said
    for _ in range(3):
        await world.run()
    await rest(world)
    await rest(world, full=True, runs=1)


MAKERS = pytest.mark.parametrize("make", [one_way, both_ways, calendar])


@MAKERS
def test_both_sides_are_as_they_were_and_stay_so_and_the_undo_can_be_undone(make):
    @PROFILE
    @given(BEFORE)
    def law(acts: list[Act]) -> None:
        asyncio.run(goes_back(make, acts))

    law()


@MAKERS
def test_nobodys_later_edit_is_lost_and_peace_returns(make):
    @PROFILE
    @given(BEFORE, SINCE, st.integers(0, 3))
    def law(acts: list[Act], since: list[Act], runs: int) -> None:
        asyncio.run(loses_nothing(make, acts, since, runs))

    law()
