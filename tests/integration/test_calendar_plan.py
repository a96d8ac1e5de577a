"""``outlookd plan`` for a calendar: it shows what a run would do, in the documented shape, and writes nothing anywhere."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

import pytest
from agenda_trial import HOUR, Agenda, at, days, event, guests, moment, row, weekly

WORDS = {"op", "side", "key", "outlook_id", "reason", "mails", "fields"}
"""What the contract says of an action (design, section 6)."""
CUSTOMER = "achats@bois-charpente.test"


@pytest.fixture
async def agenda(tmp_path):
    """A calendar in step, and a day's worth of edits since."""
    async with Agenda.ready(tmp_path) as agenda:
        populate(agenda)
        await agenda.sync()
        await agenda.assert_settled()
        disturb(agenda)
        yield agenda


def populate(agenda):
    for number in range(8):
        agenda.enter(row(f"Visite {number}", at(1 + number)))
        agenda.plan_event(event(f"Repas {number}", at(1 + number, 12)))
    agenda.enter(days("Salon", at(9, 0), at(10, 0)))
    agenda.plan_event(event("Tour", at(1, 8), recurrence=weekly(at(1), 4)))
    agenda.plan_event(event("Projet", at(3, 15), attendees=guests(CUSTOMER)))


def disturb(agenda):
    keys = {cells["intitule"]: key for key, cells in agenda.rows.items() if cells["intitule"] != "Tour"}
    ids = {word: agenda.rows[key]["outlook_id"] for word, key in keys.items()}
    agenda.amend(keys["Visite 0"], {"lieu": "Quai 3"})
    agenda.amend(keys["Repas 0"], row("Repas 0", at(1, 13)))
    agenda.change_event(ids["Visite 1"], {"subject": "Visite remise"})
    agenda.amend(keys["Projet"], row("Projet", at(4, 15)))
    agenda.delete_event(ids["Repas 2"])
    agenda.act("delete_row", table="action", cle=keys["Visite 3"])
    agenda.enter(row("Nouvelle", at(11)))
    agenda.plan_event(event("Neuf", at(12)))
    tour = next(item for item in agenda.calendars.events() if item.shape.recurrence)
    agenda.change_event(tour.immutable_id, {"start": moment(at(1, 10)), "end": moment(at(1, 10) + HOUR)})


def memory(agenda):
    """Every row of the state database."""
    with closing(sqlite3.connect(f"file:{agenda.state}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: sorted(map(repr, database.execute(f"SELECT * FROM [{name}]"))) for name in tables}


def writes(agenda):
    """Requests that could change something, of a batch each item."""
    logged = (entry for name in ("graph", "gopaas") for entry in agenda.sandbox.requests[name])
    return [
        entry.line
        for entry in logged
        if entry.method != "GET" and not all(item.startswith("GET ") for item in entry.items or ("",))
    ]


async def test_a_plan_writes_nothing_anywhere(agenda):
    world, remembered, mails = agenda.sandbox.world.dump(), memory(agenda), len(agenda.sandbox.mail_log)
    agenda.forget_requests()
    for form in ((), ("--json",)):
        assert (await agenda.call("plan", *form)).status == 3
    assert writes(agenda) == []
    assert len(agenda.sandbox.requests["graph"]) >= 2
    assert agenda.sandbox.world.dump() == world
    assert memory(agenda) == remembered
    assert len(agenda.sandbox.mail_log) == mails


async def test_a_plan_of_a_first_run_writes_nothing_either(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        populate(agenda)
        world = agenda.sandbox.world.dump()
        agenda.forget_requests()
        (plan,) = (await agenda.call("plan", "--json")).plans
        assert {(action["op"], action["side"]) for action in plan["actions"]} == {("create", "gopaas"), ("create", "outlook")}
        assert (writes(agenda), agenda.sandbox.world.dump()) == ([], world)


SPAN = ("endDate", "endTime", "startDate", "startTime")
HOURS = ("endTime", "startTime")


async def test_a_plan_names_every_write_and_its_fields(agenda):
    (plan,) = (await agenda.call("plan", "--json")).plans
    assert all(action.keys() >= WORDS for action in plan["actions"])
    assert (plan["user"], plan["type"], len(plan["hash"])) == ("claire", "calendar", 16)
    assert not any(action["mails"] for action in plan["actions"])
    assert sorted((action["op"], action["side"], *action["fields"]) for action in plan["actions"]) == [
        ("create", "gopaas", *sorted((*SPAN, "id", "subject"))),
        ("create", "outlook", *SPAN, "subject"),
        ("delete", "outlook", *SPAN, "subject"),
        ("detach", "outlook"),
        *[("update", "gopaas", *HOURS)] * 4,
        ("update", "gopaas", "subject"),
        ("update", "outlook", *HOURS),
        ("update", "outlook", "location.displayName"),
    ]


async def test_a_plan_shows_each_value_before_and_after(agenda):
    (plan,) = (await agenda.call("plan", "--json")).plans
    shown = [action["fields"] for action in plan["actions"]]
    assert {"location.displayName": [None, "Quai 3"]} in shown
    assert {"subject": ["Visite 1", "Visite remise"]} in shown
    assert {"startTime": ["12:00:00", "13:00:00"], "endTime": ["13:00:00", "14:00:00"]} in shown


async def test_a_plan_shows_the_write_that_would_mail_a_customer_as_held(agenda):
    (plan,) = (await agenda.call("plan", "--json")).plans
    (held,) = plan["held"]
    (action,) = held["actions"]
    assert (held["guard"], action["op"], action["side"], action["mails"]) == ("mail", "update", "outlook", True)
    assert action["fields"]["startDate"] == [f"{at(3):%Y-%m-%d}", f"{at(4):%Y-%m-%d}"]
    assert "[could send mail]" in (await agenda.call("plan")).out


async def test_a_run_does_what_the_plan_said(agenda):
    """And writes the Outlook ids of what it made there into the records, once there are any."""
    (plan,) = (await agenda.call("plan", "--json")).plans
    planned = Counter((action["op"], action["side"]) for action in plan["actions"])
    planned["update", "gopaas"] += planned["create", "outlook"]
    run = await agenda.sync(3)
    for word, op in (("created", "create"), ("updated", "update"), ("deleted", "delete")):
        assert run[word] == {side: planned[op, side] for side in ("gopaas", "outlook")}
