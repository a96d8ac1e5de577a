"""Between full listings GoPaaS is asked for recent days only: what that must not lead to."""

from __future__ import annotations

from tests.sync.agenda import AgendaWorld


async def _world() -> AgendaWorld:
    world = AgendaWorld()
    world.crm.scans = True
    for key in ("visite", "appel", "devis"):
        world.add_row(key)
    await world.run()
    await world.run()
    return world


async def test_a_row_deleted_since_the_last_full_listing_does_not_come_back_as_a_torso():
    world = await _world()
    event = world.event_of("visite")
    world.delete_row("visite")
    world.outlook.edit(event, subject="Plus tard")
    await world.run()
    assert "visite" not in world.crm.rows


async def test_an_edit_in_outlook_reaches_a_row_that_no_scan_shows():
    world = await _world()
    world.clock.advance(3 * 86_400)
    await world.run()
    world.clock.advance(3600)
    world.outlook.edit(world.event_of("visite"), subject="Plus tard")
    await world.run()
    assert world.crm.rows["visite"]["intitule"] == "Plus tard"


async def test_a_row_edited_today_is_found_without_listing_the_view():
    world = await _world()
    world.edit_row("visite", intitule="Plus tôt")
    report = await world.run()
    assert report.updated.outlook == 1
    assert world.outlook.found(world.event_of("visite")).shown(marked=False)["subject"] == "Plus tôt"
