"""Complaints 20 to 25: mail that nobody wanted, meetings that were damaged, appointments that were nobody's business."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count

from sync.agenda import TOMORROW, AgendaWorld, make_agenda_job
from sync.dying import die_at

from complaints.mailbox import GraphAgenda, moments
from outlookd.ports import Failed, Write

LAST_WEEK = datetime(2026, 11, 16, 9)


async def test_complaint_20_the_past_is_not_pushed():
    world = AgendaWorld()
    for key in ("anna", "bruno"):
        world.add_row(key, LAST_WEEK)
    world.add_row("chloe", TOMORROW)
    await world.run()
    assert list(world.outlook.events) == [world.event_of("chloe")]


async def test_complaint_20_what_is_over_stays_as_it_was():
    world = AgendaWorld()
    event = world.outlook.add(LAST_WEEK, subject="Visite")
    await world.run()
    world.edit_row(world.row_of(event), note="Signé.")
    await world.run()
    assert world.event_content(event)["note"] == ""


async def test_complaint_21_a_change_that_others_would_be_told_of_is_not_sent():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Point")
    world.outlook.invite(event, "client@example.test")
    await world.run()
    world.edit_row(world.row_of(event), datetime(2026, 11, 25, 9))
    report = await world.run()
    assert (world.outlook.mails, report.mail_writes) == ([], 0)
    assert world.event_content(event)["date_debut"] == "2026-11-23"


async def test_complaint_21_a_meeting_that_somebody_made_of_our_event_while_we_were_dead_is_one():
    for moment in count(1):
        world = AgendaWorld()
        world.add_row("anna")
        if not await die_at(world, moment):
            break
        for event in list(world.outlook.events):
            world.outlook.invite(event, "client@example.test")
        await world.run()
        world.edit_row("anna", lieu="Salle 1")
        await world.run()
        assert world.outlook.mails == []
    assert moment > 4


async def test_complaint_22_nobody_is_invited_by_us():
    async with GraphAgenda.open() as world:
        await world.run()
        people = [{"type": "required", "emailAddress": {"address": "client@example.test"}}]
        wanted = {"subject": "Point", "attendees": people, **moments()}
        (result,) = await world.outlook.write([Write(ref="1", op="create", payload=wanted, marker="m")])
        assert isinstance(result, Failed)
        assert (world.mails.entries, world.subjects) == ((), [])


async def test_complaint_23_a_guest_does_not_change_the_organizers_meeting():
    world = AgendaWorld(job=make_agenda_job(allow_mail=True))
    event = world.outlook.receive_invitation(TOMORROW, subject="Comité", organizer="boss@example.test")
    await world.run()
    world.edit_row(world.row_of(event), intitule="Autre chose")
    for _ in range(2):
        await world.run()
    assert (world.event_content(event)["intitule"], world.outlook.mails) == ("Comité", [])
    assert world.row_content(world.row_of(event))["intitule"] == "Comité"


async def test_complaint_24_an_online_meeting_keeps_its_link():
    world = AgendaWorld()
    event = world.outlook.add(TOMORROW, subject="Point")
    world.outlook.make_online(event)
    await world.run()
    world.edit_row(world.row_of(event), note="Ordre du jour", lieu="Salle 1")
    await world.run()
    content = world.outlook.found(event).content
    assert content["joinUrl"]
    assert (content["location"], "Ordre du jour" in content["body"]) == ("Salle 1", False)


async def test_complaint_25_a_private_appointment_is_not_copied():
    world = AgendaWorld()
    world.outlook.add(TOMORROW, subject="Médecin", sensitivity="private")
    await world.run()
    assert world.crm.rows == {}


async def test_complaint_25_a_private_appointment_may_show_as_busy_without_a_word():
    job = make_agenda_job()
    world = AgendaWorld(job=replace(job, context=replace(job.context, private="busy")))
    event = world.outlook.add(TOMORROW, subject="Médecin", location="Hôpital", body="Résultats", sensitivity="private")
    await world.run()
    row = world.row_content(world.row_of(event))
    assert (row["intitule"], row["lieu"], row["note"], row["heure_debut"]) == ("Occupé", "", "", "14:00:00")


async def test_complaint_25_only_the_users_own_rows_come_into_the_calendar():
    world = AgendaWorld()
    world.add_row("anna", utilisateur="paul")
    await world.run()
    assert world.outlook.events == {}
