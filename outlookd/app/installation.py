"""Settings and plugins brought together: which handler a job uses, whether its map means anything to that handler.

Everything here happens before anything is opened or called, so that all faults come in one report (design section 6).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from outlookd.core.fieldmap import FieldMap, parse_map
from outlookd.core.policy import BUILT_IN, Policy
from outlookd.core.rules import Limits, OutlookDelete, ViewExit
from outlookd.errors import ConfigurationError
from outlookd.plugins import Plugins, load_plugins
from outlookd.ports import Handler, JobContext
from outlookd.settings import GuardSettings, JobSettings, PluginsSettings, Settings, SyncSettings, load_settings
from outlookd.sync.job import Job

RESOURCES = frozenset({"contacts"})
"""The Graph collections that this version can read and write."""


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

    def examine(
        settings: PluginsSettings, sync: SyncSettings, jobs: Sequence[JobSettings]
    ) -> Iterator[tuple[int | None, str, str]]:
        plugins = load_plugins(settings.directory, settings.disabled, settings.settings)
        loaded.append(plugins)
        for sentence in _policy_faults(sync.policy, plugins):
            yield None, "policy", sentence
        for index, job in enumerate(jobs):
            for key, sentence in job_faults(job, plugins):
                if key != "policy" or job.policy != sync.policy:  # what a job inherits is told once
                    yield index, key, sentence

    settings = load_settings(path, environ, examine=examine)
    return Installation(settings=settings, plugins=loaded[0])


def job_faults(job: JobSettings, plugins: Plugins) -> Iterator[tuple[str, str]]:
    """What is wrong with a job in the eyes of the plugins, as (key, sentence)."""
    known = {name: handler for name, handler in plugins.handlers.items() if handler.resource in RESOURCES}
    if job.type not in known:
        yield "type", _unknown_type(job.type, plugins, known)
    for sentence in _policy_faults(job.policy, plugins):
        yield "policy", sentence
    if job.type in known:
        try:
            read_map(job, known[job.type], plugins)
        except ConfigurationError as error:
            for fault in error.faults:
                yield "map", fault.removeprefix("map: ")


def _unknown_type(name: str, plugins: Plugins, known: Iterable[str]) -> str:
    if name in plugins.handlers:
        return f"this version synchronises no {plugins.handlers[name].resource} yet; its types are {', '.join(sorted(known))}"
    nearest = _nearest(name, known)
    return f"no plugin handles {name!r}{nearest}; see `outlookd plugins` for what is installed"


def _policy_faults(name: str, plugins: Plugins) -> Iterator[str]:
    if name not in _policies(plugins):
        yield f"there is no policy {name!r}{_nearest(name, _policies(plugins))}"


def _nearest(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _policies(plugins: Plugins) -> Mapping[str, Policy]:
    return {**BUILT_IN, **plugins.policies}


def read_map(job: JobSettings, handler: Handler, plugins: Plugins) -> FieldMap:
    """The job's map in the handler's names. Raises ConfigurationError."""
    direction = job.direction or handler.default_direction
    return parse_map(
        job.map,
        specs=handler.fields,
        aliases=handler.aliases,
        transforms=plugins.transforms,
        two_way=direction is not direction.TO_OUTLOOK,
    )


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
        direction=job.direction or handler.default_direction,
        policy=_policies(plugins)[job.policy],
        limits=_limits(settings.guard),
        on_view_exit=ViewExit(job.on_view_exit or ViewExit.DELETE),
        on_outlook_delete=_on_outlook_delete(job.on_outlook_delete),
        allow_mail=job.allow_mail,
        full_interval=job.full_interval,
        recovery_wait=job.recovery_wait,
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
    )


def _on_outlook_delete(setting: str) -> OutlookDelete:
    field, _, value = setting.removeprefix("set:").partition("=")
    return OutlookDelete(field=field, value=value) if setting != "detach" else OutlookDelete()
