"""What commands print: differences, tables, JSON."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.app import JobStanding
from outlookd.cli import render
from outlookd.core.model import Action, Change, Held, Link, Op, Plan, Quarantined, RunReport, RunStatus, Side, Tally
from outlookd.errors import ConfigurationError, ContainerMissing, OutlookdError, SignInNeeded
from outlookd.runtime.logs.redaction import redact

JOB = SimpleNamespace(user="claire", type="contact", id="claire/contact/contact/GoPaaS")
LINK = Link(id="l1", job=JOB.id, gopaas_id="k17", outlook_id="AAMk=")
UPDATE = Action(
    op=Op.UPDATE,
    side=Side.OUTLOOK,
    link=LINK,
    reason="changed in GoPaaS",
    changes={"surname": Change(before="Martin", after="Durand"), "businessPhones": Change(before=("1", "2"), after=None)},
)
DELETE = Action(op=Op.DELETE, side=Side.OUTLOOK, link=replace(LINK, gopaas_id="k18"), reason="left the view")
REBASE = Action(op=Op.REBASE, side=Side.OUTLOOK, link=LINK, reason="touched")
REPORT = RunReport(
    run="r1",
    job=JOB.id,
    user="claire",
    type="contact",
    status=RunStatus.OK,
    started=datetime(2026, 11, 22, tzinfo=UTC),
    created=Tally(outlook=32),
    unchanged=3,
    requests={"gopaas": 1, "graph": 4},
    seconds=1.23456,
)
POISON = Quarantined(
    side=Side.GOPAAS,
    id="k9",
    reason="birthday: this is not a date",
    since=datetime(2026, 11, 22, tzinfo=UTC),
    retry_at=datetime(2026, 11, 22, 12, tzinfo=UTC),
    attempts=2,
)


@pytest.fixture
def paris(monkeypatch):
    """Whoever reads sits in Paris."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lines_of(plan):
    return list(render.plan_lines(JOB, plan, now=POISON.since))


def test_a_run_has_exactly_the_promised_shape():
    assert render.run_data(REPORT) == {
        "run": "r1",
        "user": "claire",
        "type": "contact",
        "status": "ok",
        "created": {"gopaas": 0, "outlook": 32},
        "updated": {"gopaas": 0, "outlook": 0},
        "deleted": {"gopaas": 0, "outlook": 0},
        "unchanged": 3,
        "conflicts": 0,
        "held": 0,
        "quarantined": 0,
        "requests": {"gopaas": 1, "graph": 4},
        "mail_writes": 0,
        "seconds": 1.235,
        "message": "",
    }


def test_a_run_that_never_called_anybody_still_counts_requests():
    assert render.run_data(replace(REPORT, requests={}))["requests"] == {"gopaas": 0, "graph": 0}


def test_a_run_is_told_in_one_line_and_its_message_in_the_next():
    told = list(render.run_lines(replace(REPORT, message="half of it\x1b is held", held=2)))
    assert told == [
        "claire, contact: ok. Outlook: 32 created; 3 unchanged; 2 held. (1 request to GoPaaS, 4 to Graph, 1.2 s, run r1)",
        "  half of it\\x1b is held",
    ]


def test_each_fault_of_a_message_has_a_line_of_its_own():
    error = ConfigurationError("It cannot be used.", faults=["a: is empty", "b: did you mean 'c'?"])
    _, *told = render.run_lines(replace(REPORT, message=str(error)))
    assert told == ["  It cannot be used.", "  a: is empty", "  b: did you mean 'c'?"]


def test_a_run_with_quarantined_records_says_where_to_look():
    _, told = render.run_lines(replace(REPORT, quarantined=1))
    assert told == "  1 record cannot be handled now and will be tried again; `outlookd quarantine` says why"


def test_a_plan_names_what_is_quarantined_why_and_when_it_is_tried_again(paris):
    told = list(render.plan_lines(JOB, Plan(), [POISON], now=POISON.since))[1]
    assert told == "  cannot be handled: GoPaaS k9: birthday: this is not a date; next try 2026-11-22 13:00:00+01:00"
    assert render.plan_data(JOB, Plan(), [POISON])["quarantine"] == [
        {
            "side": "gopaas",
            "key": "k9",
            "reason": "birthday: this is not a date",
            "since": "2026-11-22T00:00:00+00:00",
            "next_try": "2026-11-22T12:00:00+00:00",
            "attempts": 2,
        }
    ]


def test_a_record_that_waits_for_nothing_is_tried_with_the_next_reading_and_not_in_the_past():
    (told,) = render.quarantine_lines([POISON], now=POISON.retry_at)
    assert told.endswith("; next try with the next reading")


def test_a_long_quarantine_is_cut_for_people():
    told = list(render.quarantine_lines([POISON] * 100, now=POISON.since))
    assert len(told) < 30
    assert told[-1].startswith("... and 80 more")


STANDING = JobStanding(
    job=JOB,
    state="ok",
    message="",
    last_run=POISON.since,
    last_success=POISON.since,
    next_run=None,
    linked=7,
    detached=5,
    following=4,
    held=0,
    quarantine=(POISON,),
    sign_in="signed_in",
)


def test_a_standing_shows_detached_pairs_quarantine_and_times_with_their_offset(paris):
    row = dict(zip(render.STANDING_HEADINGS, render.standing_row(STANDING), strict=True))
    assert (row["detached"], row["quarantined"], row["last success"]) == ("5", "1", "2026-11-22 01:00:00+01:00")
    (line,) = render.standing_lines(STANDING, POISON.since)
    assert line.startswith("claire, contact: cannot be handled: GoPaaS k9: birthday: this is not a date; next try ")
    data = render.standing_data(STANDING)
    assert (data["quarantined"], [entry["key"] for entry in data["quarantine"]]) == (1, ["k9"])


def test_a_standing_names_user_and_job_as_the_log_does():
    line = redact(None, "info", {"event": "sync.run.finished", "user": JOB.user, "job": JOB.id})
    data = render.standing_data(STANDING)
    assert (data["log_user"], data["log_job"]) == (line["user"], line["job"])
    row = dict(zip(render.LOG_HEADINGS, render.log_names(STANDING), strict=True))
    assert row == {"user in the log": line["user"], "job in the log": line["job"]}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SignInNeeded("sign in", user="claire"), "reauth"),
        (ContainerMissing("the folder is gone"), "held"),
        (OutlookdError("the disk is full"), "failed"),
    ],
)
def test_a_job_without_a_plan_is_an_entry_with_the_word_of_its_run(error, status):
    assert render.failure_data(JOB, error) == {
        "user": "claire",
        "type": "contact",
        "status": status,
        "message": str(error),
        "hash": None,
        "actions": [],
    }


def test_a_plan_shows_each_field_before_and_after():
    assert lines_of(Plan(actions=(UPDATE,), unchanged=30)) == [
        "claire, contact: 1 write, 30 unchanged",
        "  ~ update in Outlook k17: changed in GoPaaS",
        "      businessPhones: 1, 2 -> (nothing)",
        "      surname: Martin -> Durand",
    ]


def test_a_plan_shows_what_a_guard_holds_with_the_hash_that_releases_it():
    shown = lines_of(Plan(held=(Held(guard="deletes", reason="too many", actions=(DELETE,), hash="abc123"),)))
    assert shown[0] == "claire, contact: nothing to write, 0 unchanged, 1 held"
    assert shown[1] == "  HELD by the guard 'deletes': too many (1; hash abc123)"
    assert shown[2].strip() == "- delete in Outlook k18: left the view"


def test_what_is_only_remembered_is_no_action_of_a_plan():
    assert render.plan_data(JOB, Plan(actions=(REBASE,)))["actions"] == []


def test_an_action_has_the_promised_shape():
    (action,) = render.plan_data(JOB, Plan(actions=(UPDATE,)))["actions"]
    assert action["fields"] == {"businessPhones": [("1", "2"), None], "surname": ["Martin", "Durand"]}
    assert {"op", "side", "key", "outlook_id", "reason", "mails", "fields"} <= action.keys()
    assert (action["op"], action["side"], action["key"], action["outlook_id"]) == ("update", "outlook", "k17", "AAMk=")


def test_columns_that_are_set_as_they_are_are_shown_like_fields():
    detached = replace(UPDATE, side=Side.GOPAAS, changes={}, raw={"archive": "oui"})
    both = replace(UPDATE, raw={"archive": "oui"})
    plan = Plan(actions=(detached, both), held=(Held(guard="deletes", reason="too many", actions=(detached,)),))
    data = render.plan_data(JOB, plan)
    assert data["actions"][0]["fields"] == data["held"][0]["actions"][0]["fields"] == {"archive": [None, "oui"]}
    assert set(data["actions"][1]["fields"]) == {"archive", "businessPhones", "surname"}
    assert [line.strip() for line in lines_of(plan)].count("archive: (nothing) -> oui") == 3


def test_the_outlook_id_that_a_record_gets_is_shown_like_a_field():
    named = replace(UPDATE, side=Side.GOPAAS, changes={}, points_to="AAMk=")
    assert render.plan_data(JOB, Plan(actions=(named,)))["actions"][0]["fields"] == {"id": [None, "AAMk="]}


def test_the_hash_of_a_plan_changes_with_its_writes_and_with_nothing_else():
    hashes = [
        render.plan_hash(plan)
        for plan in (Plan(actions=(UPDATE,)), Plan(actions=(UPDATE, REBASE), unchanged=9), Plan(actions=(DELETE,)))
    ]
    assert hashes[0] == hashes[1] != hashes[2]


@given(st.text())
def test_no_value_can_move_the_cursor_or_start_a_line(text):
    assert render.visible(text).isprintable()


def test_a_long_value_is_cut_for_people_and_whole_for_programs():
    action = replace(UPDATE, changes={"personalNotes": Change(before=None, after="x" * 500)})
    assert all(len(line) < 120 for line in lines_of(Plan(actions=(action,))))
    assert (
        orjson.loads(render.as_json(render.plan_data(JOB, Plan(actions=(action,)))))["actions"][0]["fields"]["personalNotes"][1]
        == "x" * 500
    )


@given(st.lists(st.lists(st.text(max_size=8), min_size=2, max_size=2), max_size=4))
def test_a_table_has_one_line_per_row(rows):
    assert len(list(render.table_lines(("a", "b"), rows))) == len(rows) + 1


@pytest.mark.parametrize("op", [Op.CREATE, Op.UPDATE, Op.DELETE])
def test_a_write_that_could_send_mail_says_so(op):
    shown = lines_of(Plan(actions=(replace(UPDATE, op=op, mails=True),)))
    assert "could send mail" in shown[1]
