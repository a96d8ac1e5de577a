"""Two colleagues, two mailboxes, one table of rows: one meeting is one record, and what is given away arrives."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from effort import stride

from outlookd.core.model import LinkStatus
from outlookd.core.rules import OutlookDelete, ViewExit
from sync.agenda import DAY, HOUR, TOMORROW, AgendaWorld
from sync.claims import assert_peace, colleague, settle, subjects, titles
from sync.dying import die_at

LATER = datetime(2026, 12, 3, 10, 15)


def meeting(claire: AgendaWorld, paul: AgendaWorld, *, step: int = 0) -> tuple[str, str]:
    """Claire organises, Paul is invited: the ids of both copies."""
    if step:
        mine = claire.outlook.add_series(LATER, step=step, last=LATER.date() + 2 * step * DAY, subject="Budget")
    else:
        mine = claire.outlook.add(LATER, subject="Budget")
    claire.outlook.invite(mine, "paul@example.com")
    theirs = paul.outlook.receive_invitation(LATER, organizer="claire@example.com", step=step, subject="Budget")
    if step:
        paul.outlook.end_series(theirs, LATER.date() + 2 * step * DAY)
    paul.outlook.events[theirs].uid = claire.outlook.events[mine].uid
    return mine, theirs


def two() -> tuple[AgendaWorld, AgendaWorld]:
    claire = AgendaWorld()
    paul = colleague(claire, "paul")
    paul.outlook.tick = 1000  # two mailboxes share no ids
    claire.add_row("ancre")
    paul.add_row("pauls", utilisateur="paul")
    return claire, paul


async def both_at_peace(claire: AgendaWorld, paul: AgendaWorld) -> None:
    for world in (claire, paul):
        await assert_peace(world)


@pytest.mark.parametrize("first", ["claire", "paul"])
@pytest.mark.parametrize("step", [0, 7])
async def test_one_meeting_in_two_mailboxes_is_one_record(first, step):
    claire, paul = two()
    meeting(claire, paul, step=step)
    for world in (claire, paul) if first == "claire" else (paul, claire):
        await settle(world)
    await settle(claire)
    await settle(paul)
    assert titles(claire) == ["Ancre", *["Budget"] * (3 if step else 1), "Pauls"]
    await both_at_peace(claire, paul)


async def test_the_meeting_moved_by_its_organiser_moves_the_record_once():
    claire, paul = two()
    mine, theirs = meeting(claire, paul)
    await settle(claire)
    await settle(paul)
    claire.outlook.edit(mine, LATER + DAY)
    paul.outlook.edit(theirs, LATER + DAY)
    await settle(paul)
    await settle(claire)
    (row,) = [row for row in claire.crm.rows.values() if row["intitule"] == "Budget"]
    assert row["date_debut"] == "2026-12-04"
    await both_at_peace(claire, paul)


async def test_a_follower_who_deletes_or_declines_leaves_the_record_alone():
    claire, paul = two()
    _, theirs = meeting(claire, paul)
    await settle(claire)
    await settle(paul)
    paul.outlook.respond(theirs, "declined")
    await settle(paul)
    await settle(claire)
    assert titles(claire) == ["Ancre", "Budget", "Pauls"]
    await both_at_peace(claire, paul)


@pytest.mark.parametrize("after", ["owner", "follower"])
async def test_the_owner_s_copy_deleted_neither_doubles_nor_retires_what_others_still_have(after):
    claire, paul = two()
    mine, _ = meeting(claire, paul)
    await settle(claire)
    await settle(paul)
    claire.outlook.delete(mine)
    for world in (claire, paul) if after == "owner" else (paul, claire):
        await settle(world)
    assert titles(claire) == ["Ancre", "Budget", "Pauls"]
    await both_at_peace(claire, paul)


async def test_a_meeting_deleted_by_who_organises_it_marks_its_record_though_a_guest_still_has_it():
    claire, paul = two()
    for world in (claire, paul):
        world.set(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    mine, theirs = meeting(claire, paul)
    await settle(claire)
    await settle(paul)
    claire.outlook.delete(mine)
    for world in (paul, claire, paul):
        await settle(world)
    (row,) = [row for row in claire.crm.rows.values() if row["intitule"] == "Budget"]
    assert row["etat"] == "annulé"
    paul.outlook.delete(theirs)
    for world in (paul, claire):
        await settle(world)
    assert titles(claire) == ["Ancre", "Budget", "Pauls"]
    await both_at_peace(claire, paul)


@pytest.mark.parametrize("step", [0, 7])
async def test_both_jobs_at_the_same_time_make_one_record(step):
    claire, paul = two()
    meeting(claire, paul, step=step)
    for _ in range(3):
        await asyncio.gather(claire.run(), paul.run())
    assert titles(claire) == ["Ancre", *["Budget"] * (3 if step else 1), "Pauls"]
    await both_at_peace(claire, paul)
    active = [
        link.meeting
        for world in (claire, paul)
        for link in (await world.links()).values()
        if link.status is LinkStatus.ACTIVE and link.meeting
    ]
    assert len(active) == len(set(active)) == (3 if step else 1)


async def test_a_row_of_claire_with_paul_invited_is_not_made_a_second_time_by_paul():
    claire, paul = two()
    await settle(claire)
    event = claire.event_of("ancre")
    claire.outlook.invite(event, "paul@example.com")
    theirs = paul.outlook.receive_invitation(TOMORROW, organizer="claire@example.com", subject="Ancre")
    paul.outlook.events[theirs].uid = claire.outlook.events[event].uid
    await settle(paul)
    await settle(claire)
    await settle(paul)
    assert titles(claire) == ["Ancre", "Pauls"]
    await both_at_peace(claire, paul)


async def test_rows_of_one_colleague_never_reach_the_other_s_calendar():
    claire, paul = two()
    for world in (claire, paul, claire):
        await settle(world)
    assert (subjects(claire), subjects(paul)) == (["Ancre"], ["Pauls"])
    await both_at_peace(claire, paul)


@pytest.mark.parametrize("exit", [ViewExit.DETACH, ViewExit.DELETE])
@pytest.mark.parametrize("born", ["row", "event"])
@pytest.mark.parametrize("first", ["claire", "paul"])
async def test_a_row_given_to_a_colleague_gets_an_event_in_the_colleague_s_calendar(exit, born, first):
    claire, paul = two()
    for world in (claire, paul):
        world.set(on_view_exit=exit)
    event = claire.outlook.add(LATER, subject="Anna") if born == "event" else ""
    if born == "row":
        claire.add_row("anna", LATER)
    await settle(claire)
    await settle(paul)
    key = claire.row_of(event) if event else "anna"
    claire.edit_row(key, utilisateur="paul")
    for _ in range(2):
        for world in (claire, paul) if first == "claire" else (paul, claire):
            await settle(world)
    assert subjects(paul) == ["Anna", "Pauls"]
    assert titles(claire) == ["Ancre", "Anna", "Pauls"]
    await both_at_peace(claire, paul)
    claire.edit_row(key, LATER + DAY, utilisateur="claire")
    for _ in range(2):
        for world in (claire, paul):
            await settle(world)
    assert subjects(claire) == ["Ancre", "Anna"]
    assert claire.event_of(key) in claire.outlook.events
    assert await claire.agree() == {}


async def test_a_colleague_s_row_copied_and_taken_over_gets_an_event_of_its_own():
    claire, paul = two()
    await settle(claire)
    await settle(paul)
    claire.crm.rows["copy"] = {**claire.crm.rows["ancre"], "intitule": "Copy", "utilisateur": "paul"}
    for world in (paul, claire, paul):
        await settle(world)
    assert (subjects(claire), subjects(paul)) == (["Ancre"], ["Copy", "Pauls"])
    await both_at_peace(claire, paul)


async def test_two_colleagues_who_both_lost_the_state_still_have_one_record():
    claire, paul = two()
    meeting(claire, paul)
    await settle(claire)
    await settle(paul)
    claire.store = paul.store = type(claire.store)(claire.crasher)
    await settle(paul)
    await settle(claire)
    await settle(paul)
    assert titles(claire) == ["Ancre", "Budget", "Pauls"]
    await both_at_peace(claire, paul)


@pytest.mark.parametrize("step", [0, 7])
@pytest.mark.parametrize("victim", ["claire", "paul"])
async def test_either_job_may_die_at_any_moment(step, victim):
    moment = 0
    died = True
    while died:
        moment += stride(3)
        claire, paul = two()
        meeting(claire, paul, step=step)
        if victim == "paul":
            await claire.run()
        died = await die_at(claire if victim == "claire" else paul, moment)
        for world in (paul, claire, paul, claire):
            await world.run()
        assert titles(claire) == ["Ancre", *["Budget"] * (3 if step else 1), "Pauls"]
        await both_at_peace(claire, paul)
    assert moment > 5


@pytest.mark.parametrize("by", [HOUR, DAY])
async def test_a_series_of_two_colleagues_moved_as_a_whole_stays_one_record_each(by):
    claire, paul = two()
    mine, theirs = meeting(claire, paul, step=7)
    await settle(claire)
    await settle(paul)
    claire.outlook.move_series(mine, by)
    paul.outlook.move_series(theirs, by)
    for world in (paul, claire, paul):
        await settle(world)
    assert titles(claire) == ["Ancre", *["Budget"] * 3, "Pauls"]
    assert (LATER + by).strftime("%H:%M:%S") in {row["heure_debut"] for row in claire.crm.rows.values()}
    await both_at_peace(claire, paul)


async def test_a_series_that_becomes_a_meeting_with_a_colleague_gets_no_second_records():
    claire, paul = two()
    mine = claire.outlook.add_series(LATER, last=LATER.date() + 14 * DAY, subject="Budget")
    await settle(claire)
    claire.outlook.invite(mine, "paul@example.com")
    theirs = paul.outlook.receive_invitation(LATER, organizer="claire@example.com", step=7, subject="Budget")
    paul.outlook.end_series(theirs, LATER.date() + 14 * DAY)
    paul.outlook.events[theirs].uid = claire.outlook.events[mine].uid
    for world in (paul, claire, paul):
        await settle(world)
    assert titles(claire) == ["Ancre", *["Budget"] * 3, "Pauls"]
    await both_at_peace(claire, paul)


async def test_the_record_of_a_meeting_deleted_in_gopaas_stays_deleted_for_both():
    claire, paul = two()
    meeting(claire, paul)
    await settle(claire)
    await settle(paul)
    claire.delete_row(next(key for key, row in claire.crm.rows.items() if row["intitule"] == "Budget"))
    for world in (paul, claire, paul, claire):
        await settle(world)
    assert titles(claire) == ["Ancre", "Pauls"]
    assert subjects(claire) == ["Ancre", "Budget"]
    await both_at_peace(claire, paul)


async def test_an_attended_appointment_given_to_a_colleague_stays_with_who_organises_it():
    claire, paul = two()
    claire.add_row("anna", LATER)
    await settle(claire)
    claire.outlook.invite(claire.event_of("anna"), "customer@example.test")
    await settle(claire)
    claire.edit_row("anna", utilisateur="paul")
    for world in (claire, paul, claire):
        await settle(world)
    assert (subjects(claire), subjects(paul)) == (["Ancre", "Anna"], ["Anna", "Pauls"])
    await both_at_peace(claire, paul)
