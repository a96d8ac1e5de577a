"""Finding plugins, judging them, and keeping the good ones apart from the broken ones.

Built-in plugins come through the same entry points as a stranger's. Every plugin ends as one `PluginRecord` with a state and a
reason: one that cannot be loaded never stops the daemon, and never disappears without a word. This module runs `register_*`;
the other hooks are called by `outlookd.hooks`. It does not read the configuration file, and knows no plugin by name.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

import pluggy
import structlog

from outlookd.core.fieldmap import Transform
from outlookd.core.policy import BUILT_IN, Policy
from outlookd.errors import ConfigurationError
from outlookd.hooks import Hooks, create_manager
from outlookd.hookspecs import (
    OBSERVER_LIMIT,
    PROJECT,
    HandlerRegistry,
    NameTaken,
    PolicyRegistry,
    Registry,
    TransformRegistry,
)
from outlookd.ports import Handler

log = structlog.get_logger()

GROUP = "outlookd"
"""The entry-point group. Entry points name modules."""

NO_SETTINGS: Mapping[str, Any] = MappingProxyType({})
_PRIVATE = "_outlookd_local_"


class PluginState(StrEnum):
    """Why a plugin works, or does not.

    BLOCKED: switched off in the settings. IMPORT_FAILED: its module cannot be imported. INCOMPATIBLE: it does not fit the hooks.
    BAD_SETTINGS: it refuses its own table. CLASH: a name it wants is taken. STOPPED: it failed while starting.
    """

    ENABLED = "enabled"
    BLOCKED = "blocked"
    IMPORT_FAILED = "import_failed"
    INCOMPATIBLE = "incompatible"
    BAD_SETTINGS = "bad_settings"
    CLASH = "clash"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A plugin that was found and not yet touched. `origin` is its distribution and version, or its file."""

    name: str
    origin: str
    load: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginRecord:
    """What became of one plugin. `provides` lists what it registered, as ``handler contact``."""

    name: str
    origin: str
    state: PluginState
    reason: str = ""
    provides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """Everything one plugin registers: filled completely, then taken over completely or not at all."""

    transforms: TransformRegistry = field(default_factory=TransformRegistry)
    handlers: HandlerRegistry = field(default_factory=HandlerRegistry)
    policies: PolicyRegistry = field(default_factory=PolicyRegistry)

    @property
    def registries(self) -> tuple[Registry[Any], ...]:
        """All of them."""
        return (self.transforms, self.handlers, self.policies)

    @property
    def provides(self) -> tuple[str, ...]:
        """What was registered, for people."""
        return tuple(f"{registry.what} {name}" for registry in self.registries for name in sorted(registry.items))


class Plugins:
    """The plugins of one process: what they registered, by name, and what became of each.

    A kind without a handler must not be synchronised, and must not look empty: a job of that kind is a fault, not a deletion.
    """

    def __init__(self, manager: pluggy.PluginManager, *, limit: float = OBSERVER_LIMIT) -> None:
        self.hooks = Hooks(manager, limit=limit)
        self._manager = manager
        self._records: list[PluginRecord] = []
        self._contributions: dict[str, Contribution] = {}

    @property
    def transforms(self) -> Mapping[str, Transform]:
        """Every transform that a map may name."""
        return {name: item for part in self._contributions.values() for name, item in part.transforms.items.items()}

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """Every handler, by kind."""
        return {name: item for part in self._contributions.values() for name, item in part.handlers.items.items()}

    @property
    def policies(self) -> Mapping[str, Policy]:
        """The conflict policies beyond the built-in ones."""
        return {name: item for part in self._contributions.values() for name, item in part.policies.items.items()}

    @property
    def records(self) -> tuple[PluginRecord, ...]:
        """One record per plugin that was found, in the order of loading."""
        return tuple(self._records)

    async def start(self) -> None:
        """Run the startup hooks. A plugin that fails is stopped, and what it registered is withdrawn."""
        for name in await self.hooks.startup():
            self._contributions.pop(name, None)
            self._records = [
                replace(record, state=PluginState.STOPPED, reason="its startup hook failed", provides=())
                if record.name == name and record.state is PluginState.ENABLED
                else record
                for record in self._records
            ]
            log.error("plugin.stopped", plugin=name)

    def admit(self, candidate: Candidate, plugin: object, contribution: Contribution) -> None:
        """Take a plugin over, with all that it registered. Raises NameTaken, and then nothing was taken over."""
        for name in sorted(contribution.policies.items.keys() & BUILT_IN.keys()):
            raise NameTaken("policy", name, owner="outlookd itself")
        for owner, taken in self._contributions.items():
            for ours, theirs in zip(taken.registries, contribution.registries, strict=True):
                for name in sorted(ours.items.keys() & theirs.items.keys()):
                    raise NameTaken(ours.what, name, owner=f"the plugin {owner!r}")
        if self._manager.is_registered(plugin):
            raise NameTaken("plugin", candidate.name, owner="another entry point, as the same module")
        self._manager.register(plugin, name=candidate.name)
        self._contributions[candidate.name] = contribution
        self.note(candidate, PluginState.ENABLED, provides=contribution.provides)

    def note(self, candidate: Candidate, state: PluginState, reason: str = "", provides: tuple[str, ...] = ()) -> None:
        """Remember what became of a plugin."""
        record = PluginRecord(name=candidate.name, origin=candidate.origin, state=state, reason=reason, provides=provides)
        self._records.append(record)
        if state not in {PluginState.ENABLED, PluginState.BLOCKED}:
            log.error("plugin.refused", plugin=candidate.name, state=state.value)


class _Refused(Exception):
    """This plugin cannot be used. On its way to the plugin's record, so it never leaves this module."""

    def __init__(self, state: PluginState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


def load_plugins(
    directory: Path | None = None,
    disabled: Collection[str] = (),
    settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    *,
    candidates: Iterable[Candidate] | None = None,
) -> Plugins:
    """Load every plugin: installed ones, then those of the plugins directory.

    `disabled` names plugins that are not even imported; `settings` are the ``[plugins.NAME]`` tables. `candidates` replaces
    discovery. Never raises for a plugin: look at the records.
    """
    plugins = Plugins(create_manager())
    found = discover(directory) if candidates is None else tuple(candidates)
    used: dict[str, str] = {}
    for candidate in found:
        if candidate.name in used:
            plugins.note(candidate, PluginState.CLASH, f"the name {candidate.name!r} is taken by {used[candidate.name]}")
            continue
        used[candidate.name] = candidate.origin
        if candidate.name in disabled:
            plugins.note(candidate, PluginState.BLOCKED, "switched off in [plugins] disabled")
            continue
        try:
            _load(plugins, candidate, settings.get(candidate.name, NO_SETTINGS))
        except _Refused as refused:
            plugins.note(candidate, refused.state, refused.reason)
    for name in sorted(settings.keys() - used.keys()):
        log.warning("plugin.settings_unused", plugin=name)
    return plugins


def discover(directory: Path | None = None) -> tuple[Candidate, ...]:
    """What is installed (our own distribution first, then by name), then what lies in `directory`, sorted.

    The order decides who wins a name. pluggy's own loader keeps whichever plugin the file system shows first, without a word, so
    that a stranger's ``contacts`` could take the place of ours.
    """
    installed = sorted(entry_points(group=GROUP), key=lambda point: (_distribution(point) != PROJECT, point.name, point.value))
    return (*(_from_entry_point(point) for point in dict.fromkeys(installed)), *(_from_directory(directory) if directory else ()))


def _distribution(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else ""


def _from_entry_point(point: EntryPoint) -> Candidate:
    origin = f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value
    return Candidate(name=point.name, origin=origin, load=point.load)


def _from_directory(directory: Path) -> Iterable[Candidate]:
    """Modules and packages of a directory. Names that begin with ``_`` or ``.`` are left to their authors."""
    if not directory.is_dir():
        log.warning("plugin.directory_missing")
        return
    for path in sorted(directory.iterdir()):
        init = path / "__init__.py"
        if path.name.startswith(("_", ".")):
            continue
        if path.suffix == ".py" and path.is_file():
            yield Candidate(name=path.stem, origin=str(path), load=partial(_import_file, path.stem, path))
        elif init.is_file():
            yield Candidate(name=path.name, origin=str(path), load=partial(_import_file, path.name, init))


def _import_file(name: str, path: Path) -> ModuleType:
    """Import a file under a private name, so that it shadows no installed module and relative imports work."""
    module_name = _PRIVATE + name
    package = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=package)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:  # whatever it is goes on; half a module must not be found by the next import
        for half_loaded in [key for key in sys.modules if key == module_name or key.startswith(module_name + ".")]:
            del sys.modules[half_loaded]
        raise
    return module


def _load(plugins: Plugins, candidate: Candidate, settings: Mapping[str, Any]) -> None:
    """Import, judge, let it register, take it over. Raises _Refused with the state the plugin ends in."""
    plugin = _import(candidate)
    _judge(candidate, plugin)
    contribution = Contribution()
    _register(candidate, plugin, contribution, settings)
    try:
        plugins.admit(candidate, plugin, contribution)
    except NameTaken as taken:
        raise _Refused(PluginState.CLASH, taken.message) from taken


def _import(candidate: Candidate) -> object:
    try:
        return candidate.load()
    except (ImportError, SyntaxError, AttributeError) as error:
        raise _Refused(PluginState.IMPORT_FAILED, f"{type(error).__name__}: {error}") from error
    except (Exception, SystemExit) as error:  # isolation point "plugin load": a module may do anything, even exit
        raise _Refused(PluginState.IMPORT_FAILED, f"importing it raised {type(error).__name__}") from error


def _judge(candidate: Candidate, plugin: object) -> None:
    """Everything that can be told without calling the plugin. A manager of its own, so that nothing half-registered stays."""
    manager = create_manager()
    try:
        manager.register(plugin, name=candidate.name)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise _Refused(PluginState.INCOMPATIBLE, str(error).replace("\n", " ")) from error
    callers = manager.get_hookcallers(plugin) or []
    if not callers:
        raise _Refused(PluginState.INCOMPATIBLE, "it implements no hook")
    for caller in callers:
        for implementation in caller.get_hookimpls():
            _judge_one(caller.name, implementation)


def _judge_one(hook: str, implementation: pluggy.HookImpl) -> None:
    if implementation.wrapper or implementation.hookwrapper:
        raise _Refused(PluginState.INCOMPATIBLE, f"{hook}: wrappers are not supported")
    asynchronous = inspect.iscoroutinefunction(implementation.function) or inspect.isasyncgenfunction(implementation.function)
    if asynchronous and hook.startswith(("register_", "check_")):
        raise _Refused(PluginState.INCOMPATIBLE, f"{hook}: must not be async, nobody would await it")


def _register(candidate: Candidate, plugin: object, contribution: Contribution, settings: Mapping[str, Any]) -> None:
    """Call the plugin's ``register_*`` hooks on its own, still empty registries."""
    manager = create_manager()
    manager.register(plugin, name=candidate.name)
    try:
        manager.hook.register_transforms(registry=contribution.transforms)
        manager.hook.register_handlers(registry=contribution.handlers, settings=MappingProxyType(dict(settings)))
        manager.hook.register_policies(registry=contribution.policies)
    except ConfigurationError as error:
        raise _Refused(PluginState.BAD_SETTINGS, "; ".join((error.message, *error.faults))) from error
    except NameTaken as error:
        raise _Refused(PluginState.CLASH, error.message) from error
    except TypeError as error:
        raise _Refused(PluginState.INCOMPATIBLE, str(error)) from error
    except ImportError as error:
        raise _Refused(PluginState.IMPORT_FAILED, f"{type(error).__name__}: {error}") from error
    except (Exception, SystemExit) as error:  # isolation point "plugin load", as above
        raise _Refused(PluginState.STOPPED, f"registering raised {type(error).__name__}") from error
