"""A deletion needs two pieces of evidence (design rule 3): a question that is answered wrongly once takes nothing away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from outlookd.core.model import Direction, Tally
from outlookd.core.rules import Limits, OutlookDelete
from outlookd.ports import Absent, Reading
from outlookd.testing import MemoryOutlook
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


async def test_an_id_that_is_not_found_in_two_runs_is_gone(world):
    world.outlook.mislaid.add(world.contact_of("anna"))
    for _ in range(2):
        await world.run()
    assert world.crm.rows["anna"]["ville"] == "parti"
