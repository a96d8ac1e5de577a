"""Outlook's calendar page, driven as a person drives it: by its forms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from calendar_desk import event, invited, series, whole_day
from page_reader import Browser

from outlookd.sandbox.clock import HandClock
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.event_form import changes, shown
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.outlook_pages import outlook_pages

PAUL = "paul@example.test"


@pytest.fixture
def directory() -> Directory:
    directory = Directory(now=HandClock(datetime(2026, 5, 4, 8, 0, tzinfo=UTC)))
    directory.add_user("claire@example.test", "Claire")
    directory.add_user(PAUL, "Paul")
    return directory


@pytest.fixture
def calendars(directory):
    return directory.users[0].calendars


@pytest.fixture
def mails() -> MailLog:
    return MailLog()


@pytest.fixture
async def browser(directory, mails) -> AsyncIterator[Browser]:
    app = web.Application()
    app.add_subapp("/outlook", outlook_pages(directory, mails, root="/outlook"))
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        browser = await Browser(session, str(server.make_url("/outlook/"))).open()
        yield browser


async def open_calendar(browser, person="Claire"):
    await browser.open("/outlook/")
    await browser.follow(person)
    await browser.follow("Calendrier")


async def test_a_new_event_is_in_the_calendar_at_its_wall_time(browser, calendars):
    await open_calendar(browser)
    await browser.follow("Nouveau rendez-vous")
    await browser.submit(subject="Visite <b>", startDate="2026-05-12", startTime="09:30", endDate="2026-05-12", location="Brest")
    assert ("Visite <b>" in browser.text, "2026-05-12 09:30" in browser.text) == (True, True)
    (kept,) = calendars.events()
    assert (kept.shape.start.instant.hour, kept.shape.content["location"]["displayName"]) == (7, "Brest")


async def test_an_event_is_renamed_moved_placed_and_annotated_on_its_page(browser, calendars):
    calendars.create(event())
    await open_calendar(browser)
    await browser.follow("Visit")
    await browser.submit(subject="Tour", startTime="14:00", endTime="15:30", location="Brest", body="Salle 2")
    (kept,) = calendars.events()
    shown_now = shown(kept.shape)
    wanted = {"subject": "Tour", "startTime": "14:00", "endTime": "15:30", "location": "Brest", "body": "Salle 2"}
    assert {name: shown_now[name].strip() for name in wanted} == wanted


async def test_a_series_is_listed_day_by_day_and_one_of_its_days_changed_alone(browser, calendars):
    await open_calendar(browser)
    await browser.follow("Nouveau rendez-vous")
    await browser.submit(subject="Ronde", startDate="2026-05-12", endDate="2026-05-12", repeats="weekly", count="3")
    assert browser.text.count("Ronde") == 3
    await browser.follow("Ronde")
    await browser.submit(subject="Autre")
    assert (browser.text.count("Ronde"), browser.text.count("Autre")) == (2, 1)
    await browser.follow("Ronde")
    await browser.submit("/delete")
    assert browser.text.count("Ronde") == 1


async def test_saving_an_event_unchanged_does_not_touch_it(browser, calendars):
    before = calendars.create(event(body={"contentType": "text", "content": "a\n\nb"}, categories=["x", "y"])).etag
    await open_calendar(browser)
    await browser.follow("Visit")
    await browser.submit()
    assert (browser.status, calendars.events()[0].etag) == (200, before)


async def test_the_last_day_of_whole_days_is_shown_and_kept(browser, calendars):
    calendars.create(whole_day("2026-05-12", "2026-05-14"))
    await open_calendar(browser)
    assert "2026-05-13" in browser.text
    await browser.follow("Fair")
    await browser.submit(endDate="2026-05-15")
    assert calendars.events()[0].shape.end.wall == datetime(2026, 5, 16)


async def test_what_exchange_refuses_is_said_and_what_was_typed_stays(browser, calendars):
    calendars.create(event())
    await open_calendar(browser)
    await browser.follow("Visit")
    await browser.submit(endTime="08:00")
    assert (browser.status, "ErrorPropertyValidationFailure" in browser.text) == (422, True)
    assert browser.forms[0].fields["endTime"] == "08:00"


@pytest.mark.parametrize(
    "fields", [{"startDate": ""}, {"endDate": "hier", "isAllDay": "oui"}, {"startDate": "", "repeats": "weekly"}]
)
async def test_a_day_that_is_none_is_refused(browser, calendars, fields):
    await open_calendar(browser)
    await browser.follow("Nouveau rendez-vous")
    await browser.submit(**fields)
    assert (browser.status, calendars.events()) == (422, [])


async def test_inviting_and_answering_cause_the_mail_they_would(browser, mails, directory):
    await open_calendar(browser)
    await browser.follow("Nouveau rendez-vous")
    await browser.submit(subject="Réunion", attendees=PAUL)
    await open_calendar(browser, "Paul")
    await browser.follow("Réunion")
    await browser.submit("/accept")
    assert [mail.reason for mail in mails] == ["invitation", "response"]
    assert directory.users[1].calendars.events()[0].shape.content["responseStatus"]["response"] == "accepted"


async def test_the_organizer_is_not_asked_for_an_answer(browser, directory, mails):
    Meetings(directory, mails).create(directory.users[0], event(attendees=invited(PAUL)))
    await open_calendar(browser)
    await browser.follow("Visit")
    assert not [form for form in browser.forms if form.action.endswith("/accept")]


async def test_the_body_of_an_online_meeting_is_not_offered(calendars):
    assert "body" not in shown(calendars.create(event(isOnlineMeeting=True)).shape)


async def test_a_list_that_follows_shows_no_forms_and_a_copy_stands_beside_its_original(browser, calendars):
    calendars.create(series(count=1))
    await open_calendar(browser)
    await browser.follow("Round")
    await browser.submit("/copy")
    assert browser.text.count("Round") == 2
    await browser.follow("Actualiser en continu")
    assert (browser.forms, 'http-equiv="refresh"' in browser.html) == ([], True)


@pytest.mark.parametrize("path", ["/outlook/nobody/calendar/", "/outlook/claire@example.test/calendar/AAx"])
async def test_what_does_not_exist_is_not_found(browser, path):
    assert (await browser.open(path)).status == 404


def test_a_form_as_it_was_shown_changes_nothing(calendars):
    shape = calendars.create(event()).shape
    assert changes(shown(shape), shown(shape), (shape.start.zone, shape.end.zone)) == {}
