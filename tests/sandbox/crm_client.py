"""A GoPaaS on a real port and a plain aiohttp client in front of it, for the tests of the sandbox's CRM."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer

from outlookd.sandbox.access import Access, ApiClient, ApiKey
from outlookd.sandbox.crm import ZONE, Crm
from outlookd.sandbox.faults import Faults
from outlookd.sandbox.gopaas import gopaas_app
from outlookd.sandbox.requests import RequestLog
from outlookd.sandbox.schema import build_schema

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=ZONE)
KEY = "key-of-claire"
SECRET = "secret of the client"


class Seconds:
    """A monotonic clock moved by hand."""

    def __init__(self) -> None:
        self.value = 0.0

    def __call__(self) -> float:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: int
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Everything a test needs: the state behind the service, and calls to it as user ``claire``."""

    crm: Crm
    access: Access
    faults: Faults
    log: RequestLog
    seconds: Seconds
    session: aiohttp.ClientSession
    url: str

    async def call(self, method: str, path: str, *, key: str = KEY, headers: dict[str, str] | None = None, **options: Any) -> Reply:
        bearer = {"Authorization": f"Bearer {key}"}
        async with self.session.request(method, self.url + path, headers=bearer | (headers or {}), **options) as response:
            return Reply(status=response.status, body=await response.json())

    async def list(self, view: str = "contact.outlook", *, key: str = KEY, family: str = "api", **headers: str) -> Reply:
        return await self.call("GET", f"/{family}/list/{view}/", key=key, headers=headers)

    async def keys(self, **headers: str) -> list[str]:
        return [row["cle"] for row in (await self.list(**headers)).body["rows"]]

    async def upsert(self, *rows: Any, table: str = "contact") -> Reply:
        return await self.call("POST", f"/api/items/{table}/", json=list(rows))

    async def token(self, **form: str) -> Reply:
        data = {"grant_type": "client_credentials", "client_id": "daemon", "client_secret": SECRET} | form
        async with self.session.post(self.url + "/api/oauth2/access_token/", data=data) as response:
            return Reply(status=response.status, body=await response.json())


@asynccontextmanager
async def serving() -> AsyncIterator[Caller]:
    """A CRM with the seeded tables and five contacts ``A`` to ``E``, all to be synchronised, the first two claire's."""
    crm = Crm(now=lambda: NOON)
    build_schema(crm)
    for position, cle in enumerate("ABCDE"):
        owner = "claire" if position < 2 else "paul"
        crm.table("contact").add({"cle": cle, "nom": f"Nom {cle}", "synchroniser": "oui", "utilisateur": owner})
    seconds = Seconds()
    access, faults, log = Access(monotonic=seconds), Faults(), RequestLog()
    access.keys[KEY] = ApiKey(login="claire")
    access.clients["daemon"] = ApiClient(secret=SECRET, login="outlookd")
    async with (
        TestServer(gopaas_app(crm, access, faults, log)) as server,
        aiohttp.ClientSession() as session,
    ):
        url = str(server.make_url("/crm"))
        yield Caller(crm=crm, access=access, faults=faults, log=log, seconds=seconds, session=session, url=url)
