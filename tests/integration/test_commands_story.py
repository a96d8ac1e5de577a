"""The installed command against the sandbox: the way an administrator goes, and the ways it can go wrong."""

from __future__ import annotations

import asyncio
import io
import json
import signal

import aiohttp
import pytest
from waiting import DEADLINE

from outlookd.app import App, load_installation
from outlookd.runtime.logs import configure_logs
from outlookd.sandbox.seed import CLAIRE


async def act(place, **order):
    """Do something as a person would, at the sandbox."""
    url = place.sandbox.addresses.graph.removesuffix("/v1.0") + "/sandbox/people"
    async with aiohttp.ClientSession() as session, session.post(url, json=order) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def state(place):
    url = place.sandbox.addresses.graph.removesuffix("/v1.0") + "/sandbox/state"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.json()


def folder_of(dump, name="GoPaaS"):
    claire = next(user for user in dump["outlook"]["users"] if user["userPrincipalName"].startswith("claire"))
    return next(folder for folder in claire["mailbox"]["folders"] if folder["displayName"] == name)


def contacts_of(dump):
    claire = next(user for user in dump["outlook"]["users"] if user["userPrincipalName"].startswith("claire"))
    folder = folder_of(dump)
    return [contact for contact in claire["mailbox"]["contacts"] if contact["parentFolderId"] == folder["id"]]


async def test_from_the_link_to_a_settled_folder(place):
    assert (await place.call("sync")).status == 4
    link = await place.call("connect", "claire")
    assert link.out.startswith("http://127.0.0.1:")
    await place.sign_in()

    planned = await place.call("plan", "--json")
    assert planned.status == 0
    assert [action["op"] for action in planned.json["plans"][0]["actions"]] == ["create"] * place.contacts

    first = await place.run("sync", "--json")
    assert first.status == 0, first.err
    (run,) = first.json["runs"]
    assert (run["status"], run["created"]) == ("ok", {"gopaas": 0, "outlook": place.contacts})
    assert run["mail_writes"] == 0

    again = (await place.run("sync", "--json")).json["runs"][0]
    assert again["unchanged"] == place.contacts
    assert again["created"] == again["updated"] == again["deleted"] == {"gopaas": 0, "outlook": 0}
    assert again["requests"] == {"gopaas": 1, "graph": 1}

    standing = (await place.call("status", "--json")).json["jobs"][0]
    assert (standing["state"], standing["sign_in"], standing["counts"]["linked"]) == ("ok", "signed_in", place.contacts)


async def test_status_tells_by_which_words_the_log_knows_a_user_and_a_job(signed_in, untouched_logs):
    log = io.StringIO()
    configure_logs(stream=log)
    async with App(load_installation(signed_in.config, {})) as app:
        await app.sync(app.jobs()[0])
    (line,) = (found for found in map(json.loads, log.getvalue().splitlines()) if found["event"] == "sync.run.finished")
    (standing,) = (await signed_in.call("status", "--user", CLAIRE, "--json")).json["jobs"]
    assert (standing["log_user"], standing["log_job"]) == (line["user"], line["job"])
    table = (await signed_in.call("status", "--verbose")).out
    assert line["user"] in table
    assert line["job"] in table


async def test_a_plan_shows_the_difference_and_writes_nothing(signed_in):
    await signed_in.call("sync")
    first = next(iter(signed_in.sandbox.crm.tables["contact"].rows))
    await act(signed_in, do="update_row", table="contact", cle=first, cells={"fonction": "Archiviste"}, by="claire")
    before = await state(signed_in)
    planned = await signed_in.call("plan")
    assert f"~ update in Outlook {first}" in planned.out
    assert "-> Archiviste" in planned.out
    assert await state(signed_in) == before


async def test_check_finds_nothing_wrong_once_the_user_has_signed_in(signed_in):
    ended = await signed_in.call("check")
    assert ended.status == 0, ended.out
    assert "PROBLEM" not in ended.out
    assert "for a missing key, table contact answers 200 with []" in ended.out


async def test_check_names_a_missing_column_and_the_nearest_one(signed_in):
    signed_in.edit('surname = "nom"', 'surname = "nomm"')
    ended = await signed_in.call("check")
    assert ended.status == 78
    assert "no column 'nomm'; did you mean 'nom'?" in ended.out


async def test_a_run_with_a_missing_column_writes_nothing_and_says_which(signed_in):
    signed_in.edit('surname = "nom"', 'surname = "nomm"')
    ended = await signed_in.call("sync")
    assert ended.status == 78
    assert "nomm" in ended.out


async def test_check_names_a_view_that_shows_nothing_to_the_service_account(signed_in):
    signed_in.edit('view = "contact.outlook"', 'view = "contact.mes_contacts"')
    ended = await signed_in.call("check")
    assert "(-me-)" in ended.out


async def test_check_makes_no_database(place):
    await place.call("check")
    await place.call("status")
    await place.call("plan")
    assert not (place.config.parent / "state.db").exists()


async def test_every_fault_of_the_file_comes_at_once_the_map_included(place):
    place.edit('timezone = "Europe/Paris"', 'timezone = "Europe/Pari"')
    place.edit('surname = "nom"', 'surnam = "nom"')
    place.edit("| phone_fr", "| phone_rf")
    place.edit("[graph]", "[graph]\nconcurrancy = 2")
    ended = await place.call("check")
    assert ended.status == 78
    for words in (
        "gopaas.timezone",
        "'Europe/Paris'",
        "job[1].map",
        "'surname'",
        "'phone_fr'",
        "graph.concurrancy",
        "'concurrency'",
    ):
        assert words in ended.err
    assert str(place.config) in ended.err


@pytest.mark.parametrize(
    ("secret", "words", "status"),
    [("gopaas-api-key", "gopaas.api_key_file", 78), ("entra-client-secret", "client secret", 78)],
)
async def test_a_wrong_secret_is_told_with_what_to_do_and_not_shown(signed_in, secret, words, status):
    (signed_in.config.parent / secret).write_text("wrong-canary")
    ended = await signed_in.call("check")
    assert ended.status == status, ended.out
    assert words in ended.out
    assert "canary" not in ended.out + ended.err


async def test_an_unreachable_gopaas_is_told_and_tried_again_later(signed_in):
    signed_in.edit(signed_in.sandbox.addresses.gopaas, "http://127.0.0.1:9/crm")
    ended = await signed_in.call("sync", "--json")
    assert ended.status == 75
    assert ended.json["runs"][0]["status"] == "failed"


async def test_a_folder_that_the_user_deleted_stops_the_job_until_a_person_says_so(signed_in):
    await signed_in.call("sync")
    folder = folder_of(await state(signed_in))
    await act(signed_in, do="delete_folder", user="claire@ateliers-du-lac.test", id=folder["id"])
    stopped = await signed_in.call("sync", "--json")
    assert (stopped.status, stopped.json["runs"][0]["status"]) == (3, "held")
    made = await signed_in.call("sync", "--recreate-folder", "--json")
    assert (made.status, made.json["runs"][0]["created"]["outlook"]) == (0, signed_in.contacts)


async def test_the_daemon_serves_runs_and_stops_when_told(signed_in):
    daemon = await signed_in.start("run", OUTLOOKD_SYNC__INTERVAL="1s")
    err = b""
    while b"sync.run.finished" not in err:
        line = await asyncio.wait_for(daemon.stderr.readline(), DEADLINE)
        assert line, err
        err += line
    daemon.send_signal(signal.SIGTERM)
    rest = await daemon.communicate()
    assert daemon.returncode == 0
    assert len(contacts_of(await state(signed_in))) == signed_in.contacts
    log = (err + rest[1]).decode()
    for row in signed_in.sandbox.crm.tables["contact"].rows.values():
        for column in ("nom", "email", "telephone"):
            if len(str(row.get(column) or "")) > 3:
                assert str(row[column]) not in log
    assert "claire" not in log


async def test_two_daemons_on_one_address_are_told_apart(signed_in):
    first = await signed_in.start("run")
    while b"daemon.started" not in await asyncio.wait_for(first.stderr.readline(), DEADLINE):
        pass
    second = await signed_in.run("run")
    first.terminate()
    await first.communicate()
    assert second.status == 1
    assert "web.listen" in second.err


async def test_the_demo_ends_by_itself_and_counts_what_it_created(place):
    ended = await place.run("demo", "--once", "--contacts", "5")
    assert ended.status == 0, ended.err
    assert "created in Outlook: 5" in ended.out
    assert "created in GoPaaS:  0" in ended.out


async def test_the_sandbox_prints_its_addresses_on_one_line_and_ends_when_told(place, tmp_path):
    process = await place.start("sandbox", "--json", "--contacts", "1", "--directory", str(tmp_path / "other"))
    line = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
    process.terminate()
    await process.communicate()
    assert process.returncode == 0
    assert str(tmp_path / "other" / "outlookd.toml") in line.decode()
