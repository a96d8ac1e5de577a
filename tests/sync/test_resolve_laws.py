"""Laws of a person's choice: whatever else happened, both sides show it, other groups go their own way, and nobody is mailed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlookd.core.model import Direction, Side, Tally
from outlookd.core.policy import BUILT_IN
from outlookd.sync.resolve import resolve
from sync.agenda import TOMORROW, AgendaWorld
from sync.world import World, make_job

PHONES = ["", "+33 6 39 98 00 01", "+33 6 39 98 00 02"]
CITIES = ["", "Lyon", "Nantes"]
EDITS = st.tuples(st.sampled_from(["row", "contact"]), st.sampled_from(["phone", "city"]), st.integers(0, 2))


def edit(world: World, where: str, what: str, choice: int) -> None:
    """A person changes something that the conflict is not about."""
    value = (PHONES if what == "phone" else CITIES)[choice]
    contact = world.contact_of("anna")
    match where, what:
        case "row", _:
            world.crm.rows["anna"]["telephone" if what == "phone" else "ville"] = value
        case _, "phone":
            world.outlook.edit(contact, mobilePhone=value or None)
        case _:
            world.outlook.edit(contact, businessAddress={"city": value} if value else {})


async def history(policy: str, before: list, after: list, chosen: Side | None) -> World:
    """Two edits of the company meet; a person chooses, or nobody does. Others edit other things, before and after."""
    world = World(job=make_job(Direction.BOTH, policy=BUILT_IN[policy]))
    world.add_row("anna")
    world.add_row("bruno")
    await world.run()
    world.outlook.edit(world.contact_of("anna"), companyName="Ici")
    world.crm.rows["anna"]["societe"] = "Là"
    for one in before:
        edit(world, *one)
    await world.run()
    for one in after:
        edit(world, *one)
    if chosen is not None:
        numbers = [one.seq for one in await world.store.conflicts(world.job.id) if "companyName" in one.gopaas]
        settled = await resolve(world.job, world.deps, numbers[0], chosen)
        assert settled.kept == ()
    await world.run()
    await world.run()
    return world


def others(world: World) -> tuple[dict, dict]:
    """What both sides show but for the company, and for when the row was written."""
    about = {"societe", "date_modification", "heure_modification"}
    row = {name: value for name, value in world.crm.rows["anna"].items() if name not in about}
    body = world.outlook.items[world.contact_of("anna")].body
    return row, {name: body.get(name) or None for name in ("mobilePhone", "businessAddress", "givenName", "emailAddresses")}


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["gopaas", "outlook", "newest", "hold"]),
    st.lists(EDITS, max_size=3),
    st.lists(EDITS, max_size=3),
    st.sampled_from(Side),
)
async def test_both_sides_show_the_choice_and_other_groups_are_as_if_nobody_had_chosen(policy, before, after, side):
    world = await history(policy, before, after, side)
    value = {Side.GOPAAS: "Là", Side.OUTLOOK: "Ici"}[side]
    assert world.crm.rows["anna"]["societe"] == world.outlook.items[world.contact_of("anna")].body["companyName"] == value
    untouched = await history(policy, before, after, None)
    assert others(world) == others(untouched)
    report = await world.run()
    assert (report.created, report.updated, report.deleted) == (Tally(), Tally(), Tally())


# --- appointments ---------------------------------------------------------------------------------------------------------


async def two_places(**settings) -> AgendaWorld:
    """An appointment whose place was changed on both sides; Outlook's was kept."""
    world = AgendaWorld()
    world.set(policy=BUILT_IN["outlook"], **settings)
    world.add_row("anna")
    await world.run()
    world.outlook.edit(world.event_of("anna"), location="Ici")
    world.edit_row("anna", lieu="Là")
    await world.run()
    return world


async def choose(world: AgendaWorld, side: Side, *, insist: bool = False):
    [conflict] = await world.store.conflicts(world.job.id)
    return await resolve(world.job, world.deps, conflict.seq, side, insist=insist)


async def test_an_appointment_gets_the_chosen_place_on_both_sides():
    world = await two_places()
    assert (await choose(world, Side.GOPAAS)).kept == ()
    await world.run()
    place = world.outlook.found(world.event_of("anna")).shown(marked=False)["location"]["displayName"]
    assert (world.crm.rows["anna"]["lieu"], place) == ("Là", "Là")
    report = await world.run()
    assert report.updated == Tally()


@pytest.mark.parametrize("allow_mail", [False, True])
@pytest.mark.parametrize("insist", [False, True])
async def test_a_choice_never_writes_to_an_appointment_with_other_people(allow_mail, insist):
    world = await two_places(allow_mail=allow_mail)
    world.outlook.invite(world.event_of("anna"), "paul@example.com")
    sent = len(world.outlook.mails)
    settled = await choose(world, Side.GOPAAS, insist=insist)
    assert "other people would be told" in {kept.reason for kept in settled.kept}
    assert (len(world.outlook.mails), world.crm.rows["anna"]["lieu"]) == (sent, "Ici")


async def test_a_choice_never_changes_the_past():
    world = await two_places()
    world.clock.advance(timedelta(days=3).total_seconds())
    settled = await choose(world, Side.GOPAAS, insist=True)
    assert {kept.reason for kept in settled.kept} == {"it is over"}
    assert world.crm.rows["anna"]["lieu"] == "Ici"
    assert TOMORROW.date() < world.clock.now().date()


async def test_what_waits_about_an_appointment_ends_with_it_and_both_values_are_kept():
    world = AgendaWorld()
    world.set(policy=BUILT_IN["hold"])
    world.add_row("anna")
    await world.run()
    world.outlook.edit(world.event_of("anna"), location="Ici")
    world.edit_row("anna", lieu="Là")
    await world.run()
    world.clock.advance(timedelta(days=3).total_seconds())
    await world.run()
    waited, decided = await world.store.conflicts(world.job.id)
    assert (waited.waits, waited.resolved, decided.winner) == (False, None, Side.OUTLOOK)
    assert world.crm.rows["anna"]["lieu"] == "Ici"
    assert set(decided.gopaas.values()) >= {"Là"}
