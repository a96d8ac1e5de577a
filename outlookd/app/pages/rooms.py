"""Which rooms the web server has, each with what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from outlookd.app.composition import App
from outlookd.app.figures.exposition import exposition
from outlookd.app.figures.readiness import AppReadiness
from outlookd.app.pages.archive import AppArchive
from outlookd.app.pages.desk import AppDesk
from outlookd.app.pages.maps import AppMaps
from outlookd.app.pages.plans import AppPlans
from outlookd.app.pages.records import AppRecords
from outlookd.app.pages.takebacks import AppTakebacks
from outlookd.errors import OutlookdError
from outlookd.settings import Listen
from outlookd.web import (
    AsideRoom,
    ConflictRoom,
    ConnectPages,
    Health,
    HistoryRoom,
    MappingRoom,
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
    create_runner,
)
from outlookd.web.doors.notifications import Notifications


def rooms(app: App, site: Site, opened: Opened) -> Sequence[Room]:
    """Every room, one line each."""
    desk = opened.desk
    archive = AppArchive(app)
    visitors = SessionVisitors(app.store.sessions, site, app.clock, admins=lambda: app.settings.web.admins)
    signin = app.identities.signin
    return [
        Health(AppReadiness(app)),
        SignInRoom(visitors, signin, site),
        SyncRoom(desk, visitors, site),
        StatusRoom(desk, visitors, site),
        MappingRoom(AppMaps(app), desk, visitors, site),
        PlanRoom(opened.plans, desk, desk, visitors, site),
        HistoryRoom(archive, desk, visitors, site),
        UndoRoom(opened.takebacks, archive, desk, visitors, site),
        RecordRoom(opened.records, desk, visitors, site),
        ConflictRoom(opened.records, desk, visitors, site),
        AsideRoom(opened.records, desk, visitors, site),
        Notifications(site, app.register, app.clock, meter=app.meter),
        ConnectPages(
            signin,
            site,
            app.settings.web.redirect_path,
            consent=app.identities.consent,
            seal=app.identities.seal,
            arrived=visitors.begin,
        ),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the rooms share and what goes on behind them, for as long as the pages are open."""

    desk: AppDesk
    plans: AppPlans
    takebacks: AppTakebacks
    records: AppRecords


@asynccontextmanager
async def opened(app: App) -> AsyncIterator[Opened]:
    """Everything that works in the background, ended with the block."""
    async with (
        aclosing(AppDesk(app)) as desk,
        aclosing(AppPlans(app)) as plans,
        aclosing(AppTakebacks(app)) as takebacks,
        aclosing(AppRecords(app)) as records,
    ):
        yield Opened(desk=desk, plans=plans, takebacks=takebacks, records=records)


@asynccontextmanager
async def pages(app: App) -> AsyncIterator[None]:
    """The web pages and the metrics, for as long as the block runs. Raises OutlookdError when an address is taken."""
    site = Site(app.settings.web.public_url, zone=lambda: app.settings.gopaas.timezone, now=app.clock.now)
    async with AsyncExitStack() as stack:
        metrics = await stack.enter_async_context(exposition(app))
        behind = await stack.enter_async_context(opened(app))
        shown = create_app(site, [*rooms(app, site, behind), *metrics.rooms], form_targets=[app.identities.origin])
        await stack.enter_async_context(_served(shown, app.settings.web.listen, setting="web.listen"))
        if metrics.own is not None and app.settings.metrics.listen is not None:
            await stack.enter_async_context(_served(metrics.own, app.settings.metrics.listen, setting="metrics.listen"))
        yield


@asynccontextmanager
async def _served(shown: web.Application, place: Listen, *, setting: str) -> AsyncIterator[None]:
    runner = create_runner(shown)
    await runner.setup()
    try:
        await listen(runner, place, setting=setting)
        yield
    finally:
        await runner.cleanup()


async def listen(runner: web.AppRunner, place: Listen, *, setting: str) -> None:
    """Open the port that `setting` names. Raises OutlookdError when it is taken."""
    try:
        await web.TCPSite(runner, place.host, place.port).start()
    except OSError as error:
        raise OutlookdError(
            f"The pages cannot listen on {place}: {error.strerror or 'the address is not usable'}.",
            hint=f"Stop the other process that listens there (another outlookd?), or change {setting}.",
        ) from error
