"""Many people at once, for tests of load."""

from __future__ import annotations

import asyncio
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import msal
import requests

from outlookd.sandbox.crowd import add_crowd
from outlookd.sandbox.listing import answer, read_options
from outlookd.sandbox.schema import CONTACT_VIEW, SETTINGS_VIEW, TEAM_CONTACT_VIEW
from outlookd.sandbox.seed import CLIENT_ID, SERVICE_ACCOUNT, seed
from outlookd.sandbox.server import Sandbox, write_configuration
from outlookd.sandbox.world import World, empty_world
from outlookd.settings import load_settings

NOW = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)


def crowded(users: int) -> World:
    world = empty_world(lambda: NOW)
    seed(world)
    add_crowd(world, users)
    return world


def test_each_member_has_a_view_with_their_own_five_contacts() -> None:
    world = crowded(3)
    rows = {view: world.crm.rows_of(world.crm.view(view), caller=SERVICE_ACCOUNT) for view in ("contact.u0002", "20003")}
    assert {view: [row["utilisateur"] for row in found] for view, found in rows.items()} == {
        "contact.u0002": ["u0002"] * 5,
        "20003": ["u0003"] * 5,
    }


def test_the_shared_view_can_be_searched_for_one_of_them() -> None:
    world = crowded(3)
    options = read_options({"advancedSearch": "utilisateur|equal|u0002|"}, world.crm.table("contact"))
    found = answer(world.crm, world.crm.view(TEAM_CONTACT_VIEW), options, caller=SERVICE_ACCOUNT)
    assert [row["utilisateur"] for row in found["rows"]] == ["u0002"] * 5


def test_the_others_see_nothing_of_the_crowd() -> None:
    world = crowded(3)
    assert len(world.crm.rows_of(world.crm.view(CONTACT_VIEW), caller=SERVICE_ACCOUNT)) == 32


def test_each_member_has_a_settings_record_for_their_view() -> None:
    world = crowded(2)
    rows = world.crm.rows_of(world.crm.view(SETTINGS_VIEW), caller=SERVICE_ACCOUNT)
    assert [(row["utilisateur"], row["type"], row["vue"]) for row in rows][-2:] == [
        ("u0001", "Contact", "contact.u0001"),
        ("u0002", "Contact", "contact.u0002"),
    ]


def test_no_two_members_contacts_share_an_address() -> None:
    world = crowded(100)
    emails = [row["email"] for row in world.crm.rows_of(world.crm.view(TEAM_CONTACT_VIEW), caller=SERVICE_ACCOUNT)]
    assert len(set(emails)) == len(emails) == 500


def test_a_thousand_people_take_a_few_seconds_at_most() -> None:
    start = time.process_time()
    crowded(1000)
    assert time.process_time() - start < 3.0


async def test_the_application_opens_a_members_mailbox_without_any_sign_in(tmp_path: Path) -> None:
    async with await Sandbox.start(tmp_path, contacts=0, events=0, users=2) as sandbox:
        client = sandbox.directory.client(CLIENT_ID)
        assert client is not None

        def token() -> str:
            with requests.Session() as https:
                https.trust_env, https.verify = False, str(sandbox.addresses.ca_file)
                application = msal.ConfidentialClientApplication(
                    CLIENT_ID,
                    client_credential=client.secret,
                    authority=sandbox.addresses.entra,
                    instance_discovery=False,
                    http_client=https,
                )
                return application.acquire_token_for_client(["https://graph.microsoft.com/.default"])["access_token"]

        bearer = {"Authorization": f"Bearer {await asyncio.to_thread(token)}"}
        address = f"{sandbox.addresses.graph}/users/{sandbox.members[1].upn}/contacts"
        async with aiohttp.ClientSession(headers=bearer) as session, session.get(address) as response:
            assert (response.status, (await response.json())["value"]) == (200, [])


async def test_the_daemon_accepts_a_configuration_for_the_crowd(tmp_path: Path) -> None:
    async with await Sandbox.start(tmp_path, contacts=0, events=0, users=2) as sandbox:
        path = write_configuration(sandbox, tmp_path, web_listen="127.0.0.1:18080", crowd=True, interval="60s")
    settings = load_settings(path, {})
    jobs = [(job.user, job.mailbox, job.view) for job in settings.jobs]
    assert (settings.entra.mode, jobs) == ("application", [(member.login, member.upn, member.view) for member in sandbox.members])


async def test_the_configuration_can_take_its_jobs_from_the_records(tmp_path: Path) -> None:
    async with await Sandbox.start(tmp_path, contacts=0, events=0, users=1) as sandbox:
        path = write_configuration(sandbox, tmp_path, web_listen="127.0.0.1:18080", jobs=(), records=True, interval="60s")
    written = tomllib.loads(path.read_text(encoding="utf-8"))
    told = (written["gopaas"]["settings_view"], written["sync"]["interval"], "job" in written)
    assert told == (SETTINGS_VIEW, "60s", False)
