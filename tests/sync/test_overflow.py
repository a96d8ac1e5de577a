"""Values that only GoPaaS can hold, beyond the three addresses of a contact: no write loses them, whatever comes in between."""

from __future__ import annotations

import pytest

from outlookd.core.model import Direction, Side
from outlookd.core.policy import BUILT_IN
from outlookd.core.rules import Limits
from outlookd.testing import MemoryGopaas
from sync.dying import die_at
from sync.undoing import take_back
from sync.world import MAP, World, make_job

FREE = Limits(deletes_min=1000, shrink_percent=1000)
FIVE = "a@x.test,b@x.test,c@x.test,d@x.test,e@x.test"


async def kept_in_step(**settings) -> World:
    """Anna, with two addresses more than Outlook can hold."""
    world = World(job=make_job(Direction.BOTH, limits=FREE, **settings))
    world.add_row("anna", email=FIVE)
    await world.run()
    return world


def address_in_outlook(world: World, *addresses: str) -> None:
    listed = [{"address": address, "name": ""} for address in addresses]
    world.outlook.edit(world.contact_of("anna"), emailAddresses=listed)


def addresses(world: World) -> tuple[list[str], list[str]]:
    """What the row holds, and what the contact shows."""
    contact = world.contacts()[world.contact_of("anna")]
    return world.crm.rows["anna"]["email"].replace(" ", "").split(","), [entry["address"] for entry in contact["emailAddresses"]]


class BusyGopaas(MemoryGopaas):
    """Somebody saves the row just before it is looked at for the last time."""

    typed = ""

    async def latest(self, ids):
        if self.typed:
            self.rows["anna"]["email"], self.typed = self.typed, ""
        return await super().latest(ids)


async def test_an_address_that_only_gopaas_can_hold_is_not_overwritten_when_somebody_types_it_just_before_the_write():
    world = await kept_in_step()
    crm = BusyGopaas(world.crasher)
    crm.rows, world.crm = world.crm.rows, crm
    crm.typed = "a@x.test,b@x.test,c@x.test,d@x.test,new@x.test"
    address_in_outlook(world, "z@x.test", "b@x.test", "c@x.test")

    await world.run()

    assert addresses(world)[0] == ["z@x.test", "b@x.test", "c@x.test", "d@x.test", "new@x.test"]


async def test_the_image_of_a_row_is_what_it_showed_at_the_last_look():
    world = await kept_in_step()
    address_in_outlook(world, "z@x.test", "b@x.test", "c@x.test")
    report = await world.run()

    [line] = await world.store.journal(report.run)

    assert (line.side, line.image["email"]) == (Side.GOPAAS, FIVE)


async def test_a_cell_with_several_addresses_behind_a_place_for_one_comes_back_whole():
    entries = {**{name: column for name, column in MAP.items() if column != "email"}, "emailAddresses[0]": "email"}
    world = World(job=make_job(Direction.BOTH, entries, limits=FREE))
    world.add_row("anna", email="a@x.test,b@x.test")
    await world.run()
    address_in_outlook(world, "z@x.test")
    report = await world.run()
    assert addresses(world)[0] == ["z@x.test", "b@x.test"]

    _, undoing = await take_back(world, report.run)

    assert (undoing.kept, addresses(world)[0]) == ([], ["a@x.test", "b@x.test"])


@pytest.mark.parametrize("policy", ["newest", "hold", "outlook"])
@pytest.mark.parametrize("moment", range(4, 10))
async def test_dying_around_a_write_that_keeps_the_overflow_ends_as_if_nothing_had_happened(policy, moment):
    world = await kept_in_step(policy=BUILT_IN[policy])
    address_in_outlook(world, "z@x.test", "b@x.test")

    world.clock.advance(300)
    await die_at(world, moment)
    await world.run()
    await world.run()

    whole = ["z@x.test", "b@x.test", "d@x.test", "e@x.test"]
    assert (addresses(world), await world.store.conflicts(world.job.id)) == ((whole, whole[:3]), [])


async def test_a_list_whose_write_was_found_done_after_a_crash_comes_back_whole():
    world = await kept_in_step()
    address_in_outlook(world, "z@x.test", "b@x.test")
    crm = world.crm
    for moment in range(4, 10):
        world.clock.advance(300)
        await die_at(world, moment)
        if crm.rows["anna"]["email"] != FIVE:
            break
    await world.run()
    links = await world.store.links(world.job.id)
    [line] = [line for line in await world.store.history([links[0].id]) if line.side is Side.GOPAAS]
    assert line.reason == "found done after an interruption"

    _, undoing = await take_back(world, line.run)

    assert (undoing.kept, addresses(world)[0]) == ([], FIVE.split(","))
