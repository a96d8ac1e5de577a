"""The only occurrence of a series that has a record: the others lie beyond the horizon of series, or above the cap (complaint 16)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from outlookd.core.model import LinkStatus
from outlookd.core.rules import OutlookDelete
from outlookd.core.window import Horizon
from sync.agenda import DAY, HORIZON, HOUR, AgendaWorld
from sync.claims import assert_peace, link_of, settle

FIRST = datetime(2026, 12, 10, 9)
QUARTER = 91
CAPPED = Horizon(past=60 * DAY, future=365 * DAY, series=90 * DAY, cap=1)


async def repeating(step: int = QUARTER, horizon: Horizon = HORIZON, **settings) -> tuple[AgendaWorld, str, str]:
    """A world, the master of a series in it, and the key of the one record of that series, which carries a note."""
    world = AgendaWorld()
    world.set(horizon=horizon, **settings)
    world.add_row("anna")
    master = world.outlook.add_series(FIRST, step=step, subject="Review")
    await world.run()
    (key,) = (key for key, row in world.crm.rows.items() if row["intitule"] == "Review")
    world.edit_row(key, note="Bring the figures")
    await settle(world)
    return world, master, key


def starts(world: AgendaWorld) -> dict[str, str]:
    """When the records of the series take place, by key."""
    kept = {key: row for key, row in world.crm.rows.items() if key != "anna"}
    return {key: f"{row['date_debut']} {row['heure_debut']}".strip() for key, row in kept.items()}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("step", [QUARTER, 364])
async def test_the_only_occurrence_with_a_record_deleted_leaves_its_record_where_it_was(step, full):
    world, _, key = await repeating(step)
    world.outlook.delete(world.event_of(key))
    await world.run(full=full)
    await settle(world)
    assert (await link_of(world, key)).status is LinkStatus.DETACHED
    assert starts(world) == {key: f"{FIRST}"}
    assert world.crm.rows[key]["note"] == "Bring the figures"
    await assert_peace(world)


async def test_the_only_occurrence_with_a_record_deleted_sets_the_column_that_says_so():
    world, _, key = await repeating(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    world.outlook.delete(world.event_of(key))
    await settle(world)
    assert world.crm.rows[key]["etat"] == "annulé"
    assert starts(world) == {key: f"{FIRST}"}
    await assert_peace(world)


async def test_the_only_occurrence_below_the_cap_deleted_leaves_its_record_where_it_was():
    world, _, key = await repeating(7, CAPPED)
    world.outlook.delete(world.event_of(key))
    await settle(world)
    assert starts(world)[key] == f"{FIRST}"
    assert (await link_of(world, key)).status is LinkStatus.DETACHED
    await assert_peace(world)


@pytest.mark.parametrize("by", [HOUR, 2 * DAY, -3 * DAY])
async def test_a_series_with_one_record_moved_as_a_whole_takes_its_record_along(by):
    world, master, key = await repeating()
    world.outlook.move_series(master, by)
    await settle(world)
    assert starts(world) == {key: f"{FIRST + by}"}
    await assert_peace(world)


@pytest.mark.parametrize("by", [2 * DAY, -DAY])
async def test_a_series_moved_after_one_of_its_occurrences_was_deleted_moves_the_records_that_are_left(by):
    world = AgendaWorld()
    world.add_row("anna")
    master = world.outlook.add_series(FIRST, last=date(2026, 12, 31), subject="Review")
    await world.run()
    deleted = min(starts(world), key=lambda key: starts(world)[key])
    world.outlook.delete(world.event_of(deleted))
    await settle(world)
    left = starts(world).keys() - {deleted}
    before = starts(world)
    world.outlook.move_series(master, by)
    await settle(world)
    assert {key: starts(world)[key] for key in left} == {key: f"{datetime.fromisoformat(before[key]) + by}" for key in left}
    await assert_peace(world)
