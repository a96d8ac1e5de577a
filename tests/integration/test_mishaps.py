"""What goes wrong on an ordinary bad day: a clear sentence, the right exit status, and nothing lost once it is mended."""

from __future__ import annotations

import asyncio
import re
import socket
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from effort import stride
from trial import Trial

from outlookd.sandbox.seed import CLAIRE, CLIENT_ID, SERVICE_ACCOUNT, UPNS

ROWS = 30


@asynccontextmanager
async def signed_in(directory, *, contacts=ROWS):
    async with Trial.start(directory, contacts=contacts) as trial:
        trial.edit('interval = "5s"', 'interval = "5s"\nrecovery_wait = "1s"')
        await trial.sign_in()
        yield trial


def work_to_do(trial):
    """Two rows change and one comes."""
    for key in sorted(trial.shown_rows)[:2]:
        trial.edit_row(key, {"fonction": "Archiviste"})
    trial.sandbox.crm.create("contact", {"prenom": "Ysoline", "nom": "Nouvelle", "synchroniser": "oui"}, by="paul")


async def assert_complete(trial, *arguments):
    """A healthy run ends with every row once, and the next one finds nothing to do."""
    ended = await trial.call("sync", *arguments)
    assert ended.status == 0, ended.said
    assert_every_row_once(trial)
    links = [link for link in await trial.links() if link.status == "active"]
    assert {link.gopaas_id for link in links} == set(trial.shown_rows)
    assert {link.outlook_id for link in links} == {contact.immutable_id for contact in trial.exported}
    (run,) = (await trial.call("sync", "--json")).runs
    assert (run["status"], run["unchanged"]) == ("ok", len(trial.shown_rows))
    assert len(trial.sandbox.mail_log) == 0


def assert_every_row_once(trial):
    shown = sorted(contact.properties["surname"] for contact in trial.exported)
    assert shown == sorted(str(row["nom"]).strip() for row in trial.shown_rows.values())


def assert_told(ended, status, *words):
    """The exit status, the essence of the message, and no traceback; a sentence or two and no flood."""
    assert ended.status == status, ended.said
    for word in words:
        assert re.search(word, ended.said), ended.said
    assert "Traceback" not in ended.said
    assert len(ended.out.splitlines()) <= 4


# --- settings and secrets ------------------------------------------------------------------------------------------------


def refuse_token(trial):
    """Graph no longer takes the token that is at hand, so that a new one must be fetched."""
    trial.sandbox.faults.add("graph", "status", status=401, code="InvalidAuthenticationToken", times=1)


def file_with(name, text):
    def spoil(trial):
        path = trial.config.with_name(name)
        right = path.read_text()
        path.write_text(text)
        return lambda: path.write_text(right)

    return spoil


def setting(old, new):
    def spoil(trial):
        right = trial.config.read_text()
        trial.edit(old, new)
        return lambda: trial.config.write_text(right)

    return spoil


def wrong_client_secret(trial):
    refuse_token(trial)
    return file_with("entra-client-secret", "wrong-canary")(trial)


def expired_client_secret(trial):
    refuse_token(trial)
    client = trial.sandbox.directory.client(CLIENT_ID)
    client.secret_expires = datetime.now(UTC) - timedelta(days=1)

    def mend():
        client.secret_expires = None

    return mend


@pytest.mark.parametrize(
    ("spoil", "status", "words"),
    [
        pytest.param(setting('surname = "nom"', 'surname = "nomm"'), 78, ["nomm", "did you mean 'nom'"], id="missing column"),
        pytest.param(
            setting('timezone = "Europe/Paris"', 'timezone = "Paris"'), 78, ["gopaas.timezone", "outlookd.toml"], id="zone"
        ),
        pytest.param(
            setting("contact.outlook", "contact.outlok"), 78, [r"view contact\.outlok", r"job\[1\]\.view"], id="wrong view"
        ),
        pytest.param(wrong_client_secret, 78, ["client secret", "entra.client_secret_file"], id="wrong client secret"),
        pytest.param(expired_client_secret, 78, ["client secret", "expired"], id="expired client secret"),
        pytest.param(file_with("gopaas-api-key", "wrong-canary"), 78, ["API key", "gopaas.api_key_file"], id="wrong API key"),
        pytest.param(file_with("gopaas-api-key", ""), 78, ["gopaas.api_key_file", "empty"], id="empty API key"),
        pytest.param(file_with("state-key", "bm90IGEga2V5"), 78, ["state key", "openssl rand"], id="damaged state key"),
    ],
)
async def test_a_wrong_setting_or_secret_is_named_and_nothing_is_lost(tmp_path, spoil, status, words):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        work_to_do(trial)
        before = deepcopy(trial.exported)
        mend = spoil(trial)
        ended = await trial.call("sync")
        assert_told(ended, status, *words)
        assert "canary" not in ended.said
        assert trial.exported == before
        mend()
        await assert_complete(trial)


async def test_a_revoked_sign_in_asks_for_that_user_and_nothing_is_lost(tmp_path):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        work_to_do(trial)
        trial.sandbox.directory.revoke_sessions(trial.sandbox.directory.user(UPNS[CLAIRE]))
        refuse_token(trial)
        assert_told(await trial.call("sync"), 4, "outlookd connect claire")
        await trial.sign_in()
        await assert_complete(trial)


# --- hosts that do not answer --------------------------------------------------------------------------------------------


def closed_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


@dataclass
class Host:
    """A service, and how people name it in a message."""

    name: str
    setting: str


async def lose(directory, host):
    async with signed_in(directory) as trial:
        assert (await trial.call("sync")).status == 0
        work_to_do(trial)
        before = deepcopy(trial.exported)
        address = getattr(trial.sandbox.addresses, host.setting.partition(".")[0])
        right = trial.config.read_text()
        trial.edit(address, re.sub(r":\d+/", f":{closed_port()}/", address))
        ended = await trial.call("sync")
        assert_told(ended, 75, host.name, re.escape(host.setting))
        assert trial.exported == before
        trial.config.write_text(right)
        await assert_complete(trial)


async def test_a_host_that_does_not_answer_is_named_and_the_run_is_tried_again_later(tmp_path):
    # At the same time, because the client asks several times before it gives up.
    hosts = (Host("GoPaaS", "gopaas.url"), Host("Graph", "graph.url"), Host("Entra", "entra.authority"))
    await asyncio.gather(*(lose(tmp_path / host.name, host) for host in hosts))


# --- the two sides ---------------------------------------------------------------------------------------------------------


async def test_a_folder_that_was_deleted_stops_the_job_and_says_how_to_go_on(tmp_path):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        trial.mailbox.delete_folder(trial.folder.id)
        work_to_do(trial)
        for _ in range(2):
            assert_told(await trial.call("sync"), 3, "deleted", "--recreate-folder")
            assert [folder.name for folder in trial.mailbox.all_folders()] == ["Contacts"]
        await assert_complete(trial, "--recreate-folder")


@pytest.mark.parametrize("left", [0, 15])
async def test_a_view_that_is_suddenly_empty_or_short_deletes_nothing_and_says_so(tmp_path, left):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        before, rows = deepcopy(trial.exported), trial.remember_rows()
        for key in sorted(trial.shown_rows)[left:]:
            trial.edit_row(key, {"synchroniser": "non"})
        ended = await trial.call("sync")
        assert_told(ended, 3, "nothing is deleted", f"{'nothing' if left == 0 else left} of {ROWS}", "outlookd approve")
        assert trial.exported == before
        trial.table.rows = rows
        work_to_do(trial)
        await assert_complete(trial)


async def test_an_approved_shrink_deletes_exactly_what_was_shown(tmp_path):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        for key in sorted(trial.shown_rows)[15:]:
            trial.edit_row(key, {"synchroniser": "non"})
        told = await trial.call("sync")
        name = re.search(r"outlookd approve (\S+?)[`\s]", told.said)[1]
        assert (await trial.call("approve", name)).status == 0
        await assert_complete(trial)


THROTTLED = [
    pytest.param({"status": 503, "retry_after": 1}, id="503"),
    pytest.param({"status": 429, "retry_after": 1}, id="whole seconds"),
    pytest.param({"status": 429, "retry_after": 0.25}, id="decimal seconds"),
    pytest.param({"status": 429, "retry_after": "date"}, id="date"),
    pytest.param({"status": 429, "empty": True}, id="no header and no body"),
]
"""Every form of being told to wait. The client's own tests have them all, so that a run need not try each of them every time."""


@pytest.mark.parametrize("answer", THROTTLED[:: stride(4)])
async def test_a_throttled_mailbox_is_waited_for(tmp_path, answer):
    async with signed_in(tmp_path) as trial:
        if answer.get("retry_after") == "date":
            answer = {**answer, "retry_after": datetime.now(UTC) + timedelta(seconds=1)}
        trial.sandbox.faults.add("graph", "status", match=r"^POST .*/\$batch", code="TooManyRequests", times=1, **answer)
        trial.sandbox.faults.add("graph.item", "status", match="^POST", code="MailboxConcurrency", times=2, **answer)
        assert (await trial.call("sync")).status == 0
        assert trial.sandbox.faults.waiting == ()
        await assert_complete(trial)


async def test_a_pause_of_an_hour_is_left_to_a_later_run(tmp_path):
    async with signed_in(tmp_path) as trial:
        trial.sandbox.faults.add(
            "graph", "status", match=r"\$batch", status=429, code="TooManyRequests", retry_after=3600, times=-1
        )
        assert_told(await trial.call("sync"), 75, "Graph|mailbox", "goes on where this one stopped")
        trial.sandbox.faults.clear()
        await assert_complete(trial)


async def test_a_forgotten_delta_token_doubles_and_deletes_nothing(tmp_path):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        trial.mailbox.expire_delta()
        work_to_do(trial)
        await assert_complete(trial)


@pytest.mark.parametrize("switch", [{"token_uses": 2}, {"token_seconds": 1}])
async def test_a_token_that_dies_between_two_pages_costs_no_row(tmp_path, switch):
    async with signed_in(tmp_path) as trial:
        client = next(name for name, client in trial.sandbox.access.clients.items() if client.login == SERVICE_ACCOUNT)
        (trial.config.parent / "gopaas-secret").write_text(trial.sandbox.access.clients[client].secret)
        (trial.config.parent / "gopaas-secret").chmod(0o600)
        trial.edit('api_key_file = "gopaas-api-key"', f'client_id = "{client}"\nclient_secret_file = "gopaas-secret"')
        trial.edit("page_size = 500", "page_size = 5")
        trial.sandbox.access.turn(switch)
        trial.sandbox.faults.add("gopaas", "slow", match="page=|/list|view", seconds=0.35, times=6)
        ended = await trial.call("sync", "--json")
        assert ended.status == 0, ended.said
        assert trial.sandbox.requests["gopaas"].count("POST") >= 2
        await assert_complete(trial)


async def test_a_proxy_that_answers_with_a_page_is_no_empty_view(tmp_path):
    async with signed_in(tmp_path) as trial:
        assert (await trial.call("sync")).status == 0
        before = deepcopy(trial.exported)
        trial.sandbox.faults.add("gopaas", "status", status=200, body="<html>Maintenance</html>", times=-1)
        assert_told(await trial.call("sync"), 1, "GoPaaS", "web page, not data", "gopaas.url")
        assert trial.exported == before
        trial.sandbox.faults.clear()
        work_to_do(trial)
        await assert_complete(trial)


# --- the disk ------------------------------------------------------------------------------------------------------------


async def test_a_disk_without_room_at_any_moment_stops_the_run_and_loses_nothing(tmp_path):
    async with signed_in(tmp_path) as trial:
        trial.keep_state()
        stopped = 0
        for kilobytes in (4, 16, 64, 128, 192, 256, 384):
            trial.restore_state()
            ended = await trial.call("sync", largest_file=kilobytes * 1024)
            if ended.status != 0:
                stopped += 1
                # A limit on file sizes is a write error to SQLite (1), a full file system is room that may come back (75).
                assert ended.status in {1, 75}, ended.said
                assert "Traceback" not in ended.said
                assert "state.db" in ended.said
                assert "disk" in ended.said or "space" in ended.said
            await assert_complete(trial)
            trial.mailbox.delete_folder(trial.folder.id)
        assert stopped >= 3
