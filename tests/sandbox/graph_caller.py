"""A small world and a plain HTTP client in front of its Graph, for the tests of the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from outlookd.sandbox.clock import HandClock
from outlookd.sandbox.directory import Client, Directory, User
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.mailbox import Mailbox
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.tokens import GRAPH

MORNING = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
MARKER = "String {0f7c1c1e-4a53-4f0e-9d7b-2a6b7a3c9d10} Name CrmLink"
CALLBACK = "http://localhost:8080/callback"
SECRET = "the secret of the application"


@dataclass(frozen=True, kw_only=True)
class World:
    """One organisation with Claire, Denis and one application."""

    clock: HandClock
    directory: Directory
    client: Client
    claire: User
    denis: User
    faults: Faults = field(default_factory=Faults)
    mail_log: MailLog = field(default_factory=MailLog)

    @property
    def mailbox(self) -> Mailbox:
        return self.claire.mailbox

    def token(self, user: User | None = None, *, scopes=("Contacts.ReadWrite", "User.Read"), audience=GRAPH) -> str:
        """An access token for `user`, Claire if not given."""
        who = self.claire if user is None else user
        return self.directory.tokens.issue_access(
            client_id="app", object_id=who.object_id, scopes=frozenset(scopes), audience=audience, life=timedelta(hours=1)
        )


def small_world() -> World:
    clock = HandClock(MORNING)
    directory = Directory(now=clock)
    directory.switches.latency = 0.0
    client = directory.register_client(
        "app", secret=SECRET, redirect_uris=[CALLBACK], application=["Contacts.ReadWrite"], public_flows=True
    )
    return World(
        clock=clock,
        directory=directory,
        client=client,
        claire=directory.add_user("claire@example.com", "Claire Martin"),
        denis=directory.add_user("denis@example.com", "Denis Petit"),
    )


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def code(self) -> str:
        return self.body["error"]["code"]

    @property
    def values(self) -> list[Any]:
        return self.body["value"]


class Caller:
    """Sends requests as somebody with `token`. Paths are below the version root; full links are followed as they are."""

    def __init__(self, session: aiohttp.ClientSession, root: str, token: str) -> None:
        self._session, self.root, self.token = session, root, token

    async def send(self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        url = path if path.startswith("http") else f"{self.root}/{path.lstrip('/')}"
        url = url.replace(" ", "%20")
        sent = {"Authorization": f"Bearer {self.token}"} | dict(headers or {})
        async with self._session.request(method, URL(url, encoded=True), json=json, headers=sent) as answer:
            is_json = answer.content_type == "application/json"
            body = await answer.json() if is_json else await answer.read()
            return Reply(status=answer.status, headers=answer.headers, body=body)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.send("POST", path, json, headers)

    async def patch(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.send("PATCH", path, json, headers)

    async def delete(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return await self.send("DELETE", path, headers=headers)

    async def batch(self, *items: Mapping[str, Any]) -> dict[str, Any]:
        """The answers by item id."""
        reply = await self.post("$batch", {"requests": list(items)})
        assert reply.status == 200, reply.body
        return {response["id"]: response for response in reply.body["responses"]}

    async def delta(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[list[Any], str]:
        """Every item of a round, and its deltaLink."""
        items: list[Any] = []
        while True:
            reply = await self.get(path, headers)
            assert reply.status == 200, reply.body
            items += reply.values
            if "@odata.deltaLink" in reply.body:
                return items, reply.body["@odata.deltaLink"]
            path = reply.body["@odata.nextLink"]
