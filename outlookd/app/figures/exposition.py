"""How the metrics of an opened installation are shown: by a room of the pages, or by a server of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version

from aiohttp import web

from outlookd.app.composition import App
from outlookd.app.figures.snapshot import open_snapshot
from outlookd.ports import Clock
from outlookd.runtime.clock import SystemClock
from outlookd.runtime.logs import counted_lines
from outlookd.runtime.metrics import Metrics, show_figures
from outlookd.web import Room
from outlookd.web.doors.metrics import MetricsRoom, create_metrics_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposition:
    """`rooms` belong to the pages; `own` is the application for ``metrics.listen``, when that is set."""

    rooms: Sequence[Room] = ()
    own: web.Application | None = None


def new_metrics(clock: Clock | None = None) -> Metrics:
    """The metrics of a process that stays: give them to its `App`."""
    return Metrics(clock or SystemClock(), version=version("outlookd"))


@asynccontextmanager
async def exposition(app: App) -> AsyncIterator[Exposition]:
    """The metrics' doors, for as long as the block runs; none where nothing is counted. Raises StoreError."""
    metrics = app.metrics
    if metrics is None:
        yield Exposition()
        return
    metrics.config_reloaded(ok=True, at=app.clock.now())
    async with open_snapshot(app) as snapshot:
        show_figures(metrics.registry, snapshot.latest)
        own_port = app.settings.metrics.listen is not None
        with counted_lines(metrics.logged):
            yield Exposition(
                rooms=(MetricsRoom(metrics, snapshot.refresh, shown=not own_port),),
                own=create_metrics_app(metrics, snapshot.refresh) if own_port else None,
            )
