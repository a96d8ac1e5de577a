"""What goes wrong with calendars on an ordinary bad day: a clear sentence, the right exit status, nothing lost, doubled or mailed."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from agenda_trial import Agenda, at, days, event, guests, moment, row, weekly
from effort import stride

from outlookd.sandbox.schema import ACTION_VIEW
from outlookd.sandbox.seed import CLAIRE, CLIENT_ID, PAUL, UPNS
from outlookd.sandbox.views import Equals

CUSTOMER = "achats@bois-charpente.test"
PAULS_JOB = """
[[job]]
user = "paul"
type = "Calendar"
table = "action"
view = "action.outlook"
user_field = "utilisateur"
api_key_file = "gopaas-api-key-paul"
map = { id = "outlook_id", subject = "intitule", bodyPreview = "note", startDate = "date_debut", endDate = "date_fin", startTime = "heure_debut", endTime = "heure_fin", location = "lieu" }
"""


@asynccontextmanager
async def in_step(directory):
    """A dozen appointments of every kind on either side, synchronised."""
    async with Agenda.ready(directory) as agenda:
        populate(agenda)
        await agenda.sync()
        agenda.assert_agreed()
        yield agenda


def populate(agenda):
    for number in range(6):
        agenda.enter(row(f"Visite {number}", at(1 + number), note=f"Plan {number}"))
        agenda.plan_event(event(f"Repas {number}", at(1 + number, 12)))
    agenda.enter(days("Salon", at(9, 0), at(10, 0)))
    agenda.plan_event(event("Tour", at(1, 8), recurrence=weekly(at(1), 4)))
    agenda.plan_event(event("Projet", at(3, 15), attendees=guests(UPNS[PAUL], CUSTOMER)))


def keys(agenda):
    """Keys by subject."""
    return {cells["intitule"]: key for key, cells in agenda.rows.items()}


def work_to_do(agenda):
    """An edit and a new appointment on either side, and an occurrence that moves."""
    known = keys(agenda)
    agenda.amend(known["Visite 0"], {"lieu": "Quai 3"})
    agenda.change_event(agenda.rows[known["Visite 1"]]["outlook_id"], {"subject": "Visite remise"})
    agenda.enter(row("Nouvelle", at(11)))
    agenda.plan_event(event("Neuf", at(12)))
    second = sorted(id for id, item in agenda.events.items() if item.shape.content["subject"] == "Tour")[1]
    agenda.change_event(second, {"start": moment(at(8, 10)), "end": moment(at(8, 11))})


async def assert_complete(agenda):
    """A healthy run brings both sides together, and leaves nothing to do."""
    ended = await agenda.call("sync")
    assert ended.status == 0, ended.said
    agenda.assert_agreed()
    subjects = [cells["intitule"] for cells in agenda.rows.values()]
    assert len(subjects) == 6 + 6 + 1 + 4 + 1 + 2
    assert {"Nouvelle", "Neuf", "Visite remise"} <= set(subjects)
    assert agenda.event(keys(agenda)["Visite 0"]).shape.content["location"]["displayName"] == "Quai 3"
    await agenda.assert_settled()


def both_sides(agenda):
    """Everything but what our calendars are sealed with: who keeps them."""
    dump = agenda.sandbox.world.dump()
    for user in dump["outlook"]["users"]:
        for calendar in user["calendar"]["calendars"]:
            calendar["extended"] = {}
    return dump


def assert_told(ended, status, *words):
    """The exit status, the essence of the message, and no traceback; a sentence or two and no flood."""
    assert ended.status == status, ended.said
    for word in words:
        assert re.search(word, ended.said), ended.said
    assert "Traceback" not in ended.said
    assert len(ended.out.splitlines()) <= 4


# --- Graph ---------------------------------------------------------------------------------------------------------------


async def test_a_forgotten_delta_link_doubles_and_deletes_nothing(tmp_path):
    async with in_step(tmp_path) as agenda:
        agenda.act("forget_delta_tokens", user=UPNS[CLAIRE])
        work_to_do(agenda)
        await assert_complete(agenda)


@pytest.mark.parametrize(
    "answer",
    [
        # The other forms of a pause are tried with contacts: both adapters wait in the same client.
        pytest.param({"status": 429, "retry_after": "date"}, id="date"),
        pytest.param({"status": 503, "retry_after": 1}, id="503"),
    ],
)
async def test_a_throttled_mailbox_is_waited_for(tmp_path, answer):
    async with in_step(tmp_path) as agenda:
        work_to_do(agenda)
        if answer.get("retry_after") == "date":
            answer = {**answer, "retry_after": datetime.now(UTC) + timedelta(seconds=1)}
        faults = agenda.sandbox.faults
        faults.add("graph", "status", match="calendarView/delta", code="TooManyRequests", times=1, **answer)
        faults.add("graph.item", "status", match="^P", code="MailboxConcurrency", times=2, **answer)
        await assert_complete(agenda)
        assert faults.waiting == ()


async def test_a_calendar_that_cannot_be_read_is_tried_again_later(tmp_path):
    async with in_step(tmp_path) as agenda:
        work_to_do(agenda)
        before = both_sides(agenda)
        agenda.sandbox.faults.add(
            "graph", "status", match="calendarView", status=503, code="ErrorServerBusy", retry_after=1, times=-1
        )
        assert_told(await agenda.call("sync"), 75, "Graph|Outlook|mailbox")
        assert both_sides(agenda) == before
        agenda.sandbox.faults.clear()
        await assert_complete(agenda)


SWITCHES = [{}, {"transaction_status": 400}, {"transaction_names_event": True}, {"transaction_repeats": True}]
"""How Graph may answer a create under an id that it has seen. The simulation draws from the same."""


@pytest.mark.parametrize("switches", SWITCHES[:: stride(3)])
@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
async def test_a_create_whose_answer_is_lost_is_made_once(tmp_path, kind, switches):
    async with in_step(tmp_path) as agenda:
        agenda.sandbox.directory.switches.turn(switches)
        work_to_do(agenda)
        agenda.sandbox.faults.add("graph", kind, match=r"^POST .*/\$batch", status=504, times=1)
        assert (await agenda.call("sync")).status == 0
        assert agenda.sandbox.faults.waiting == ()
        await assert_complete(agenda)


async def test_a_create_that_was_carried_out_and_refused_is_made_once(tmp_path):
    async with in_step(tmp_path) as agenda:
        work_to_do(agenda)
        agenda.sandbox.faults.add("graph.item", "status_after", match="^POST .*/events", status=500, times=1)
        assert (await agenda.call("sync")).status == 0
        await assert_complete(agenda)


async def test_a_version_that_changes_by_itself_costs_nobody_anything(tmp_path):
    async with in_step(tmp_path) as agenda:
        work_to_do(agenda)
        agenda.sandbox.faults.add("graph.item", "status", match="^PATCH", status=412, code="ErrorIrresolvableConflict", times=2)
        agenda.act("touch_events", user=UPNS[CLAIRE])
        await assert_complete(agenda)


async def test_a_named_calendar_that_was_deleted_stops_the_job_and_says_how_to_go_on(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        agenda.edit('user_field = "utilisateur"', 'user_field = "utilisateur"\nfolder = "CRM"')
        agenda.enter(row("Visite", at(2)))
        assert_told(await agenda.call("sync"), 3, "CRM", "Create it in Outlook")
        calendar = agenda.act("create_calendar", user=UPNS[CLAIRE], name="CRM")["id"]
        await agenda.sync(created=(0, 1), updated=(1, 0))
        agenda.act("delete_calendar", user=UPNS[CLAIRE], id=calendar)
        agenda.enter(row("Nouvelle", at(3)))
        before = both_sides(agenda)
        for _ in range(2):
            ended = await agenda.call("sync")
            assert_told(ended, 3, "calendar of this job no longer exists", "Restore the calendar")
            assert "folder" not in ended.out
            assert both_sides(agenda) == before


async def test_a_revoked_consent_asks_that_user_to_sign_in_and_nothing_is_lost(tmp_path):
    async with in_step(tmp_path) as agenda:
        work_to_do(agenda)
        before, directory = both_sides(agenda), agenda.sandbox.directory
        directory.withdraw_consent(directory.client(CLIENT_ID), directory.user(UPNS[CLAIRE]))
        agenda.sandbox.faults.add("graph", "status", status=401, code="InvalidAuthenticationToken", times=1)
        assert_told(await agenda.call("sync"), 4, "outlookd connect claire")
        assert both_sides(agenda) == before
        await agenda.sign_in()
        await assert_complete(agenda)


@pytest.mark.parametrize("origin", ["Visite 2", "Repas 2"])
async def test_an_event_taken_out_of_deleted_items_finds_its_record_and_what_was_noted_there(tmp_path, origin):
    async with in_step(tmp_path) as agenda:
        key = keys(agenda)[origin]
        id = agenda.rows[key]["outlook_id"]
        agenda.delete_event(id)
        await agenda.sync(created=(0, 0))
        agenda.amend(key, {"note": "Il rappelle jeudi"})
        await agenda.sync(created=(0, 0))
        agenda.act("move_event", user=UPNS[CLAIRE], id=id, calendar=agenda.calendars.default.id)
        await agenda.sync(updated=(0, 1))
        assert agenda.rows[key]["note"] == "Il rappelle jeudi"
        agenda.assert_agreed()
        await agenda.assert_settled()


async def test_an_occurrence_that_comes_back_finds_its_record_and_what_was_noted_there(tmp_path):
    """Exchange forgets which days were taken out of a series that gets another time."""
    async with in_step(tmp_path) as agenda:
        tour = next(item for item in agenda.calendars.events() if item.shape.recurrence)
        third = sorted(id for id, item in agenda.events.items() if item.appointment is tour)[2]
        key = agenda.key_of(third)
        agenda.delete_event(third)
        await agenda.sync(created=(0, 0))
        agenda.amend(key, {"note": "Sans moi"})
        agenda.change_event(tour.immutable_id, {"start": moment(at(1, 10)), "end": moment(at(1, 11))})
        await agenda.sync()
        assert (agenda.rows[key]["note"], len(agenda.rows)) == ("Sans moi", 18)
        agenda.assert_agreed()
        await agenda.assert_settled()


# --- GoPaaS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["intitule", "date_debut", "heure_fin", "lieu", "outlook_id"])
async def test_a_view_that_loses_a_column_stops_the_job_and_names_it(tmp_path, lost):
    async with in_step(tmp_path) as agenda:
        work_to_do(agenda)
        crm, before = agenda.sandbox.crm, both_sides(agenda)
        view = crm.view(ACTION_VIEW)
        crm.add_view(replace(view, columns=tuple(column for column in view.columns if column.name != lost)))
        assert_told(await agenda.call("sync"), 78, lost)
        assert both_sides(agenda) == before
        crm.add_view(view)
        await assert_complete(agenda)


async def test_a_view_that_shows_3_of_900_deletes_nothing_and_says_so(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        for number in range(900):
            agenda.enter(row(f"Visite {number}", at(1 + number % 60, 7 + number // 60)))
        await agenda.sync(created=(0, 900), updated=(900, 0))
        crm = agenda.sandbox.crm
        for key in sorted(agenda.rows)[:3]:
            agenda.amend(key, {"lieu": "Quai 3"})
        view = crm.view(ACTION_VIEW)
        crm.add_view(replace(view, conditions=(*view.conditions, Equals(column="lieu", value="Quai 3"))))
        ended = await agenda.call("sync", "--full")
        assert_told(ended, 3, "nothing is deleted", "only 3 of 900", "outlookd approve")
        assert len(agenda.events) == 900
        crm.add_view(view)
        await agenda.sync()
        agenda.assert_agreed()
        await agenda.assert_settled()


# --- two mailboxes, and a lost state ---------------------------------------------------------------------------------------


@asynccontextmanager
async def two_users(directory):
    async with Agenda.ready(directory) as agenda:
        agenda.config.write_text(agenda.config.read_text() + PAULS_JOB)
        secret = agenda.config.with_name("gopaas-api-key-paul")
        secret.write_text(agenda.sandbox.access.key_of(PAUL))
        secret.chmod(0o600)
        await agenda.sign_in(PAUL)
        yield agenda


async def runs(agenda):
    ended = await agenda.call("sync", "--json")
    assert ended.status == 0, ended.said
    return ended.runs


@pytest.mark.parametrize(("organizer", "guest"), [(CLAIRE, PAUL), (PAUL, CLAIRE)])
async def test_two_copies_of_one_meeting_are_one_record(tmp_path, organizer, guest):
    async with two_users(tmp_path) as agenda:
        meeting = agenda.plan_event(event("Projet", at(3, 15), attendees=guests(UPNS[guest])), organizer)
        series = agenda.plan_event(event("Point", at(1), recurrence=weekly(at(1), 4), attendees=guests(UPNS[guest])), organizer)
        await runs(agenda)
        assert sorted(cells["intitule"] for cells in agenda.rows.values()) == ["Point"] * 4 + ["Projet"]
        agenda.change_event(meeting, {"start": moment(at(4, 15)), "end": moment(at(4, 16))}, organizer)
        agenda.change_event(series, {"start": moment(at(1, 10)), "end": moment(at(1, 11))}, organizer)
        await runs(agenda)
        await runs(agenda)
        assert {(cells["intitule"], cells["heure_debut"]) for cells in agenda.rows.values()} == {
            ("Point", "10:00:00"),
            ("Projet", "15:00:00"),
        }
        assert (len(agenda.rows), agenda.rows[keys(agenda)["Projet"]]["date_debut"]) == (5, f"{at(4):%Y-%m-%d}")
        await agenda.assert_settled()


async def test_a_lost_state_doubles_deletes_and_mails_nothing(tmp_path):
    async with in_step(tmp_path) as agenda:
        before = both_sides(agenda)
        for path in agenda.state.parent.glob("state.db*"):
            path.unlink()
        await agenda.sign_in()
        await agenda.sync(created=(0, 0))
        assert both_sides(agenda) == before
        work_to_do(agenda)
        await assert_complete(agenda)
