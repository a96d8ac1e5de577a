"""The running daemon: what a person changes on one side's page is on the other one a moment later, by itself."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from agenda_trial import Agenda, at, event, row
from waiting import until

from outlookd.sandbox.seed import CLAIRE, UPNS

COMMAND = Path(sys.executable).with_name("outlookd")


@asynccontextmanager
async def running(agenda):
    """`outlookd run`, ended as the service manager does."""
    agenda.edit('interval = "5s"', 'interval = "1s"')
    daemon = await agenda.start_daemon()
    said = asyncio.create_task(daemon.communicate())
    try:
        yield said
    finally:
        with suppress(ProcessLookupError):
            daemon.send_signal(signal.SIGTERM)
        await said
    assert daemon.returncode == 0


async def submit(url, **form):
    """What the button of a page's form sends."""
    async with aiohttp.ClientSession() as session, session.post(url, data=form, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()


async def test_an_edit_on_either_page_shows_on_the_other_by_itself(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        key = agenda.enter(row("Visite", at(2)))
        lunch = agenda.plan_event(event("Repas", at(3, 12)))
        outlook, gopaas = agenda.sandbox.addresses.outlook_page, agenda.sandbox.addresses.gopaas_page
        async with running(agenda):
            await until(lambda: agenda.rows[key]["outlook_id"] and any(r["outlook_id"] == lunch for r in agenda.rows.values()))
            visit = agenda.rows[key]["outlook_id"]
            await submit(f"{outlook}outlook/{UPNS[CLAIRE]}/calendar/{visit}", location="Quai 3", startTime="10:30", endTime="11:30")
            await until(lambda: (agenda.rows[key]["lieu"], agenda.rows[key]["heure_debut"]) == ("Quai 3", "10:30:00"))
            await submit(f"{gopaas}tables/action/rows/{agenda.key_of(lunch)}", intitule="Repas de fête")
            await until(lambda: agenda.calendars.find(lunch).shape.content["subject"] == "Repas de fête")
            await submit(f"{outlook}outlook/{UPNS[CLAIRE]}/calendar/new", subject="Neuf")
            await until(lambda: len(agenda.rows) == 3)
        agenda.assert_agreed()
        await agenda.assert_settled()


async def test_a_demo_moves_a_record_when_its_event_moves_and_back():
    """Everything in one process of its own, as `make demo` starts it; the people reach it over HTTP."""
    if not COMMAND.exists():
        pytest.skip("outlookd is not installed in this environment")
    pipe = asyncio.subprocess.PIPE
    order = [COMMAND, "demo", "--signed-in", "--contacts", "1"]
    demo = await asyncio.create_subprocess_exec(*order, stdout=pipe, stderr=asyncio.subprocess.DEVNULL)
    try:
        async with aiohttp.ClientSession(await address_of(demo)) as session:
            before = await row_of(session, "Salon du bois")
            await act(
                session, do="update_event", user=UPNS[CLAIRE], id=before["outlook_id"], properties={"subject": "Foire du bois"}
            )
            assert (await row_of(session, "Foire du bois"))["cle"] == before["cle"]
            await act(session, do="update_row", table="action", cle=before["cle"], cells={"lieu": "Halle 4"}, by=CLAIRE)
            await until(partial(is_at, session, before["outlook_id"], "Halle 4"))
            assert (await state(session))["mails"] == []
    finally:
        demo.terminate()
        await demo.communicate()
    assert demo.returncode == 0


async def address_of(demo):
    """The address of the sandbox's controls, from what the demo prints for people."""
    async with asyncio.timeout(60):
        while line := (await demo.stdout.readline()).decode():
            if line.startswith("Outlook:"):
                return line.split()[1]
    raise AssertionError("the demo ended before it named its pages")


async def act(session, **order):
    async with session.post("/sandbox/people", json=order) as answer:
        assert answer.status == 200, await answer.text()


async def state(session):
    async with session.get("/sandbox/state") as answer:
        return await answer.json()


async def row_of(session, subject):
    """The record with this subject, as soon as there is one that names its event."""

    async def found():
        rows = (await state(session))["gopaas"]["tables"]["action"]["rows"]
        return next((cells for cells in rows if cells["intitule"] == subject and cells["outlook_id"]), None)

    return await until(found)


async def is_at(session, id, place):
    claire = next(user for user in (await state(session))["outlook"]["users"] if user["userPrincipalName"] == UPNS[CLAIRE])
    return any(item["id"] == id and item["location"]["displayName"] == place for item in claire["calendar"]["events"])
