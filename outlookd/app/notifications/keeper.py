"""Keeps at Graph the subscriptions that are needed: at the start, every minute, and when Graph says so.

What is to be done and when is decided in `core.subscriptions`; what Graph is asked, in `graph.subscriptions`. Here both are brought
together with the state. Subscriptions only make jobs run earlier: whatever fails here costs time, never data, because every job
runs at its interval all the same (graph.md 7.5). So one login's failure stops nobody, and none of them stops the daemon.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, TypeAlias, assert_never

import structlog

from outlookd.app.parts.register import Register, Wake
from outlookd.core.subscriptions import (
    LIFE,
    Create,
    Delete,
    Forget,
    Purpose,
    Renew,
    Step,
    Subscription,
    Wanted,
    digest_of,
    next_steps,
    pause_after,
)
from outlookd.errors import NotFound, OutlookdError, RemoteError, SignInNeeded
from outlookd.graph.subscriptions import Made
from outlookd.meter import SILENT, Meter
from outlookd.ports import Clock
from outlookd.runtime.loops import every
from outlookd.store.subscriptions import Circumstances, SqliteSubscriptions

log = structlog.get_logger()

LOOK_EVERY = 60.0
"""Seconds. A look is one reading of the state; it finds new jobs, new sign-ins and what is due."""

AT_ONCE = 8
"""Purposes that are looked after side by side. Each new subscription also makes Graph call us."""


class Desk(Protocol):
    """Where a login's subscriptions are ordered: `graph.SubscriptionDesk`."""

    async def create(self, resource: str, *, expires: datetime) -> Made: ...

    async def renew(self, id: str, *, expires: datetime) -> datetime: ...

    async def delete(self, id: str) -> None: ...


Demand: TypeAlias = Mapping[Wanted, Sequence[str]]
"""The subscriptions that there should be, each with the ids of the jobs that it wakes."""


class Needs(Protocol):
    """What the jobs need, as they are now."""

    def demand(self, circumstances: Circumstances) -> Demand:
        """Every subscription that there should be."""
        ...

    def desk(self, login: str) -> Desk | None:
        """Where the login's subscriptions are ordered; None: it has no jobs any more, and so nobody to order for."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rest:
    """A purpose is left alone after failures, until a moment of the monotonic clock. Another sign-in ends it."""

    failures: int
    until: float
    bound_at: datetime | None


class Keeper:
    """The keeper. `reconcile` is one look; `keep` looks for ever."""

    def __init__(
        self, store: SqliteSubscriptions, register: Register, needs: Needs, clock: Clock, *, meter: Meter = SILENT
    ) -> None:
        self._store = store
        self._register = register
        self._needs = needs
        self._clock = clock
        self._meter = meter
        self._places = asyncio.Semaphore(AT_ONCE)
        self._rests: dict[Purpose, _Rest] = {}

    async def keep(self, wake: Wake) -> None:
        """Look, and look again, until cancelled. `wake` is called for jobs whose mailbox may have changed."""

        async def look() -> None:
            try:
                await self.reconcile(wake)
            except OutlookdError as error:
                log.warning("subscriptions.unreadable", error=type(error).__name__, reason=str(error))

        await every(LOOK_EVERY, look, clock=self._clock, name="subscriptions", wake=self._register.stirred)

    async def reconcile(self, wake: Wake) -> None:
        """Do everything that is due now. Raises StoreError when the state cannot be read."""
        circumstances = await self._store.circumstances()
        demand = self._needs.demand(circumstances)
        self._register.know(circumstances.held)
        self._register.assign({want.purpose: jobs for want, jobs in demand.items()})
        self._register.open(wake)
        due: defaultdict[Purpose, list[Step]] = defaultdict(list)
        for step in next_steps(demand, circumstances.held, self._clock.now(), urgent=self._register.urgent):
            due[_purpose_of(step)].append(step)
        async with asyncio.TaskGroup() as group:
            for purpose, steps in due.items():
                group.create_task(self._look_after(purpose, steps))

    async def _look_after(self, purpose: Purpose, steps: Sequence[Step]) -> None:
        """The steps of one purpose, in order; the rest waits when one fails."""
        async with self._places:
            for step in steps:
                if self._rests_now(purpose, _bound_at(step)):
                    return
                answered = self._register.handshakes
                try:
                    await self._take(step)
                except OutlookdError as error:
                    self._failed(step, error, called=self._register.handshakes > answered)
                    return
            self._rests.pop(purpose, None)

    async def _take(self, step: Step) -> None:
        match step:
            case Create(wanted=wanted):
                await self._create(wanted)
            case Renew(subscription=subscription, wanted=wanted):
                await self._renew(subscription, wanted)
            case Delete(subscription=subscription):
                await self._delete(subscription)
            case Forget(subscription=subscription):
                self._meter.subscription_renewed("gone")
                log.warning("subscription.expired", user=subscription.login)
                await self._forget(subscription)
            case _:
                assert_never(step)

    async def _create(self, wanted: Wanted) -> None:
        """Order it, remember it, and run its jobs: what changed before Graph began to watch is not told.

        Its id is known only from Graph's answer, so a notification that overtakes that answer is one of an unknown subscription.
        The run that follows here reads what it was about.
        """
        desk = self._needs.desk(wanted.login)
        if desk is None:
            return
        now = self._clock.now()
        with self._register.asking():
            made = await desk.create(wanted.resource, expires=now + LIFE)
        subscription = Subscription(
            id=made.id,
            login=wanted.login,
            resource=wanted.resource,
            client_state=digest_of(made.client_state),
            expires=made.expires,
            made_at=now,
        )
        await self._store.keep(subscription)
        self._register.learn(subscription)
        self._meter.subscription_renewed("created")
        log.info("subscription.created", user=wanted.login, expires=made.expires.isoformat())
        self._register.wake_jobs(wanted.purpose)

    async def _renew(self, subscription: Subscription, wanted: Wanted) -> None:
        desk = self._needs.desk(wanted.login)
        if desk is None:
            return
        now = self._clock.now()
        try:
            expires = await desk.renew(subscription.id, expires=now + LIFE)
        except NotFound:
            self._meter.subscription_renewed("gone")
            log.warning("subscription.gone", user=wanted.login)
            await self._forget(subscription)
            await self._create(wanted)
            return
        renewed = replace(subscription, expires=expires, made_at=now)
        await self._store.keep(renewed)
        self._register.learn(renewed)
        self._meter.subscription_renewed("renewed")
        log.info("subscription.renewed", user=wanted.login, expires=expires.isoformat())
        if self._register.look_after(subscription.id):
            # While Graph waited for us it told nothing.
            self._register.wake_jobs(wanted.purpose)

    async def _delete(self, subscription: Subscription) -> None:
        """End it at Graph. Where nobody can speak for the login any more it is forgotten here, and ends there by itself."""
        desk = self._needs.desk(subscription.login)
        if desk is not None:
            await desk.delete(subscription.id)
        log.info("subscription.deleted", user=subscription.login)
        await self._forget(subscription)

    async def _forget(self, subscription: Subscription) -> None:
        self._register.forget(subscription.id)
        await self._store.forget(subscription.id)

    def _rests_now(self, purpose: Purpose, bound_at: datetime | None) -> bool:
        rest = self._rests.get(purpose)
        return rest is not None and rest.bound_at == bound_at and self._clock.monotonic() < rest.until

    def _failed(self, step: Step, error: OutlookdError, *, called: bool) -> None:
        """Leave the purpose alone for a while. `called`: Graph reached our address meanwhile, so that is not what is wrong."""
        purpose = _purpose_of(step)
        rest = self._rests.get(purpose)
        failures = 1 if rest is None else rest.failures + 1
        wait = pause_after(failures).total_seconds()
        if isinstance(error, RemoteError) and error.retry_after is not None:
            wait = max(wait, error.retry_after)
        self._rests[purpose] = _Rest(failures=failures, until=self._clock.monotonic() + wait, bound_at=_bound_at(step))
        if isinstance(error, SignInNeeded):
            return  # the login's jobs say so, and somebody is told
        self._meter.subscription_renewed("failed")
        log.warning(
            "subscription.failed",
            user=purpose[0],
            error=type(error).__name__,
            reason=str(error),
            called=called,
            failures=failures,
            seconds=wait,
        )


def _purpose_of(step: Step) -> Purpose:
    match step:
        case Create(wanted=wanted):
            return wanted.purpose
        case Renew(subscription=subscription) | Delete(subscription=subscription) | Forget(subscription=subscription):
            return subscription.purpose
        case _:
            assert_never(step)


def _bound_at(step: Step) -> datetime | None:
    match step:
        case Create(wanted=wanted) | Renew(wanted=wanted):
            return wanted.bound_at
        case Delete() | Forget():
            return None
        case _:
            assert_never(step)
