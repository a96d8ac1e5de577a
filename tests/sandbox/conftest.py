"""The sandbox's Entra and Graph on real ports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from graph_caller import Caller, World, small_world

from outlookd.sandbox.entra import entra_app
from outlookd.sandbox.graph import REQUESTS, graph_app
from outlookd.sandbox.requests import RequestLog
from outlookd.sandbox.tls import issue


@pytest.fixture
def world() -> World:
    return small_world()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@dataclass(frozen=True, kw_only=True)
class GraphServer:
    root: str
    requests: RequestLog


@pytest.fixture
async def graph_server(world):
    app = graph_app(world.directory, world.mail_log, world.faults)
    server = TestServer(app)
    await server.start_server()
    yield GraphServer(root=str(server.make_url("/v1.0")), requests=app[REQUESTS])
    await server.close()


@pytest.fixture
def outlook(world, session, graph_server) -> Caller:
    """Claire's Graph."""
    return Caller(session, graph_server.root, world.token())


@dataclass(frozen=True, kw_only=True)
class EntraServer:
    origin: str
    authority: str
    ca_file: Path
    requests: RequestLog


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return issue(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def entra_server(world, certificate):
    """Over TLS, as MSAL demands."""
    context, ca_file = certificate
    app = entra_app(world.directory, world.faults)
    server = TestServer(app, host="localhost")
    await server.start_server(ssl=context)
    origin = f"https://localhost:{server.port}"
    yield EntraServer(origin=origin, authority=f"{origin}/{world.directory.tenant_id}", ca_file=ca_file, requests=app[REQUESTS])
    await server.close()
