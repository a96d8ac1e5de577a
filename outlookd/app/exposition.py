"""How the metrics of an opened installation are shown: by a room of the pages, or by a server of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from outlookd.app.composition import App
from outlookd.app.snapshot import open_snapshot
from outlookd.runtime.metrics import show_figures
from outlookd.web import Room
from outlookd.web.metrics import MetricsRoom, create_metrics_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposition:
    """`rooms` belong to the pages; `own` is the application for ``metrics.listen``, when that is set."""

    rooms: Sequence[Room] = ()
    own: web.Application | None = None


@asynccontextmanager
async def exposition(app: App) -> AsyncIterator[Exposition]:
    """The metrics' doors, for as long as the block runs; none where nothing is counted. Raises StoreError."""
    if app.metrics is None:
        yield Exposition()
        return
    async with open_snapshot(app) as snapshot:
        show_figures(app.metrics.registry, snapshot.latest)
        own_port = app.settings.metrics.listen is not None
        yield Exposition(
            rooms=(MetricsRoom(app.metrics, snapshot.refresh, shown=not own_port),),
            own=create_metrics_app(app.metrics, snapshot.refresh) if own_port else None,
        )
