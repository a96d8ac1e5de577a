"""The typed facade over the plugin hooks: the only place that calls a plugin's observer or check.

It isolates every single implementation: pluggy itself would let one that raises abort all the others, and never awaits an
``async`` one. It knows nothing about where plugins come from (`outlookd.plugins` does) nor what a verdict leads to (the engine
does).
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any, TypeAlias

import pluggy
import structlog

from outlookd.core.model import Action, JournalEntry, Link, RunReport
from outlookd.hookspecs import OBSERVER_LIMIT, PROJECT, Hold, HookSpecs, Refuse, Verdict

log = structlog.get_logger()

HookCounter: TypeAlias = Callable[[str, str, str, float], None]
"""Told of a call: plugin, hook, ``ok`` or ``failed``, seconds."""


def create_manager() -> pluggy.PluginManager:
    """A plugin manager that knows our hooks and no plugin. There is no global one: whoever loads plugins owns it."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(HookSpecs)
    return manager


class Hooks:
    """Tell plugins, ask plugins.

    Without a manager nobody listens and everything is allowed. `limit` is how many seconds an asynchronous observer may take.
    """

    def __init__(self, manager: pluggy.PluginManager | None = None, *, limit: float = OBSERVER_LIMIT) -> None:
        self._manager = manager if manager is not None else create_manager()
        self._limit = limit
        self._count: HookCounter = _count_nothing

    def count_with(self, counter: HookCounter) -> None:
        """Tell `counter` of every call from now on."""
        self._count = counter

    def check_action(self, action: Action, link: Link | None) -> Verdict | None:
        """The strictest verdict on one write, with the reasons of every plugin that gave it; None when all allow it.

        A plugin that fails to answer holds the write back: it may be the very guard that the administrator relies on.
        """
        refused: list[str] = []
        held: list[str] = []
        for implementation in self._implementations("check_action"):
            match self._ask(implementation, {"action": action, "link": link}):
                case None:
                    pass
                case Refuse(reason=reason):
                    refused.append(f"{implementation.plugin_name}: {reason}")
                case Hold(reason=reason):
                    held.append(f"{implementation.plugin_name}: {reason}")
        if refused:
            return Refuse(reason="; ".join(refused))
        return Hold(reason="; ".join(held)) if held else None

    async def after_write(self, entry: JournalEntry) -> None:
        """One write is done and recorded. Call it after the commit, never before."""
        await self._tell("after_write", entry=entry)

    async def run_started(self, run: str, job: str) -> None:
        """A run begins."""
        await self._tell("run_started", run=run, job=job)

    async def run_finished(self, report: RunReport) -> None:
        """A run ended and everything about it is recorded."""
        await self._tell("run_finished", report=report)

    async def startup(self) -> frozenset[str]:
        """Everything is registered. Returns the plugins that failed; they hear nothing more."""
        failed = await self._tell("startup")
        for name in failed:
            self._manager.unregister(name=name)
        return failed

    async def shutdown(self) -> None:
        """The process ends."""
        await self._tell("shutdown")

    def _implementations(self, hook: str) -> Iterator[pluggy.HookImpl]:
        """Sorted by plugin, because the order of registration means nothing to a reader of logs and reasons."""
        return iter(sorted(getattr(self._manager.hook, hook).get_hookimpls(), key=lambda found: found.plugin_name))

    def _ask(self, implementation: pluggy.HookImpl, arguments: dict[str, Any]) -> Verdict | None:
        began = perf_counter()
        try:
            answer = _call(implementation, arguments)
        except Exception as error:  # noqa: BLE001 - isolation point "hook": strangers' code
            self._failed(implementation.plugin_name, "check_action", error, began)
            return Hold(reason="the plugin's check failed")
        if answer is None or isinstance(answer, Hold | Refuse):
            self._count(implementation.plugin_name, "check_action", "ok", perf_counter() - began)
            return answer
        if inspect.iscoroutine(answer):
            answer.close()
        self._failed(implementation.plugin_name, "check_action", TypeError(), began)
        return Hold(reason="the plugin's check gave no usable answer")

    async def _tell(self, hook: str, **arguments: Any) -> frozenset[str]:
        """Call every implementation, one after the other. Returns the names of the plugins that failed."""
        failed: set[str] = set()
        for implementation in self._implementations(hook):
            began = perf_counter()
            try:
                answer = _call(implementation, arguments)
                if inspect.isawaitable(answer):
                    async with asyncio.timeout(self._limit):
                        await answer
            except Exception as error:  # noqa: BLE001 - isolation point "hook"; a cancellation passes
                self._failed(implementation.plugin_name, hook, error, began)
                failed.add(implementation.plugin_name)
            else:
                self._count(implementation.plugin_name, hook, "ok", perf_counter() - began)
        return frozenset(failed)

    def _failed(self, plugin: str, hook: str, error: Exception, began: float) -> None:
        """Count and log. Never the error's text: it is a stranger's, and may quote a record."""
        self._count(plugin, hook, "failed", perf_counter() - began)
        log.error("hook.failed", plugin=plugin, hook=hook, error=type(error).__name__)


def _count_nothing(_plugin: str, _hook: str, _outcome: str, _seconds: float) -> None: ...


def _call(implementation: pluggy.HookImpl, arguments: dict[str, Any]) -> object:
    """Pass only what the implementation asks for: that is what lets a hook grow arguments."""
    return implementation.function(*(arguments[name] for name in implementation.argnames))
