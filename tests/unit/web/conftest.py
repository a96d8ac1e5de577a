"""The real pages over the pieces of a sign-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from unit.entra.pieces import PUBLIC, REDIRECT, accounts, admission, authority, clock, meter, seal, signin, sts
from unit.entra.twins import SCOPES, Sts
from unit.web.trust_twins import MemoryArchive, MemoryPlans, MemoryRecords, MemoryTakebacks
from unit.web.twins import NOW, Arrivals, MemoryDesk, MemorySessions, Readings
from unit.web.visiting import Browser

from outlookd.entra import AdminConsent, Authority, SignIn
from outlookd.sealing import Seal
from outlookd.testing import FakeClock
from outlookd.web import (
    AsideRoom,
    ConflictRoom,
    ConnectPages,
    Health,
    HistoryRoom,
    PlanRoom,
    RecordRoom,
    Room,
    SessionVisitors,
    SignInRoom,
    Site,
    StatusRoom,
    SyncRoom,
    UndoRoom,
    create_app,
)

__all__ = ["accounts", "admission", "authority", "clock", "meter", "seal", "signin", "sts"]


@pytest.fixture
def consent(authority: Authority, seal: Seal, clock: FakeClock) -> AdminConsent:
    return AdminConsent(
        authority=lambda _login: authority, seal=seal, clock=clock, scopes=SCOPES, redirect_uri=f"{PUBLIC}{REDIRECT}"
    )


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals()


@pytest.fixture
def pages(authority: Authority, signin: SignIn, consent: AdminConsent, seal: Seal, arrivals: Arrivals) -> web.Application:
    site = Site(PUBLIC)
    connect = ConnectPages(signin, site, REDIRECT, consent=consent, seal=seal, arrived=arrivals)
    return create_app(site, [Health(Readings()), connect], form_targets=[authority.origin])


@pytest.fixture
async def browser(pages: web.Application, sts: Sts) -> AsyncIterator[Browser]:
    async with TestClient(TestServer(pages), cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield Browser(client, sts)


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
def sessions() -> MemorySessions:
    return MemorySessions()


@pytest.fixture
def readings() -> Readings:
    return Readings()


@pytest.fixture
def page_clock() -> FakeClock:
    """Of the pages alone: the sign-in has to agree with tokens that are made at the real time."""
    return FakeClock(NOW)


@pytest.fixture
def admins() -> list[str]:
    return ["root"]


@pytest.fixture
def visitors(sessions: MemorySessions, page_clock: FakeClock, admins: list[str]) -> SessionVisitors:
    return SessionVisitors(sessions, Site(PUBLIC), page_clock, admins=lambda: admins)


@pytest.fixture
def plans() -> MemoryPlans:
    return MemoryPlans()


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


@pytest.fixture
def takebacks() -> MemoryTakebacks:
    return MemoryTakebacks()


@pytest.fixture
def records() -> MemoryRecords:
    return MemoryRecords()


@pytest.fixture
def trust(
    desk: MemoryDesk,
    visitors: SessionVisitors,
    page_clock: FakeClock,
    plans: MemoryPlans,
    archive: MemoryArchive,
    takebacks: MemoryTakebacks,
    records: MemoryRecords,
) -> Sequence[Room]:
    """The rooms of the pages of trust."""
    site = Site(PUBLIC, zone=lambda: ZoneInfo("Europe/Paris"), now=page_clock.now)
    return [
        PlanRoom(plans, desk, desk, visitors, site),
        HistoryRoom(archive, desk, visitors, site),
        UndoRoom(takebacks, archive, desk, visitors, site),
        RecordRoom(records, desk, visitors, site),
        ConflictRoom(records, desk, visitors, site),
        AsideRoom(records, desk, visitors, site),
    ]


@pytest.fixture
def every_page(
    authority: Authority,
    signin: SignIn,
    consent: AdminConsent,
    seal: Seal,
    desk: MemoryDesk,
    visitors: SessionVisitors,
    readings: Readings,
    page_clock: FakeClock,
    trust: Sequence[Room],
) -> web.Application:
    """Every room that people see, as the daemon has them."""
    site = Site(PUBLIC, zone=lambda: ZoneInfo("Europe/Paris"), now=page_clock.now)
    every = [
        Health(readings),
        SignInRoom(visitors, signin, site),
        SyncRoom(desk, visitors, site),
        StatusRoom(desk, visitors, site),
        *trust,
        ConnectPages(signin, site, REDIRECT, consent=consent, seal=seal, arrived=visitors.begin),
    ]
    return create_app(site, every, form_targets=[authority.origin])


@pytest.fixture
async def house(every_page: web.Application, sts: Sts) -> AsyncIterator[Browser]:
    """A browser in front of every page, without a session."""
    async with TestClient(TestServer(every_page), cookie_jar=aiohttp.DummyCookieJar()) as client:
        yield Browser(client, sts)
