"""Which rooms the web server has, each with what it needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from outlookd.app.composition import App
from outlookd.errors import OutlookdError
from outlookd.settings import Listen
from outlookd.web import ConnectPages, Health, Home, Room, Site, create_app, create_runner


def rooms(app: App, site: Site) -> Sequence[Room]:
    """Every room, one line each."""
    return [
        Health(),
        Home(site),
        ConnectPages(app.identities.signin, site, app.settings.web.redirect_path),
    ]


@asynccontextmanager
async def pages(app: App) -> AsyncIterator[None]:
    """The web pages, for as long as the block runs. Raises OutlookdError when their address is taken."""
    site = Site(app.settings.web.public_url)
    runner = create_runner(create_app(site, rooms(app, site), form_targets=[app.identities.signin.authority_origin]))
    await runner.setup()
    try:
        await listen(runner, app.settings.web.listen)
        yield
    finally:
        await runner.cleanup()


async def listen(runner: web.AppRunner, place: Listen) -> None:
    """Open the port. Raises OutlookdError when it is taken."""
    try:
        await web.TCPSite(runner, place.host, place.port).start()
    except OSError as error:
        raise OutlookdError(
            f"The pages cannot listen on {place}: {error.strerror or 'the address is not usable'}.",
            hint="Stop the other process that listens there (another outlookd?), or change web.listen.",
        ) from error
