"""The mail firewall from outside (design rule 7): no setting, no mail; and with ``allow_mail`` a mail that is counted."""

from __future__ import annotations

import re

import pytest
from agenda_trial import QUIET, Agenda, at, event, guests, row
from outbox import watched

CUSTOMER = "achats@bois-charpente.test"


async def with_a_meeting(agenda):
    """Claire meets a customer; the record of it is moved to the next day in the CRM. Returns its key."""
    meeting = agenda.plan_event(event("Projet", at(3, 15), attendees=guests(CUSTOMER)))
    agenda.enter(row("Visite", at(2)))
    await agenda.sync()
    key = agenda.key_of(meeting)
    agenda.amend(key, row("Projet", at(4, 15)))
    return key


async def test_without_the_setting_a_write_that_would_mail_a_customer_is_held_and_no_approval_releases_it(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        key = await with_a_meeting(agenda)
        told = await agenda.call("sync")
        assert told.status == 3
        assert "could send mail" in told.out
        for name in re.findall(r"outlookd approve (\w+)", told.out):
            await agenda.call("approve", name)
        run = await agenda.sync(3)
        assert ({word: run[word] for word in QUIET}, run["held"]) == (QUIET, 1)
        assert agenda.event(key).shape.start.wall == at(3, 15)


async def test_without_the_setting_a_deleted_record_cancels_no_meeting(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        key = await with_a_meeting(agenda)
        meeting = agenda.rows[key]["outlook_id"]
        agenda.act("delete_row", table="action", cle=key)
        await agenda.sync(created=(0, 0))
        assert meeting in agenda.events
        await agenda.assert_settled()


async def test_with_the_setting_the_meeting_is_moved_and_its_mail_counted(tmp_path):
    async with Agenda.ready(tmp_path, may_mail=True) as agenda:
        agenda.edit("[[job]]", "[[job]]\nallow_mail = true")
        key = await with_a_meeting(agenda)
        (action,) = (await agenda.call("plan", "--json")).plans[0]["actions"]
        assert (action["mails"], agenda.outbox.ours) == (True, [])
        ended = await agenda.call("sync", "--json")
        (run,) = ended.runs
        assert (ended.status, run["updated"], run["mail_writes"]) == (0, {"gopaas": 0, "outlook": 1}, 1)
        (mail,) = agenda.outbox.ours
        assert (mail.reason, mail.recipients) == ("update", (CUSTOMER,))
        assert agenda.event(key).shape.start.wall == at(4, 15)
        await agenda.assert_settled()


async def test_a_sandbox_in_which_we_sent_a_mail_fails_its_test(tmp_path):
    async with Agenda.ready(tmp_path, may_mail=True) as agenda:
        agenda.edit("[[job]]", "[[job]]\nallow_mail = true")
        await with_a_meeting(agenda)
        watch = watched(agenda.sandbox)
        outbox = watch.__enter__()
        with outbox.person():
            agenda.plan_event(event("Repas", at(5), attendees=guests(CUSTOMER)))
        assert outbox.ours == []
        await agenda.call("sync")
        with pytest.raises(AssertionError):
            watch.__exit__(None, None, None)
