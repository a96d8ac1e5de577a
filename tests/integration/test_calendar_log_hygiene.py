"""No subject, note, place, person, Outlook id, link or secret in any log line of a calendar, whatever is done and whatever fails."""

from __future__ import annotations

import io
import logging
from contextlib import asynccontextmanager

from agenda_trial import HOUR, Agenda, at, event, guests, moment, row, weekly
from test_log_hygiene import secrets_of

from outlookd.app import App, check, load_installation
from outlookd.runtime.logs import configure_logs
from outlookd.sandbox.seed import CLAIRE, UPNS

WORDS = ("Canarienne", "CANARIVAL", "canari@oiseau.test", "oiseau", "Perchoir", "39 98 77 66", *UPNS.values())
GUEST = "canari@oiseau.test"
BODY = {"contentType": "text", "content": "Rappeler CANARIVAL au 06 39 98 77 66"}


@asynccontextmanager
async def seeded(directory):
    async with Agenda.ready(directory) as agenda:
        for number in range(6):
            agenda.enter(
                row(f"Visite Canarienne {number}", at(1 + number), note="CANARIVAL 06 39 98 77 66", lieu="rue du Perchoir")
            )
            agenda.plan_event(event(f"Repas CANARIVAL {number}", at(1 + number, 12), body=BODY, attendees=guests(GUEST)))
        agenda.plan_event(event("Tour Canarienne", at(1, 8), recurrence=weekly(at(1), 4)))
        agenda.enter(row("CANARIVAL", at(3), date_debut="Canarienne 31/02"))
        agenda.enter(row("CANARIVAL", at(3), heure_debut="Canarienne"))
        agenda.enter(row("CANARIVAL", at(3), cle="CANARIVAL-Canarienne"))
        yield agenda


def keys(agenda, word):
    return sorted(key for key, cells in agenda.rows.items() if cells["intitule"].startswith(word))


async def work(agenda):
    """A day of a calendar: appointments come, change on both sides, are refused, and go."""
    faults = agenda.sandbox.faults
    yield "first"
    agenda.amend(keys(agenda, "Visite")[0], {"lieu": "9 rue du Perchoir"})
    agenda.amend(keys(agenda, "Repas")[0], row("Repas CANARIVAL 0", at(2, 12)))
    faults.add("graph.item", "status", status=400, code="ErrorInvalidProperty", message=f"CANARIVAL {GUEST}", times=1)
    yield "refused"
    tour = next(item for item in agenda.calendars.events() if item.shape.recurrence)
    agenda.change_event(tour.immutable_id, {"start": moment(at(1, 10)), "end": moment(at(1, 10) + HOUR)})
    faults.add("graph.item", "status", match="instances", status=500, message="Tour Canarienne", times=1)
    yield "unread series"
    faults.clear()
    agenda.act("forget_delta_tokens", user=UPNS[CLAIRE])
    yield "forgotten"
    faults.add("graph", "status", match="calendarView", status=403, code="ErrorAccessDenied", message=f"{GUEST} may not", times=1)
    yield "denied"
    faults.add("gopaas", "status", status=500, message="CANARIVAL", body="<p>CANARIVAL 06 39 98 77 66</p>", times=9)
    yield "broken"
    faults.clear()
    agenda.enter(row("Visite Canarienne, encore", at(9)))
    faults.add("graph", "drop_after", match=r"POST .*\$batch", times=1)
    yield "cut"
    faults.clear()
    agenda.delete_event(agenda.rows[keys(agenda, "Visite")[1]]["outlook_id"])
    yield "gone"


def assert_clean(agenda, lines):
    ids = [agenda.calendars.default.id, *agenda.events]
    for word in (*secrets_of(agenda), *WORDS, *ids):
        assert word.casefold() not in lines.casefold(), word
    for link in ("$deltatoken", "$skiptoken", "iCalUId"):
        assert link not in lines


async def test_at_its_most_talkative_no_log_line_of_a_calendar_names_anything_of_people(tmp_path, untouched_logs):
    async with seeded(tmp_path) as agenda:
        log = io.StringIO()
        configure_logs(level=logging.DEBUG, stream=log)
        runs = 0
        async with App(load_installation(agenda.config, {})) as app:
            (job,) = app.jobs()
            async for _ in work(agenda):
                _ = [finding async for finding in check(app.installation)]
                await app.sync(job)
                runs += 1
        lines = log.getvalue()
        assert lines.count("sync.run.finished") == runs == 8
        assert '"level":"debug"' in lines
        assert_clean(agenda, lines)


async def test_the_command_says_nothing_of_appointments_besides_its_answer(tmp_path):
    async with seeded(tmp_path) as agenda:
        async for _ in work(agenda):
            assert_clean(agenda, (await agenda.call("sync")).said)
        plan = await agenda.call("plan")
        assert_clean(agenda, plan.err)
