"""The sandbox as a whole, from outside: ports, certificate, configuration, control API."""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from outlookd.sandbox.directory import MailboxState
from outlookd.sandbox.seed import CLAIRE, UPNS
from outlookd.sandbox.server import Sandbox, write_configuration
from outlookd.settings import load_settings

SECRET_FILES = ("gopaas-api-key", "gopaas-api-key-claire", "entra-client-secret", "state-key")
LISTEN = "127.0.0.1:18080"


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with await Sandbox.start(tmp_path, contacts=3, events=1) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Control:
    """The control API, as a test from outside uses it."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        async with self._session.request(method, f"{self._url}/sandbox/{path}", json=body) as response:
            return (response.status, await response.json() if response.status != 204 else None)


@pytest.fixture(params=["graph", "gopaas"])
def control(request: pytest.FixtureRequest, sandbox: Sandbox, session: aiohttp.ClientSession) -> Control:
    address = {"graph": sandbox.addresses.graph.removesuffix("/v1.0"), "gopaas": sandbox.addresses.gopaas.removesuffix("/crm")}
    return Control(session, address[request.param])


@pytest.fixture
def at_graph(sandbox: Sandbox, session: aiohttp.ClientSession) -> Control:
    return Control(session, sandbox.addresses.graph.removesuffix("/v1.0"))


async def test_entra_is_trusted_through_the_sandboxs_own_authority(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    trust = ssl.create_default_context(cafile=str(sandbox.addresses.ca_file))
    async with session.get(f"{sandbox.addresses.entra}/v2.0/.well-known/openid-configuration", ssl=trust) as response:
        assert (await response.json())["token_endpoint"].startswith(sandbox.addresses.entra)


async def test_entra_is_not_trusted_otherwise(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await session.get(f"{sandbox.addresses.entra}/v2.0/.well-known/openid-configuration")


async def test_graph_wants_a_token(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{sandbox.addresses.graph}/me/contactFolders") as response:
        assert response.status == 401


async def test_gopaas_lists_the_seeded_contacts(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    bearer = {"Authorization": f"Bearer {sandbox.access.key_of(CLAIRE)}"}
    async with session.get(f"{sandbox.addresses.gopaas}/api/list/contact.outlook/", headers=bearer) as response:
        assert (await response.json())["total"] == 3


async def test_each_side_has_its_page(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    pages = []
    for address in (sandbox.addresses.outlook_page, sandbox.addresses.gopaas_page):
        async with session.get(address) as response:
            pages.append((response.status, await response.text()))
    assert [(status, title in html) for (status, html), title in zip(pages, ("<h1>Outlook", "<h1>GoPaaS"), strict=True)] == [
        (200, True)
    ] * 2


async def test_after_stop_nobody_listens(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    running = await Sandbox.start(tmp_path, contacts=0, events=0)
    await running.stop()
    await running.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await session.get(running.addresses.gopaas_page)


async def test_a_start_that_fails_leaves_nothing_running(sandbox: Sandbox, tmp_path: Path) -> None:
    taken = int(sandbox.addresses.graph.removesuffix("/v1.0").rpartition(":")[2])
    with pytest.raises(OSError):
        await Sandbox.start(tmp_path / "second", graph_port=taken)


async def test_the_daemon_accepts_the_configuration(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = load_settings(write_configuration(sandbox, tmp_path / "new", web_listen=LISTEN), {})
    assert (settings.warnings, [(job.user, job.type) for job in settings.jobs]) == ((), [(CLAIRE, "contact"), (CLAIRE, "calendar")])


@pytest.mark.parametrize("jobs", [["contact"], ["calendar"], []])
async def test_the_configuration_may_run_some_of_the_jobs_only(sandbox: Sandbox, tmp_path: Path, jobs: list[str]) -> None:
    settings = load_settings(write_configuration(sandbox, tmp_path, web_listen=LISTEN, jobs=jobs), {})
    assert [job.type for job in settings.jobs] == jobs


async def test_claires_calendar_is_read_with_her_own_key(sandbox: Sandbox, tmp_path: Path) -> None:
    """Its view asks for the appointments of whoever calls, so the service account would see none."""
    _, calendar = load_settings(write_configuration(sandbox, tmp_path, web_listen=LISTEN), {}).jobs
    assert calendar.api_key is not None
    assert sandbox.access.keys[calendar.api_key.get_secret_value()].login == CLAIRE


async def test_the_configuration_holds_no_secret(sandbox: Sandbox, tmp_path: Path) -> None:
    text = write_configuration(sandbox, tmp_path, web_listen=LISTEN).read_text()
    secrets = [(tmp_path / name).read_text() for name in SECRET_FILES]
    assert [secret for secret in secrets if secret in text] == []


async def test_secrets_are_their_owners_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "gopaas-api-key").touch(mode=0o644)
    write_configuration(sandbox, tmp_path / "fresh", web_listen=LISTEN)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "fresh").iterdir() if path.suffix != ".toml"}
    assert modes == dict.fromkeys(SECRET_FILES, 0o600)


async def test_the_sign_in_may_return_to_the_daemon(sandbox: Sandbox, tmp_path: Path) -> None:
    path = write_configuration(sandbox, tmp_path, web_listen=LISTEN)
    client = sandbox.directory.client(tomllib.loads(path.read_text())["entra"]["client_id"])
    assert client is not None
    assert client.redirect_uris == (f"http://{LISTEN}/webservice/outlook-sync/getAccessToken.php",)


async def test_a_state_key_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    write_configuration(sandbox, tmp_path, web_listen=LISTEN)
    before = (tmp_path / "state-key").read_text()
    write_configuration(sandbox, tmp_path, web_listen=LISTEN)
    assert (tmp_path / "state-key").read_text() == before


async def test_the_state_shows_both_sides(control: Control) -> None:
    _, state = await control("GET", "state")
    claire = state["outlook"]["users"][0]
    assert (len(claire["mailbox"]["contacts"]), len(state["gopaas"]["tables"]["contact"]["rows"]), state["mails"]) == (2, 5, [])


async def test_the_state_holds_no_key(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    async with session.get(sandbox.addresses.outlook_page.rstrip("/") + "/sandbox/state") as response:
        text = await response.text()
    assert [key for key in sandbox.access.keys if key in text] == []


async def test_requests_are_counted_per_service(at_graph: Control, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{sandbox.addresses.gopaas}/api/list/1170/"):
        pass
    _, requests = await at_graph("GET", "requests")
    assert {service: [entry["status"] for entry in entries] for service, entries in requests.items()} == {
        "entra": [],
        "graph": [],
        "gopaas": [401],
    }


async def test_counting_starts_anew_on_demand(at_graph: Control, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{sandbox.addresses.gopaas}/api/list/1170/"):
        pass
    await at_graph("DELETE", "requests")
    assert [len(log) for log in sandbox.requests.values()] == [0, 0, 0]


async def test_a_fault_is_ordered_and_strikes(at_graph: Control, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    await at_graph(
        "POST", "faults", {"service": "graph", "kind": "status", "status": 503, "retry_after": 2, "match": "contactFolders"}
    )
    async with session.get(f"{sandbox.addresses.graph}/me/contactFolders") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "2")


async def test_faults_are_withdrawn(at_graph: Control, sandbox: Sandbox) -> None:
    await at_graph("POST", "faults", {"service": "gopaas", "kind": "drop_before", "times": -1})
    await at_graph("DELETE", "faults")
    assert sandbox.faults.waiting == ()


async def test_switches_of_all_services_are_turned(at_graph: Control, sandbox: Sandbox) -> None:
    changes = {"gopaas": {"total": "missing"}, "gopaas_tokens": {"token_seconds": 1}, "microsoft": {"birthday": "normalise"}}
    await at_graph("POST", "switches", changes)
    turned = (sandbox.crm.quirks.total, sandbox.access.token_seconds, sandbox.directory.switches.birthday)
    assert turned == ("missing", 1, "normalise")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", {"service": "exchange", "kind": "status"}),
        ("faults", {"service": "graph", "kind": "earthquake"}),
        ("faults", {"service": "graph", "kind": "status", "colour": "red"}),
        ("switches", {"exchange": {}}),
        ("switches", {"gopaas": {"total": "maybe"}}),
        ("switches", {"gopaas_tokens": {"token_seconds": 0}}),
        ("people", {"do": "fly"}),
        ("people", {"do": "delete_row", "table": "contact"}),
        ("people", {"do": "delete_row", "table": "contact", "cle": "nobody"}),
        ("people", {"do": "create_folder", "user": "nobody", "name": "x"}),
        ("people", {"do": "create_folder", "user": UPNS[CLAIRE], "name": 7}),
        ("people", []),
    ],
)
async def test_a_senseless_order_is_answered_with_what_is_wrong(at_graph: Control, path: str, body: Any) -> None:
    status, answer = await at_graph("POST", path, body)
    assert (status, bool(answer["error"])) == (400, True)


async def test_a_person_at_outlook_acts(at_graph: Control) -> None:
    user = {"user": UPNS[CLAIRE]}
    _, folder = await at_graph("POST", "people", user | {"do": "create_folder", "name": "Amis"})
    _, made = await at_graph(
        "POST", "people", user | {"do": "create_contact", "folder": folder["id"], "properties": {"givenName": "Zoé"}}
    )
    await at_graph("POST", "people", user | {"do": "update_contact", "id": made["id"], "properties": {"surname": "Aubrac"}})
    await at_graph("POST", "people", user | {"do": "set_photo", "id": made["id"], "present": True})
    await at_graph("POST", "people", user | {"do": "rename_folder", "id": folder["id"], "name": "Copains"})
    _, state = await at_graph("GET", "state")
    mailbox = state["outlook"]["users"][0]["mailbox"]
    contact = next(contact for contact in mailbox["contacts"] if contact["id"] == made["id"])
    shown = (contact["displayName"], contact["photo"], [entry["displayName"] for entry in mailbox["folders"]])
    assert shown == ("Zoé Aubrac", True, ["Contacts", "Copains"])


async def test_a_person_at_outlook_takes_things_away(at_graph: Control, sandbox: Sandbox) -> None:
    user = {"user": UPNS[CLAIRE]}
    mailbox = sandbox.directory.users[0].mailbox
    first, second = (contact.immutable_id for contact in mailbox.contacts())
    folder = mailbox.create_folder("Amis")
    await at_graph("POST", "people", user | {"do": "delete_contact", "id": first})
    await at_graph("POST", "people", user | {"do": "copy_contact", "id": second})
    await at_graph("POST", "people", user | {"do": "move_contact", "id": second, "folder": folder.id})
    await at_graph("POST", "people", user | {"do": "delete_folder", "id": folder.id})
    assert (len(mailbox.contacts()), mailbox.folders()) == (1, [])


async def test_a_person_in_the_crm_acts(at_graph: Control, sandbox: Sandbox) -> None:
    _, made = await at_graph("POST", "people", {"do": "create_row", "table": "contact", "cells": {"nom": "Neuf"}, "by": CLAIRE})
    row = {"table": "contact", "cle": made["cle"]}
    await at_graph("POST", "people", row | {"do": "delete_row"})
    await at_graph("POST", "people", row | {"do": "restore_row"})
    await at_graph("POST", "people", row | {"do": "update_row", "cells": {"ville": "Brest"}, "by": CLAIRE})
    found = sandbox.crm.table("contact").rows[made["cle"]]
    assert (found["nom"], found["ville"], found["modification_par"]) == ("Neuf", "Brest", CLAIRE)


async def test_microsoft_acts_too(at_graph: Control, sandbox: Sandbox) -> None:
    user = sandbox.directory.users[0]
    before = user.mailbox.contacts()[0].etag
    orders = ("touch_contacts", "forget_delta_tokens", "revoke_sessions")
    statuses = [(await at_graph("POST", "people", {"do": order, "user": UPNS[CLAIRE]}))[0] for order in orders]
    await at_graph("POST", "people", {"do": "set_mailbox_state", "user": UPNS[CLAIRE], "state": "moving"})
    assert (statuses, user.mailbox.contacts()[0].etag != before, user.state) == ([200, 200, 200], True, MailboxState.MOVING)


async def test_the_mail_log_is_read_and_emptied(control: Control, sandbox: Sandbox) -> None:
    sandbox.mail_log.add(sender="a@example.test", recipients=("b@example.test",), reason="invitation", subject="Point", item="1")
    _, mails = await control("GET", "mail-log")
    await control("DELETE", "mail-log")
    assert ([mail["reason"] for mail in mails], len(sandbox.mail_log)) == (["invitation"], 0)


async def test_pages_and_controls_are_not_in_the_request_logs(control: Control, sandbox: Sandbox) -> None:
    await control("GET", "state")
    assert [len(log) for log in sandbox.requests.values()] == [0, 0, 0]


async def test_another_site_cannot_order_anything(sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
    address = sandbox.addresses.outlook_page + "sandbox/faults"
    async with session.delete(address, headers={"Sec-Fetch-Site": "cross-site"}) as response:
        assert response.status == 403
