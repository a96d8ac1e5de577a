"""Settings and plugins brought together: which handler a job uses, whether its map means anything to that handler.

Everything here happens before anything is opened or called, so that all faults come in one report (design section 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outlookd.app.jobs.objections import VIEW_EXITS, direction_of, job_faults, policies, read_map, remarks
from outlookd.core.rules import Limits, OutlookDelete, ViewExit
from outlookd.core.window import Horizon
from outlookd.errors import ConfigurationError
from outlookd.plugins import Plugins, load_plugins
from outlookd.ports import JobContext
from outlookd.settings import GuardSettings, JobSettings, PluginsSettings, Remark, Settings, SyncSettings, load_settings
from outlookd.sync.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is installed and how it is set up. Nothing in it is open yet."""

    settings: Settings
    plugins: Plugins


def load_installation(path: Path, environ: Mapping[str, str]) -> Installation:
    """Read the configuration and load the plugins that it allows.

    Raises ConfigurationError with every fault of both: a map can only be judged by the handler of its type.
    """
    loaded: list[Plugins] = []

    def examine(settings: PluginsSettings, sync: SyncSettings, jobs: Sequence[JobSettings]) -> Iterator[Remark]:
        plugins = load_plugins(settings.directory, settings.disabled, settings.settings)
        loaded.append(plugins)
        yield from remarks(sync, jobs, plugins)

    settings = load_settings(path, environ, examine=examine)
    return Installation(settings=settings, plugins=loaded[0])


def compose_job(job: JobSettings, installation: Installation) -> Job:
    """The job as the engine wants it: names resolved to objects.

    Raises ConfigurationError when its plugin is gone: one that failed while starting is withdrawn after the settings were read.
    """
    settings, plugins = installation.settings, installation.plugins
    faults = [f"{settings.file}: {key}: {sentence}" for key, sentence in job_faults(job, plugins)]
    if faults:
        raise ConfigurationError("This job cannot run.", faults=faults, hint="See `outlookd plugins`.")
    handler = plugins.handlers[job.type]
    context = JobContext(
        job=job.id,
        user=job.user,
        zone=settings.gopaas.timezone,
        fieldmap=read_map(job, handler, plugins),
        user_field=job.user_field or "",
        private=job.private,
        settings=_plugin_settings(job.type, installation),
    )
    return Job(
        id=job.id,
        user=job.user,
        type=job.type,
        table=job.table,
        handler=handler,
        context=context,
        folder=job.folder,
        direction=direction_of(job, handler),
        policy=policies(plugins)[job.policy],
        limits=_limits(settings.guard),
        on_view_exit=ViewExit(job.on_view_exit or VIEW_EXITS[handler.resource][0]),
        on_outlook_delete=_on_outlook_delete(job.on_outlook_delete),
        allow_mail=job.allow_mail,
        full_interval=job.full_interval,
        own_rows=job.filter_by_user,
        recovery_wait=job.recovery_wait,
        horizon=_horizon(job) if handler.resource == "events" else None,
    )


def _plugin_settings(kind: str, installation: Installation) -> Mapping[str, Any]:
    """The table of the plugin that handles `kind`."""
    owner = next((record.name for record in installation.plugins.records if f"handler {kind}" in record.provides), "")
    return installation.settings.plugins.settings.get(owner, {})


def _limits(guard: GuardSettings) -> Limits:
    return Limits(
        deletes_min=guard.deletes_min,
        deletes_percent=guard.deletes_percent,
        shrink_percent=guard.shrink_percent,
        field_percent=guard.field_percent,
        creates_min=guard.creates_min,
        creates_percent=guard.creates_percent,
    )


def _horizon(job: JobSettings) -> Horizon:
    return Horizon(
        past=job.window_past,
        future=job.window_future,
        series=job.recurrence_future,
        occurrences=job.recurrence == "occurrences",
        cap=job.recurrence_cap,
    )


def _on_outlook_delete(setting: str) -> OutlookDelete:
    field, _, value = setting.removeprefix("set:").partition("=")
    return OutlookDelete(field=field, value=value) if setting != "detach" else OutlookDelete()
