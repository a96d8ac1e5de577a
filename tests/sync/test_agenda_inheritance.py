"""Who keeps the record of a meeting when copies of it go, or when two jobs took it up one after the other."""

from __future__ import annotations

from datetime import datetime

from outlookd.core.rules import OutlookDelete
from sync.agenda import TOMORROW, AgendaWorld
from sync.claims import colleague, settle

LATER = datetime(2026, 12, 3, 10, 15)


def guests() -> tuple[AgendaWorld, AgendaWorld, str, str]:
    """Claire and Paul, both invited by a customer; and their copies."""
    claire = AgendaWorld()
    paul = colleague(claire, "paul")
    paul.outlook.tick = 1000  # two mailboxes share no ids
    for world in (claire, paul):
        world.set(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    claire.add_row("ancre", TOMORROW)
    paul.add_row("pauls", TOMORROW, utilisateur="paul")
    mine, theirs = (w.outlook.receive_invitation(LATER, organizer="boss@example.test", subject="Budget") for w in (claire, paul))
    paul.outlook.events[theirs].uid = claire.outlook.events[mine].uid
    return claire, paul, mine, theirs


def state_of(world: AgendaWorld) -> list[str | None]:
    return [row.get("etat") for row in world.crm.rows.values() if row["intitule"] == "Budget"]


async def test_a_meeting_that_left_the_last_mailbox_is_deleted():
    claire, paul, mine, theirs = guests()
    for world in (claire, paul):
        await settle(world)
    paul.outlook.delete(theirs)
    await settle(paul)
    claire.outlook.delete(mine)
    await settle(claire)
    assert state_of(claire) == ["annulé"]


async def test_a_copy_deleted_while_a_colleague_has_one_marks_nothing():
    claire, paul, mine, _ = guests()
    for world in (claire, paul):
        await settle(world)
    claire.outlook.delete(mine)
    await settle(claire)
    assert state_of(claire) == [None]
