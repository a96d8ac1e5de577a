"""What pages asked for and cannot have at once: done in the background, its result kept for as long as somebody may look at it.

Knows tasks and moments. What is done is the caller's; who may see it is decided in `web`. In memory only: after a restart a page
asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Final, Generic, TypeVar

import structlog

from outlookd.errors import OutlookdError
from outlookd.ports import Clock
from outlookd.runtime.loops import end
from outlookd.sync.job import Progress
from outlookd.web.history.errands import Errand, Ongoing
from outlookd.web.troubles import Problem, Trouble, problem_of

log = structlog.get_logger()

KEPT_FOR: Final = 900.0
"""Seconds. What was found a quarter of an hour ago is no longer so, and it holds people's data."""

MOST_KEPT: Final = 20
"""Results at a time: a plan of a first export is as large as the export."""

AT_ONCE: Final = 2
"""Under way at a time; the others wait. A page is worth less than a run."""

MOST_OF_ONE: Final = 3
"""Of one person, under way or waiting, and only one of them goes on at a time: nobody's questions hold up everybody's."""

_Result = TypeVar("_Result")


class Errands(Generic[_Result]):
    """Errands of one kind, by a key of the caller's that begins with the job. Ends with `close`."""

    def __init__(self, kind: str, clock: Clock) -> None:
        """`kind` is a word for the log."""
        self._kind = kind
        self._clock = clock
        self._known: dict[tuple[str, ...], tuple[float, Errand[_Result]]] = {}
        self._tasks: dict[tuple[str, ...], asyncio.Task[None]] = {}
        self._owners: dict[tuple[str, ...], str] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def look(self, key: tuple[str, ...]) -> Errand[_Result] | None:
        """How far it is, or what came of it. Never waits."""
        self._drop_old()
        known = self._known.get(key)
        return known[1] if known is not None else None

    def begin(self, key: tuple[str, ...], work: Callable[[Progress], Awaitable[_Result]], *, owner: str) -> bool:
        """Have it done, unless it is under way. Returns at once. False: too much goes on already for `owner`, a login."""
        if key in self._tasks:
            return True
        if list(self._owners.values()).count(owner) >= MOST_OF_ONE:
            return False
        self._drop_old()
        self._owners[key] = owner
        self._keep(key, Errand(at=self._clock.now(), ongoing=Ongoing()))
        # A context of its own: its log lines are not the page's.
        task = asyncio.create_task(self._run(key, work), name=f"pages.{self._kind}", context=Context())
        self._tasks[key] = task
        task.add_done_callback(lambda ended: self._ended(key, ended))
        return True

    def forget(self, job: str) -> None:
        """Whatever came of errands of that job, the first part of their keys, is no longer so."""
        for key in [key for key in self._known if key[0] == job and key not in self._tasks]:
            del self._known[key]

    async def close(self) -> None:
        """End what is under way. What an interrupted write became is found out by the job's next run, as after any crash."""
        await end(list(self._tasks.values()))

    async def _run(self, key: tuple[str, ...], work: Callable[[Progress], Awaitable[_Result]]) -> None:
        def progress(stage: str, done: int, total: int | None) -> None:
            self._keep(key, Errand(at=self._clock.now(), ongoing=Ongoing(stage=stage, done=done, total=total)))

        async with self._turns.setdefault(self._owners[key], asyncio.Lock()), self._places:
            try:
                result = await work(progress)
            except OutlookdError as error:
                log.info("pages.errand.failed", errand=self._kind, job=key[0], error=type(error).__name__)
                self._keep(key, Errand(at=self._clock.now(), problem=problem_of(error)))
                return
        self._keep(key, Errand(at=self._clock.now(), result=result))

    def _ended(self, key: tuple[str, ...], task: asyncio.Task[None]) -> None:
        self._tasks.pop(key, None)
        owner = self._owners.pop(key)
        if owner not in self._owners.values():
            self._turns.pop(owner, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A fault of ours. Without a word the page would wait for ever.
            log.error("pages.errand.crashed", errand=self._kind, job=key[0], exc_info=error)
            self._keep(key, Errand(at=self._clock.now(), problem=Problem(kind=Trouble.OTHER)))

    def _keep(self, key: tuple[str, ...], errand: Errand[_Result]) -> None:
        self._known.pop(key, None)
        self._known[key] = self._clock.monotonic(), errand

    def _drop_old(self) -> None:
        now = self._clock.monotonic()
        ended = [key for key in self._known if key not in self._tasks]
        surplus = ended[: max(0, len(ended) - MOST_KEPT)]
        old = [key for key in ended if now - self._known[key][0] > KEPT_FOR]
        for key in {*surplus, *old}:
            del self._known[key]
