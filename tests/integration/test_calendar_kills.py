"""SIGKILL at every write of a calendar's run, seen from outside: no appointment lost, none doubled, nobody mailed.

Design rules 6, 7 and 13. The ways to die are `killer.py`'s.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager

import pytest
from agenda_trial import HOUR, Agenda, at, event, guests, moment, row, weekly
from killer import kill_and_recover
from trial import Passage

MOST_WRITES = 40
# Every manner is tried with contacts in each test run; of the calendar's, only the two that leave something behind in Outlook.
MANNERS = ["before", "after", "half", "late"] if os.environ.get("HYPOTHESIS_PROFILE") == "soak" else ["half", "late"]
WEEKS = 5


@asynccontextmanager
async def populated(directory):
    """Twenty-five records and fifteen events, a series and a meeting with a customer; nothing of it synchronised yet."""
    async with Agenda.ready(directory) as agenda, Passage().open(agenda) as passage:
        for number in range(25):
            agenda.enter(row(f"Visite {number}", at(1 + number), note=f"Plan {number}"))
        for number in range(15):
            agenda.plan_event(event(f"Repas {number}", at(1 + number, 12)))
        agenda.plan_event(event("Tour", at(1, 8), recurrence=weekly(at(1), WEEKS)))
        agenda.plan_event(event("Projet", at(3, 15), attendees=guests("achats@bois-charpente.test")))
        agenda.keep_world()
        yield agenda, passage


async def assert_whole(agenda, count):
    """Both sides agree on so many appointments, links are one to one, and nothing is left to do."""
    agenda.assert_agreed()
    links = [link for link in await agenda.links() if link.status == "active"]
    assert len(links) == len(agenda.rows) == len(agenda.events) == count
    assert len({link.outlook_id for link in links}) == len({link.gopaas_id for link in links}) == count
    assert agenda.outbox.ours == []
    await agenda.assert_settled()


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_first_run_killed_at_any_write_ends_with_every_appointment_once(tmp_path, manner):
    async with populated(tmp_path) as (agenda, passage):
        for fatal in range(1, MOST_WRITES):
            agenda.restore_world()
            lived = await kill_and_recover(agenda, passage, fatal, manner)
            await assert_whole(agenda, 25 + 15 + WEEKS + 1)
            if not lived:
                break
        # One batch of records for what Outlook brought, two of events for what GoPaaS did, one for the ids of these.
        assert fatal >= 1 + 2 + 1 + 1


def disturb(agenda):
    """What people do in a day: edits on both sides, a series shifted, comings and goings."""
    keys = {cells["intitule"]: key for key, cells in agenda.rows.items() if cells["intitule"] != "Tour"}
    ids = {word: agenda.rows[key]["outlook_id"] for word, key in keys.items()}
    for number in range(3):
        agenda.change_event(ids[f"Visite {number}"], {"location": {"displayName": "Quai 3"}})
        agenda.amend(keys[f"Repas {number}"], {"note": "Table au calme"})
        agenda.enter(row(f"Nouvelle {number}", at(11 + number)))
        agenda.plan_event(event(f"Neuf {number}", at(12 + number)))
    for number in range(3, 5):
        agenda.act("delete_row", table="action", cle=keys[f"Visite {number}"])
    tour = next(item for item in agenda.calendars.events() if item.shape.recurrence)
    agenda.change_event(tour.immutable_id, {"start": moment(at(1, 10)), "end": moment(at(1, 10) + HOUR)})
    second = agenda.key_of(sorted(id for id, item in agenda.events.items() if item.appointment is tour)[1])
    agenda.amend(second, {"lieu": "Atelier 2"})


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_two_way_run_killed_at_any_write_ends_with_every_change_on_both_sides(tmp_path, manner):
    async with populated(tmp_path) as (agenda, passage):
        await agenda.sync()
        agenda.keep_world()
        for fatal in range(1, MOST_WRITES):
            agenda.restore_world()
            disturb(agenda)
            lived = await kill_and_recover(agenda, passage, fatal, manner)
            await assert_whole(agenda, 46 + 3 + 3 - 2)
            assert_nothing_is_lost(agenda)
            if not lived:
                break
        # Records and events in one batch each, the ids of new events, the deletions.
        assert fatal >= 1 + 1 + 1 + 1 + 1


def assert_nothing_is_lost(agenda):
    shown = list(agenda.rows.values())
    assert sum(cells["lieu"] == "Quai 3" for cells in shown) == 3
    assert sum(cells["note"] == "Table au calme" for cells in shown) == 3
    assert sum(cells["lieu"] == "Atelier 2" for cells in shown) == 1
    assert sum(cells["heure_debut"] == "10:00:00" for cells in shown if cells["intitule"] == "Tour") == WEEKS
