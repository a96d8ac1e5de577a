"""Threat T18 against the sandbox: a key that may read everybody's rows tells nobody about anybody else's record."""

from __future__ import annotations

from contextlib import aclosing

import pytest
from agenda_trial import at, event, row
from outbox import watched
from structlog.testing import capture_logs
from waiting import until

from outlookd.app import App, load_installation, pages
from outlookd.app.history.story import tell
from outlookd.app.pages.records import AppRecords
from outlookd.cli.demo import sign_in
from outlookd.cli.sandbox import started
from outlookd.sandbox.people import People
from outlookd.sandbox.seed import CLAIRE, PAUL, UPNS

SECRET = "CANARY of somebody else"


@pytest.fixture(params=["", "filter_by_user = true\n"], ids=["everybody", "one user"])
async def place(tmp_path, request):
    """Claire's calendar, read with the key of a service account that sees every row, with and without a filter."""
    async with started(tmp_path, 1, appointments=True) as (sandbox, file):
        own_key = next(line for line in file.read_text().splitlines() if line.startswith("api_key_file") and CLAIRE in line)
        file.write_text(file.read_text().replace(f"{own_key}\n", request.param))
        with watched(sandbox) as outbox:
            async with App(load_installation(file, {})) as app, pages(app):
                await sign_in(app, sandbox, CLAIRE)
                people = People(sandbox.world)
                with outbox.person():
                    cells = row(SECRET, at(2), lieu=SECRET, utilisateur=PAUL)
                    key = people.act("create_row", {"table": "action", "cells": cells, "by": PAUL})["cle"]
                    body = event(SECRET, at(3), sensitivity="private")
                    id = people.act("create_event", {"user": UPNS[CLAIRE], "properties": body})["id"]
                (job,) = app.jobs(type="calendar")
                await app.sync(job)
                yield app, key, id


async def test_neither_a_colleagues_row_nor_a_private_appointment_shows_a_value_to_anybody(place):
    app, key, id = place
    (job,) = app.jobs(type="calendar")
    with capture_logs() as lines:
        stories = [*await tell(app, key, user=CLAIRE), *await tell(app, id, user=CLAIRE)]
        async with aclosing(AppRecords(app)) as records:
            for asked in (key, id):
                records.inquire(job.id, asked)
                await until(lambda asked=asked: (found := records.look(job.id, asked)) is not None and found.ongoing is None)
            shown = [records.look(job.id, asked) for asked in (key, id)]
    assert "it is private" in [scene.reason for story in stories for scene in story.scenes]
    for text in (str(stories), str(shown), str(lines)):
        assert SECRET not in text
