"""The configuration, read again while the daemon runs: all of it is good, or the old one stays (operations.md 5.3).

Knows which keys something already depends on: an open port, an open database, a registration, a loaded plugin. Those keep their
old value until a restart, and are named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from outlookd.app.jobs.installation import Installation
from outlookd.app.jobs.objections import remarks
from outlookd.settings import (
    EntraSettings,
    JobSettings,
    PluginsSettings,
    Remark,
    Section,
    Settings,
    StateSettings,
    SyncSettings,
    load_settings,
)

RESTART: Mapping[str, tuple[str, ...]] = {
    "entra": tuple(EntraSettings.model_fields),
    "graph": ("concurrency", "url"),
    "metrics": ("listen",),
    "plugins": tuple(PluginsSettings.model_fields),
    "state": tuple(StateSettings.model_fields),
    "web": ("listen", "public_url", "redirect_path"),
}
"""The keys that need a restart, by table. Every other key takes effect with each job's next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What was read: `settings` to go on with, and the names of changed keys in it that were `kept` as they were."""

    settings: Settings
    kept: tuple[str, ...]


def reread(installation: Installation, environ: Mapping[str, str]) -> Reread:
    """Read the installation's configuration again, its files of secrets included. Raises ConfigurationError with every fault.

    Maps are judged by the plugins that are loaded: a plugin that is new in the file is not there before the restart.
    """

    def examine(_plugins: PluginsSettings, sync: SyncSettings, jobs: Sequence[JobSettings]) -> Iterator[Remark]:
        yield from remarks(sync, jobs, installation.plugins)

    old = installation.settings
    new = load_settings(old.file, environ, examine=examine)
    kept: list[str] = []
    tables: dict[str, Any] = {}
    for name, keys in RESTART.items():
        before, after = getattr(old, name), getattr(new, name)
        changed = [key for key in keys if getattr(before, key) != getattr(after, key)]
        kept += [_spelled(name, key, before) for key in changed]
        tables[name] = after.model_copy(update={key: getattr(before, key) for key in changed})
    return Reread(settings=replace(new, **tables), kept=tuple(kept))


def _spelled(table: str, key: str, section: Section) -> str:
    """The key as the administrator writes it."""
    return f"{table}.{key}_file" if key in section.SECRETS else f"{table}.{key}"
