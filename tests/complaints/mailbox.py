"""A calendar job whose Outlook is the sandbox's Graph, over HTTP: for complaints about Graph's own ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from sync.agenda import HOUR, TOMORROW, AgendaWorld

from outlookd.graph import EventsAdapter, GraphClient
from outlookd.sandbox.calendars import Calendars
from outlookd.sandbox.directory import Directory
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.graph import REQUESTS, graph_app
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.requests import RequestLog
from outlookd.sandbox.tokens import GRAPH

SCOPES = frozenset({"Calendars.ReadWrite", "User.Read"})


class SandboxTokens:
    """One token of the sandbox's Entra, issued without the sign-in, good for longer than any story."""

    def __init__(self, directory: Directory, object_id: str) -> None:
        life = timedelta(days=365)
        self._token = directory.tokens.issue_access(client_id="app", object_id=object_id, scopes=SCOPES, audience=GRAPH, life=life)

    async def token(self, *, claims: str = "", refresh: bool = False) -> str:
        return self._token


@dataclass
class GraphAgenda(AgendaWorld):
    """The world of `sync.agenda` with a real adapter. A person at Outlook works on `calendars`; `mails` is the outbox."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.directory = Directory(now=self.clock.now)
        self.directory.register_client("app", secret="s")
        self.user = self.directory.add_user("claire@example.com", "Claire")
        self.faults, self.mails = Faults(), MailLog(self.clock.now)
        self.app = graph_app(self.directory, self.mails, self.faults)

    @classmethod
    @asynccontextmanager
    async def open(cls, kind: type[EventsAdapter] = EventsAdapter) -> AsyncIterator[GraphAgenda]:
        world = cls()
        async with TestServer(world.app) as server, aiohttp.ClientSession() as session:
            tokens = SandboxTokens(world.directory, world.user.object_id)
            client = GraphClient(session, str(server.make_url("/")), tokens, world.clock, mailbox="me", random=lambda: 1.0)
            world.outlook = kind(client)
            yield world

    @property
    def calendars(self) -> Calendars:
        return self.user.calendars

    @property
    def requests(self) -> RequestLog:
        return self.app[REQUESTS]

    @property
    def subjects(self) -> list[str]:
        """The subjects of everything in the calendar."""
        return sorted(str(event.shape.content["subject"]) for event in self.calendars.events())


def moments(start: datetime = TOMORROW) -> dict[str, Any]:
    """An hour on the clocks of Paris, as Graph spells it."""
    edges = {"start": start, "end": start + HOUR}
    return {name: {"dateTime": edge.isoformat(), "timeZone": "Romance Standard Time"} for name, edge in edges.items()}
