"""No secret, token, name, e-mail or phone number in any log line, whatever is done and whatever fails.

Canaries are put into rows, contacts and secrets, and then looked for in everything that is written: log lines (the daemon's own, and in
this process with every library at its most talkative), what commands print besides their answer, and the database.
"""

from __future__ import annotations

import asyncio
import io
import logging
import signal
from contextlib import asynccontextmanager

from trial import Trial

from outlookd.app import App, check, load_installation
from outlookd.errors import OutlookdError
from outlookd.runtime.logs import configure_logs
from outlookd.sandbox.seed import CLAIRE, UPNS

WORDS = (
    "Canarienne",
    "CANARIVAL",
    "canari@oiseau.test",
    "oiseau",
    "0639987766",
    "39 98 77 66",
    "Siffleuse",
    "Tante Canari",
    "rue du Perchoir",
)
PERSON = {
    "prenom": "Canarienne",
    "nom": "CANARIVAL",
    "email": "canari@oiseau.test",
    "telephone": "06 39 98 77 66",
    "fonction": "Siffleuse",
    "rue": "9 rue du Perchoir",
    "synchroniser": "oui",
}
ODD = (
    {
        "email": "canari@@oiseau.test; canari@oiseau.test, canari@oiseau.test; canari2@oiseau.test; canari3@oiseau.test; canari4@oiseau.test"
    },
    {"date_naissance": "Canarienne 31/02"},
    {"telephone": "Canarienne 0639987766 ou 06 39 98 77 66"},
    {"nom": "CANARIVAL" * 200},
    {"cle": "CANARIVAL-Canarienne"},
)


@asynccontextmanager
async def seeded(directory):
    async with Trial.start(directory, contacts=12) as trial:
        for cells in ODD:
            trial.sandbox.crm.create("contact", PERSON | cells, by="paul")
        own = {"givenName": "Canarienne", "surname": "CANARIVAL", "personalNotes": "Tante Canari", "mobilePhone": "0639987766"}
        trial.mailbox.create_contact(own)
        await trial.sign_in()
        yield trial


def secrets_of(trial):
    """Every key, secret and token that exists: ours, the CRM's and Entra's."""
    tokens = trial.sandbox.directory.tokens
    drawers = (tokens.access, tokens.refresh, tokens.codes)
    files = ("gopaas-api-key", "entra-client-secret", "state-key")
    return [
        *(trial.config.with_name(name).read_text().strip() for name in files),
        *trial.sandbox.access.keys,
        *(key for drawer in drawers for key, _ in drawer.items()),
    ]


def assert_clean(trial, text, *, people=True):
    for secret in secrets_of(trial):
        assert secret not in text
    if not people:
        return
    seeded = [str(row[name]) for row in trial.shown_rows.values() for name in ("nom", "email", "telephone", "rue") if row[name]]
    for word in (*WORDS, *(word for word in seeded if len(word) > 4), *UPNS.values()):
        assert word.casefold() not in text.casefold(), word


async def work(trial):
    """A day of a contact: it comes, changes on both sides, is refused, and goes."""
    crm, faults = trial.sandbox.crm, trial.sandbox.faults
    yield "first"
    for key in list(trial.shown_rows)[-3:]:
        trial.edit_row(key, {"fonction": "Siffleuse en chef"})
    faults.add("graph.item", "status", status=400, code="ErrorInvalidProperty", message="CANARIVAL canari@oiseau.test", times=1)
    yield "refused"
    faults.add("graph", "status", status=401, code="InvalidAuthenticationToken", message="CANARIVAL", times=1)
    yield "renewed"
    faults.add("graph", "status", status=403, code="ErrorAccessDenied", message="canari@oiseau.test may not", times=1)
    yield "denied"
    faults.add("gopaas", "status", status=500, message="CANARIVAL", body="<p>CANARIVAL 06 39 98 77 66</p>", times=9)
    yield "broken"
    faults.clear()
    trial.edit_row(next(iter(trial.shown_rows)), {"fonction": "Siffleuse"})
    faults.add("graph", "drop_after", match=r"\$batch", times=1)
    yield "cut"
    faults.clear()
    crm.delete("contact", list(trial.shown_rows)[-1])
    yield "gone"
    trial.mailbox.delete_folder(trial.folder.id)
    yield "lost"


async def test_the_commands_say_nothing_of_people_besides_their_answers(tmp_path):
    async with seeded(tmp_path) as trial:
        assert_clean(trial, (await trial.call("check")).said)
        plan = await trial.call("plan")
        assert "CANARIVAL" in plan.out
        assert_clean(trial, plan.out, people=False)
        assert_clean(trial, plan.err)
        async for _ in work(trial):
            assert_clean(trial, (await trial.call("sync")).said)
        # Like a plan, a status names records to whoever may ask for it.
        status = await trial.call("status")
        assert_clean(trial, status.out, people=False)
        assert_clean(trial, status.err)
        trial.config.with_name("entra-client-secret").write_text("wrong-canary")
        assert_clean(trial, (await trial.call("check")).said)


async def test_at_its_most_talkative_no_log_line_names_a_person_or_shows_a_secret(tmp_path, untouched_logs):
    async with seeded(tmp_path) as trial:
        log = io.StringIO()
        configure_logs(level=logging.DEBUG, stream=log)
        async with App(load_installation(trial.config, {})) as app:
            (job,) = app.jobs()
            async for _ in work(trial):
                _ = [finding async for finding in check(app.installation)]
                await try_plan(app, job)
                await app.sync(job)
                await app.connect(CLAIRE)
        lines = log.getvalue()
        assert lines.count("sync.run.finished") == 8
        assert '"level":"debug"' in lines
        assert_clean(trial, lines)
        assert CLAIRE not in lines.casefold().replace(str(trial.config.parent).casefold(), "")


async def try_plan(app, job):
    try:
        await app.plan(job)
    except OutlookdError:
        return


async def read_until(daemon, event):
    """The log up to the line with this event."""
    lines = b""
    async with asyncio.timeout(30):
        while event not in lines:
            line = await daemon.stderr.readline()
            assert line, lines
            lines += line
    return lines


async def test_the_daemon_logs_its_runs_without_a_person_or_a_secret(tmp_path):
    async with seeded(tmp_path) as trial:
        trial.edit('interval = "5s"', 'interval = "1s"')
        daemon = await trial.start_daemon()
        err = await read_until(daemon, b"sync.run.finished")
        trial.edit_row(next(iter(trial.shown_rows)), {"fonction": "Siffleuse"})
        err += await read_until(daemon, b"sync.run.finished")
        trial.sandbox.faults.add("gopaas", "status", status=500, message="CANARIVAL", times=-1)
        err += await read_until(daemon, b"sync.run.failed")
        daemon.send_signal(signal.SIGTERM)
        out, rest = await daemon.communicate()
        assert daemon.returncode == 0
        assert_clean(trial, (out + err + rest).decode())


async def test_no_token_and_no_secret_is_in_the_database_in_clear(tmp_path):
    async with seeded(tmp_path) as trial:
        assert (await trial.call("sync")).status in {0, 3}
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
        for secret in secrets_of(trial):
            assert secret.encode() not in stored
        assert b"eyJ0." not in stored
        assert b"1.refresh." not in stored
