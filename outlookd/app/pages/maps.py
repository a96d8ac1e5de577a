"""Maps as the mapping page sees them: `web.mapping.sheet.Maps` over an opened installation.

Knows how a map is judged, tried and saved. GoPaaS has no version and no lock: what is compared before a save is the record as just
read, and what is believed after it is what is read back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import structlog

from outlookd.app.composition import App
from outlookd.app.jobs.installation import compose_job
from outlookd.app.jobs.objections import direction_of, job_faults
from outlookd.app.pages.counting import waiting_in
from outlookd.core.expression import is_expression
from outlookd.core.model import Payload, Side
from outlookd.errors import BadRecord, OutlookdError
from outlookd.gopaas import UncertainWrite, missing_columns
from outlookd.gopaas.reading import key_of
from outlookd.ports import Handler, JobContext
from outlookd.settings import JobSettings
from outlookd.sync.state import one_record
from outlookd.web.mapping.faults import about_expression
from outlookd.web.mapping.form import column_in, offered
from outlookd.web.mapping.sheet import Extent, Outcome, Preview, Sample, Saved, Sheet
from outlookd.web.mapping.text import as_json, version_of

log = structlog.get_logger()

ROWS: Final = 5
"""How many rows a map is tried on."""

PATIENCE: Final = 8.0
"""Seconds that a page waits for GoPaaS, and for a count: a run may wait much longer."""

CHEAP: Final = 500
"""So many rows may be read to tell how many records a map would change: one page of a view."""


class AppMaps:
    """Implements `web.mapping.sheet.Maps`."""

    def __init__(self, app: App, *, patience: float = PATIENCE) -> None:
        self._app = app
        self._patience = patience
        self._saving = asyncio.Lock()
        self._counting = asyncio.Semaphore()

    async def open(self, job: str) -> Sheet | None:
        """The job's map, with the view's columns as they are now."""
        settings = self._app.roster.find(job)
        handler = self._app.plugins.handlers.get(settings.type) if settings is not None else None
        if settings is None or handler is None:
            return None
        sheet = Sheet(
            job=settings.id,
            login=settings.user,
            resource=handler.resource,
            folder=settings.folder,
            record=bool(settings.record),
            savable=self._app.roster.saves_map_of(settings),
            names=offered(
                handler.resource,
                handler.fields,
                handler.aliases,
                into_gopaas=direction_of(settings, handler).writes(Side.GOPAAS),
            ),
            aliases=handler.aliases,
            transforms=tuple(sorted(self._app.plugins.transforms)),
            entries=settings.map,
        )
        return await self._with_view(sheet, settings)

    def faults(self, sheet: Sheet, entries: Mapping[str, str]) -> Sequence[str]:
        """Everything that keeps that map from being this job's, as English sentences."""
        job = self._app.roster.find(sheet.job)
        return list(self._faults(sheet, job, entries)) if job is not None else ["the job is gone"]

    async def preview(self, sheet: Sheet, entries: Mapping[str, str]) -> Preview:
        """What a map without faults makes of the sheet's rows. Raises ConfigurationError for one with faults."""
        job = self._app.roster.find(sheet.job)
        if job is None:
            return Preview(samples=())
        changed = _with_map(job, entries)
        composed = compose_job(changed, self._app.installation)
        samples = tuple(_sample(composed.handler, composed.context, row) for row in sheet.rows)
        return Preview(samples=samples, extent=await self._measure(changed, sheet.total))

    async def save(self, job: str, entries: Mapping[str, str], *, version: str) -> Saved:
        """Put the map into the job's settings record, if that still has the map of that `version`, and have it take effect."""
        roster = self._app.roster
        async with self._saving:
            await roster.refresh()
            settings = roster.find(job)
            if settings is None:
                return Saved(outcome=Outcome.GONE)
            if roster.trouble is not None:
                return Saved(outcome=Outcome.LATER, entries=settings.map, detail=roster.trouble.sentence)
            if version_of(settings.map) != version:
                return Saved(outcome=Outcome.CONFLICT, entries=settings.map)
            try:
                await roster.save_map(settings, as_json(entries))
            except OutlookdError as error:
                outcome = Outcome.UNCERTAIN if isinstance(error, UncertainWrite) else Outcome.LATER
                log.warning("pages.mapping.failed", job=job, error=type(error).__name__)
                return Saved(outcome=outcome, entries=settings.map, detail=error.sentence)
            kept = roster.find(job)
        if kept is None or dict(kept.map) != dict(entries):
            return Saved(outcome=Outcome.UNCERTAIN, entries=kept.map if kept is not None else settings.map)
        return Saved(outcome=Outcome.SAVED, entries=kept.map, before=settings.map)

    async def _with_view(self, sheet: Sheet, job: JobSettings) -> Sheet:
        """The sheet with what the view shows, or with the reason why nobody knows."""
        try:
            async with asyncio.timeout(self._patience):
                view = await self._app.gopaas(job, frozenset()).sample_view(ROWS)
        except OutlookdError as error:
            log.info("pages.mapping.unseen", job=job.id, error=type(error).__name__)
            return replace(sheet, trouble=error.sentence)
        except TimeoutError:
            log.info("pages.mapping.unseen", job=job.id, error="TimeoutError")
            return sheet
        if not view.columns:
            return sheet
        return replace(sheet, columns=view.columns, rows=view.rows[:ROWS], total=view.total)

    def _faults(self, sheet: Sheet, job: JobSettings, entries: Mapping[str, str]) -> Iterator[str]:
        columns = [column for target in entries.values() if (column := column_in(target))]
        for key, sentence in job_faults(_with_map(job, entries), self._app.plugins):
            yield sentence if key == "map" else f"{key}: {sentence}"
        yield from (about_expression(column) for column in dict.fromkeys(columns) if is_expression(column))
        if sheet.columns is not None:
            yield from missing_columns(job.view, columns, frozenset(sheet.columns))

    async def _measure(self, job: JobSettings, total: int | None) -> Extent | None:
        """How much a run with this map would write; None where finding out is not cheap, or not possible now.

        One at a time, and never beside a run of the job: a page is worth less.
        """
        if total is None or total > CHEAP or self._counting.locked() or self._runs(job.id):
            return None
        async with self._counting:
            try:
                async with asyncio.timeout(self._patience):
                    plan = await self._app.plan(job)
            except (OutlookdError, TimeoutError) as error:
                log.info("pages.mapping.uncounted", job=job.id, error=type(error).__name__)
                return None
        held = {action.link.id for held in plan.held for action in held.actions} | {
            link for held in plan.held for link in held.links
        }
        return Extent(writes=waiting_in(plan), held=len(held))

    def _runs(self, job: str) -> bool:
        return self._app.schedule is not None and self._app.schedule.turn(job).running_since is not None


def _with_map(job: JobSettings, entries: Mapping[str, str]) -> JobSettings:
    return job.model_copy(update={"map": MappingProxyType(dict(entries))})


def _sample(handler: Handler, context: JobContext, row: Payload) -> Sample:
    # GoPaaS may leave empty cells out; the engine fills them in the same way.
    whole = {**dict.fromkeys(context.fieldmap.columns), **row}
    key = key_of(row)
    try:
        with one_record():
            record = handler.normalize(Side.GOPAAS, whole, context)
    except BadRecord as error:
        about = f"{error.field}: " if error.field else ""
        return Sample(key=key, problem=f"{about}{error.message}")
    pointers = {name: record.pointer for name, spec in handler.fields.items() if spec.identity}
    return Sample(key=key, fields={**record.fields, **pointers}, barred=record.barred)
