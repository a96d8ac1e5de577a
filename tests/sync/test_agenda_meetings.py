"""Other people: attendees, invitations, online meetings, colleagues with a copy. Nobody is mailed, nothing of theirs is changed."""

from __future__ import annotations

from datetime import datetime

import pytest

from outlookd.core.model import LinkStatus, RunStatus
from outlookd.core.rules import OutlookDelete, ViewExit
from sync.agenda import DAY, AgendaWorld
from sync.claims import assert_peace, link_of, settle, subjects, titles, written
from sync.dying import die_at

LATER = datetime(2026, 12, 3, 10, 15)


async def attended(**settings) -> AgendaWorld:
    """A row whose event has a customer on it, and one that nobody touches."""
    world = AgendaWorld()
    world.set(**settings)
    world.add_row("anna", note="Bring the plans")
    world.add_row("ancre")
    await world.run()
    world.outlook.invite(world.event_of("anna"), "customer@example.test")
    await settle(world)
    return world


async def invited(**settings) -> tuple[AgendaWorld, str]:
    """An invitation with its row, and the key of that."""
    world = AgendaWorld()
    world.set(**settings)
    world.add_row("ancre")
    world.outlook.receive_invitation(LATER, organizer="boss@example.com", subject="Budget")
    await world.run()
    return world, next(key for key in world.crm.rows if key != "ancre")


async def losers(world: AgendaWorld) -> set[object]:
    """What people wrote in GoPaaS and lost: kept in the conflict store."""
    return {value for conflict in await world.store.conflicts(world.job.id) for value in conflict.gopaas.values()}


# --- attendees


async def test_an_edit_of_an_attended_appointment_is_held_and_not_lost():
    world = await attended()
    world.edit_row("anna", LATER, intitule="Moved")
    report = await world.run()
    assert report.status is RunStatus.HELD
    assert subjects(world) == ["Ancre", "Anna"]
    assert world.crm.rows["anna"]["intitule"] == "Moved"
    await assert_peace(world, apart=["anna"], held=["mail"])
    world.outlook.invite(world.event_of("anna"))
    await settle(world)
    assert subjects(world) == ["Ancre", "Moved"]
    await assert_peace(world)


async def test_an_attended_appointment_edited_in_outlook_reaches_gopaas():
    world = await attended()
    world.outlook.edit(world.event_of("anna"), LATER, location="Nantes")
    await settle(world)
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    await assert_peace(world)


async def test_a_held_edit_does_not_stop_what_outlook_says_of_another_field():
    world = await attended()
    world.edit_row("anna", intitule="Moved")
    await settle(world)
    world.outlook.edit(world.event_of("anna"), location="Nantes")
    await settle(world)
    assert world.crm.rows["anna"]["lieu"] == "Nantes"
    assert world.crm.rows["anna"]["intitule"] == "Moved"
    await assert_peace(world, apart=["anna"], held=["mail"])


async def test_allow_mail_writes_and_counts():
    world = await attended(allow_mail=True)
    world.edit_row("anna", intitule="Moved")
    report = await world.run()
    assert report.mail_writes == 1
    assert subjects(world) == ["Ancre", "Moved"]
    await assert_peace(world, mails=1)


@pytest.mark.parametrize("exit", [ViewExit.DETACH, ViewExit.DELETE])
async def test_an_attended_appointment_is_never_deleted_for_its_row(exit):
    world = await attended(on_view_exit=exit)
    world.delete_row("anna")
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world)


async def test_an_attended_appointment_is_deleted_for_its_row_where_mail_is_allowed():
    world = await attended(allow_mail=True)
    world.delete_row("anna")
    report = await world.run()
    assert (written(report), report.mail_writes) == ({"deleted outlook": 1}, 1)
    await assert_peace(world, mails=1)


async def test_a_write_that_mailed_somebody_and_was_found_done_after_a_crash_is_counted_and_said():
    world = await attended(allow_mail=True)
    world.edit_row("anna", intitule="Moved")
    for moment in range(1, 12):
        await die_at(world, moment)
        if world.outlook.mails:
            break
    report = await world.run()
    line = (await world.store.history([(await link_of(world, "anna")).id]))[-1]
    assert (line.reason, line.mails, report.mail_writes) == ("found done after an interruption", True, 1)


async def test_attendees_invited_meanwhile_hold_the_edit_that_was_decided_before():
    world = await attended()
    world.outlook.invite(world.event_of("ancre"), "customer@example.test")
    world.edit_row("ancre", intitule="Moved")
    await settle(world)
    assert world.outlook.mails == []
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world, apart=["ancre"], held=["mail"])


async def test_an_attended_series_is_neither_edited_nor_deleted_by_its_records():
    world = await attended()
    series = world.outlook.add_series(LATER, last=LATER.date() + 14 * DAY, subject="Team")
    world.outlook.invite(series, "customer@example.test")
    await settle(world)
    keys = [key for key in world.crm.rows if key.startswith("ol-")]
    assert len(keys) == 3
    world.edit_row(keys[0], intitule="Mine")
    world.delete_row(keys[1])
    await settle(world)
    assert world.outlook.events[series].overrides == {}
    assert world.outlook.events[series].cancelled == set()
    await assert_peace(world, apart=[keys[0]], held=["mail"])


@pytest.mark.parametrize("deed", ["edit", "delete"])
async def test_attendees_of_whom_the_feed_has_not_told_yet_are_not_mailed(deed):
    world = await attended()
    event = world.event_of("ancre")
    world.outlook.lagging.add(event)
    world.outlook.invite(event, "customer@example.test")
    if deed == "edit":
        world.edit_row("ancre", intitule="Moved")
    else:
        world.delete_row("ancre")
    await settle(world)
    world.outlook.lagging.clear()
    await settle(world)
    assert subjects(world) == ["Ancre", "Anna"]
    await assert_peace(world, apart=["ancre"], held=["mail"] if deed == "edit" else [])


async def test_a_held_move_loses_against_what_its_organiser_says_later_and_is_kept():
    world = await attended()
    world.edit_row("anna", LATER)
    await settle(world)
    world.clock.advance(600)
    world.outlook.edit(world.event_of("anna"), LATER + DAY)
    await settle(world)
    assert world.crm.rows["anna"]["date_debut"] == "2026-12-04"
    assert "2026-12-03" in await losers(world)
    await assert_peace(world)


# --- invitations


async def test_an_invitation_is_a_row_that_shows_what_its_organiser_says():
    world, key = await invited()
    world.edit_row(key, LATER + DAY, intitule="Mine")
    await settle(world)
    assert world.outlook.found(world.event_of(key)).content["subject"] == "Budget"
    assert world.crm.rows[key]["intitule"] == "Budget"
    assert {"Mine", "2026-12-04"} <= await losers(world)
    await assert_peace(world)


@pytest.mark.parametrize(("column", "property"), [("note", "body"), ("lieu", "location")])
async def test_what_gopaas_adds_to_an_invitation_stays_there_and_is_kept_when_its_organiser_says_something_else(column, property):
    world, key = await invited()
    world.edit_row(key, **{column: "What I know"})
    await settle(world)
    assert world.crm.rows[key][column] == "What I know"
    await assert_peace(world, apart=[key])
    world.outlook.edit(world.event_of(key), **{property: "What the boss says"})
    await settle(world)
    assert world.crm.rows[key][column] == "What the boss says"
    assert "What I know" in await losers(world)
    await assert_peace(world)


async def test_an_invitation_moved_by_its_organiser_moves_its_row():
    world, key = await invited()
    world.outlook.edit(world.event_of(key), LATER + DAY, subject="Budget, again")
    await settle(world)
    assert world.crm.rows[key]["date_debut"] == "2026-12-04"
    await assert_peace(world)


@pytest.mark.parametrize("exit", [ViewExit.DETACH, ViewExit.DELETE])
async def test_the_row_of_an_invitation_deleted_leaves_the_invitation(exit):
    world, key = await invited(on_view_exit=exit, allow_mail=True)
    world.delete_row(key)
    await settle(world)
    assert subjects(world) == ["Ancre", "Budget"]
    assert titles(world) == ["Ancre"]
    await assert_peace(world)


async def test_a_cancelled_invitation_says_so_in_its_row_and_never_becomes_a_new_one():
    world, key = await invited(on_outlook_delete=OutlookDelete(field="etat", value="annulé"))
    world.outlook.cancel(world.event_of(key))
    await settle(world)
    assert world.crm.rows[key]["etat"] == "annulé"
    world.outlook.delete(world.event_of(key))
    await settle(world)
    assert titles(world) in (["Ancre", "Budget"], ["Ancre", "Canceled: Budget"])
    await assert_peace(world)


async def test_a_row_put_back_after_its_meeting_was_cancelled_makes_no_event_beside_the_cancelled_one():
    world, key = await invited()
    row, event = world.crm.rows[key], world.event_of(key)
    world.delete_row(key)
    world.outlook.cancel(event)
    await settle(world)
    world.crm.rows[key] = row
    await settle(world)
    assert subjects(world) == ["Ancre", "Canceled: Budget"]
    assert (await link_of(world, key)).outlook_id == event
    await assert_peace(world)


async def test_a_row_put_back_after_its_cancelled_meeting_was_taken_out_rests_and_a_copy_of_it_gets_an_event():
    world, key = await invited()
    row, event = world.crm.rows[key], world.event_of(key)
    world.delete_row(key)
    world.outlook.cancel(event)
    await settle(world)
    world.outlook.delete(event)
    await settle(world)
    world.crm.rows[key] = row
    world.edit_row(key)
    await settle(world)
    await world.run(full=True)
    assert subjects(world) == ["Ancre"]
    world.crm.rows["copy"] = {**row, "outlook_id": ""}
    world.edit_row("copy")
    await settle(world)
    assert subjects(world) == ["Ancre", world.crm.rows["copy"]["intitule"]]
    await assert_peace(world)


@pytest.mark.parametrize("stay", [True, False])
async def test_a_declined_invitation_stays_the_row_that_it_was_and_makes_no_other(stay):
    world, key = await invited()
    world.outlook.declined_stay = stay
    world.outlook.respond(world.event_of(key), "declined")
    await settle(world)
    assert titles(world) == ["Ancre", "Budget"]
    assert (await link_of(world, key)).status is (LinkStatus.ACTIVE if stay else LinkStatus.DETACHED)
    await assert_peace(world)


async def test_two_copies_of_one_meeting_in_one_calendar_are_one_row():
    world, key = await invited()
    first = world.event_of(key)
    second = world.outlook.receive_invitation(LATER, organizer="boss@example.com", subject="Budget", location="Nantes")
    world.outlook.events[second].uid = world.outlook.events[first].uid
    await settle(world)
    world.clock.advance(6 * 3600)
    await settle(world)
    assert titles(world) == ["Ancre", "Budget"]
    assert world.event_of(key) == first
    await assert_peace(world)


async def test_an_invitation_deleted_and_sent_again_finds_its_row_with_what_was_noted_there():
    world, key = await invited()
    uid = world.outlook.events[world.event_of(key)].uid
    world.outlook.delete(world.event_of(key))
    await settle(world)
    world.edit_row(key, note="What I think of it")
    await settle(world)
    again = world.outlook.receive_invitation(LATER + DAY, organizer="boss@example.com", subject="Budget")
    world.outlook.events[again].uid = uid
    await settle(world)
    assert titles(world) == ["Ancre", "Budget"]
    assert world.crm.rows[key] | {"note": "What I think of it", "outlook_id": again} == world.crm.rows[key]
    await assert_peace(world, apart=[key])


async def test_an_appointment_that_somebody_else_organises_now_is_read_only_from_then_on():
    world = await attended()
    event = world.event_of("ancre")
    world.outlook.events[event].mine = False
    world.outlook.events[event].organizer = "boss@example.com"
    world.outlook.churn(event)
    world.edit_row("ancre", intitule="Mine")
    await settle(world)
    assert world.crm.rows["ancre"]["intitule"] == "Ancre"
    assert "Mine" in await losers(world)
    await assert_peace(world)


async def test_what_was_declined_or_cancelled_before_is_no_new_row_and_what_is_tentative_is():
    world = AgendaWorld()
    world.add_row("ancre")
    world.outlook.declined_stay = True
    ids = {
        word: world.outlook.receive_invitation(LATER, organizer="boss@example.com", subject=word)
        for word in ("declined", "tentative", "cancelled")
    }
    world.outlook.respond(ids["declined"], "declined")
    world.outlook.respond(ids["tentative"], "tentativelyAccepted")
    world.outlook.cancel(ids["cancelled"])
    await settle(world)
    assert titles(world) == ["Ancre", "tentative"]
    await assert_peace(world)
    world.outlook.respond(ids["declined"], "accepted")
    await settle(world)
    assert titles(world) == ["Ancre", "declined", "tentative"]
    await assert_peace(world)


# --- online meetings


async def test_the_body_of_an_online_meeting_is_never_touched_and_what_gopaas_notes_stays():
    world = await attended()
    event = world.event_of("ancre")
    world.outlook.make_online(event)
    await settle(world)
    body = world.outlook.found(event).content["body"]
    link = world.outlook.found(event).content["joinUrl"]
    world.edit_row("ancre", LATER, note="My own notes", lieu="Nantes")
    await settle(world)
    content = world.outlook.found(event).content
    assert (content["body"], content["joinUrl"], content["location"]) == (body, link, "Nantes")
    assert world.crm.rows["ancre"]["note"] == "My own notes"
    await assert_peace(world, apart=["ancre"])


async def test_a_note_on_an_online_meeting_is_kept_when_its_organiser_writes_a_text():
    world = await attended()
    event = world.event_of("ancre")
    world.outlook.make_online(event)
    await settle(world)
    world.edit_row("ancre", note="My own notes")
    await settle(world)
    old = world.outlook.found(event).content["body"]
    html = old.replace("<body>", "<body><p>Agenda: the budget</p>")
    world.outlook.edit(event, body={"contentType": "html", "content": html})
    await settle(world)
    assert world.outlook.found(event).content["joinUrl"]
    assert "My own notes" in await losers(world)
    await assert_peace(world)
