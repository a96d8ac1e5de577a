"""The plugin contract: the hooks, the registries handed to them, and the answers they may give.

Only the names in this module are stable for plugins (through ``from outlookd import ...``). Three families, visible in the name:

* ``register_*``: called once at start-up, synchronous, strict. A name that is taken is an error naming both plugins.
* ``check_*``: asked before something happens; synchronous and pure.
* the others tell what happened; they may be ``async`` and have `OBSERVER_LIMIT` seconds. Their failure is logged and counted.

No result depends on the order in which plugins were loaded: pluggy calls the last one registered first, which nobody can
predict. That is also why conflict policies are objects chosen by name in the settings, and not a hook where the first answer wins.
This module does not call anything; `outlookd.hooks` does.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import pluggy

from outlookd.core.fieldmap import Transform
from outlookd.core.model import Action, JournalEntry, Link, RunReport
from outlookd.core.policy import Policy
from outlookd.errors import OutlookdError
from outlookd.ports import Handler

PROJECT = "outlookd"
OBSERVER_LIMIT = 5.0
"""Seconds that an asynchronous observer may take."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Withhold this action until a person approves it; the rest of the run goes on."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Never do this action. Stronger than `Hold`."""

    reason: str


Verdict: TypeAlias = Hold | Refuse


class NameTaken(OutlookdError):
    """Two plugins, or one plugin twice, register the same name. `owner` registered it first."""

    def __init__(self, what: str, name: str, *, owner: str) -> None:
        super().__init__(f"the {what} {name!r} is already registered by {owner}")
        self.name = name
        self.owner = owner


class Registry(Generic[Item]):
    """What one plugin registers. The host gives every plugin its own, and takes the content over only if all went well."""

    what: ClassVar[str]
    label: ClassVar[str]
    calls: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        self._items: dict[str, Item] = {}

    @property
    def items(self) -> Mapping[str, Item]:
        """What was registered, by name."""
        return self._items

    def add(self, item: Item) -> None:
        """Register one object under its own name.

        Raises NameTaken for a second object of that name, TypeError for an object without the needed name or methods: better
        at start-up than at the first record.
        """
        name = getattr(item, self.label, None)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise TypeError(f"a {self.what} needs a {self.label!r} of lower-case letters, digits and '_', not {name!r}")
        missing = [method for method in self.calls if not callable(getattr(item, method, None))]
        if missing:
            raise TypeError(f"the {self.what} {name!r} has no method {', '.join(missing)}")
        if name in self._items:
            raise NameTaken(self.what, name, owner="the same plugin")
        self._items[name] = item


class TransformRegistry(Registry[Transform]):
    """Two-way value transforms, by the name that maps use after the pipe."""

    what = "transform"
    label = "name"
    calls = ("to_outlook", "to_gopaas")


class HandlerRegistry(Registry[Handler]):
    """Handlers, one per kind of record."""

    what = "handler"
    label = "kind"
    calls = ("normalize", "render")


class PolicyRegistry(Registry[Policy]):
    """Conflict policies, by the name that the settings use. The built-in names cannot be taken."""

    what = "policy"
    label = "name"
    calls = ("choose",)


class HookSpecs:
    """The hooks. An implementation may ask for fewer arguments than listed, never for others."""

    @hookspec
    def register_transforms(self, registry: TransformRegistry) -> None:
        """Add named two-way value transforms. Called once at start-up; raising leaves the whole plugin out. Added in 0.1."""

    @hookspec
    def register_handlers(self, registry: HandlerRegistry, settings: Mapping[str, Any]) -> None:
        """Add handlers, one per kind of record. Called once at start-up; raising leaves the whole plugin out. Added in 0.1.

        `settings` is this plugin's own table, ``[plugins.NAME]``; raise ConfigurationError when it is wrong.
        """

    @hookspec
    def register_policies(self, registry: PolicyRegistry) -> None:
        """Add conflict policies. Called once at start-up; raising leaves the whole plugin out. Added in 0.1."""

    @hookspec
    def check_action(self, action: Action, link: Link | None) -> Verdict | None:
        """Judge a write before it is sent: None to allow it, `Hold`, or `Refuse`. Added in 0.1.

        Called once per write of a plan; pure, synchronous, no I/O. The strictest verdict of all plugins wins. A check that
        raises or answers something else counts as a `Hold`: a broken guard must not open the door.
        """

    @hookspec
    def after_write(self, entry: JournalEntry) -> Awaitable[None] | None:
        """One write was done and recorded. Called once per write, after the commit. May be async. Added in 0.1."""

    @hookspec
    def run_started(self, run: str, job: str) -> Awaitable[None] | None:
        """A run begins. Called once per run. May be async. Added in 0.1."""

    @hookspec
    def run_finished(self, report: RunReport) -> Awaitable[None] | None:
        """A run ended, well or not. Called once per run, after the last commit. May be async. Added in 0.1."""

    @hookspec
    def startup(self) -> Awaitable[None] | None:
        """Everything is registered and no run has begun. Raising stops this plugin only. May be async. Added in 0.1."""

    @hookspec
    def shutdown(self) -> Awaitable[None] | None:
        """The process ends; no run is going on. May be async. Added in 0.1."""
