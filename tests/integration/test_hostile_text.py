"""Texts that strangers write into a record or an event reach the other side as text, and come to rest there."""

from __future__ import annotations

import io
import json
import logging

from agenda_trial import Agenda, at, event, row
from security.hostile import HOSTILE
from trial import Trial

from outlookd.app import App, check, load_installation
from outlookd.core.cells import read_text
from outlookd.core.expression import harmless
from outlookd.runtime.logs import configure_logs

LONG = "x" * 40_000


async def test_texts_of_a_calendar_cross_both_ways_as_text_and_come_to_rest(tmp_path):
    async with Agenda.ready(tmp_path) as agenda:
        written = {}
        for day, (name, text) in enumerate(HOSTILE.items(), start=1):
            body = {"contentType": "text", "content": f"{text}\nend"}
            made = agenda.plan_event(event(f"{name}: o", at(day), location={"displayName": text}, body=body))
            agenda.change_event(made, {"subject": text})
            written[made] = text
            agenda.enter(row(f"{name}: g", at(day, 15), lieu=text, note=f"{text}\nend"))
        agenda.plan_event(event("long", at(20), body={"contentType": "text", "content": LONG}))
        page = {"contentType": "html", "content": "<p>Hello<script>alert(1)</script><style>p{}</style></p><!-- hid -->"}
        page_id = agenda.plan_event(event("page", at(21), body=page))
        agenda.sandbox.crm.injections.clear()
        run = await agenda.sync()
        assert (run["created"], run["quarantined"]) == ({"gopaas": len(HOSTILE) + 2, "outlook": len(HOSTILE)}, 0)
        for id, text in written.items():
            record = agenda.rows[agenda.key_of(id)]
            assert [words(record[column]) for column in ("intitule", "lieu")] == [words(harmless(text))] * 2
            assert words(record["note"]) == words(harmless(f"{text}\nend"))
        assert agenda.rows[agenda.key_of(page_id)]["note"] == "Hello"
        assert agenda.sandbox.crm.injections == []
        await agenda.assert_settled()


def words(text):
    """What a text says: how its lines end is each side's own."""
    return (read_text(text) or "").split()


async def test_texts_of_contacts_folders_and_errors_move_no_terminal_and_make_no_log_line(tmp_path, untouched_logs):
    async with Trial.start(tmp_path, contacts=2) as trial:
        await trial.sign_in()
        crm, faults, text = trial.sandbox.crm, trial.sandbox.faults, "".join(HOSTILE.values())
        for number, (name, cell) in enumerate(HOSTILE.items()):
            cells = {
                "nom": cell,
                "societe": cell,
                "rue": cell,
                "email": f"a{number}@example.com",
                "prenom": name,
                "synchroniser": "oui",
            }
            crm.create("contact", cells, by="paul")
        run, *_ = (await trial.call("sync", "--json")).runs
        assert (run["created"]["outlook"], run["quarantined"]) == (len(trial.shown_rows), 0)
        names = {contact.properties["givenName"]: contact.properties["surname"] for contact in trial.exported}
        assert {name: words(names[name]) for name in HOSTILE} == {name: words(cell) for name, cell in HOSTILE.items()}
        trial.mailbox.rename_folder(trial.folder.id, text)
        outputs = [(await trial.call(*command)).said for command in (("status", "--verbose"), ("check",), ("plan",))]
        log = io.StringIO()
        configure_logs(level=logging.DEBUG, stream=log)
        async with App(load_installation(trial.config, {})) as app:
            (job,) = app.jobs()
            for service in ("graph", "gopaas"):
                for status in (400, 403):
                    faults.add(service, "status", status=status, code=text, message=text, times=2)
                    report = await app.sync(job, full=True)
                    outputs.append(report.message)
                    faults.clear()
                faults.add(service, "status", status=403, code=text, message=text, times=2)
                outputs += [finding.text async for finding in check(app.installation)]
                faults.clear()
        assert not any(sign in output for sign in "\x1b\x07\x00\r\u202e" for output in outputs)
        assert all(json.loads(line)["event"] for line in log.getvalue().splitlines())
