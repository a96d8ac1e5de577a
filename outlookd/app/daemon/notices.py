"""When an administrator is told something: once per change, not before it has lasted, and not once for each of two thousand people.

Knows the rules of operations.md 7.6 and remembers in the state database what was told, so that a restart repeats nothing. What the
matters of one kind have in common is in `matters`; how a notice is worded and carried is `outlookd.runtime.notices`'.
Nothing that goes wrong here reaches a run.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Self

import structlog

from outlookd.app.composition import App
from outlookd.app.daemon.matters import MANY, Matter, choose
from outlookd.core.model import RunReport, RunStatus
from outlookd.errors import OutlookdError, StoreError
from outlookd.ports import Accounts, Binding, Clock, Store
from outlookd.runtime.loops import attempt, every
from outlookd.runtime.notices import Courier, HookCourier, MailCourier, Notice, NoticeKind, NotTold

log = structlog.get_logger()

LOOK_EVERY = 60.0
"""Seconds between two looks at what is due."""
AFTER_FAILURE = 900.0
"""Seconds of rest when no courier got through."""
STEPS = (timedelta(hours=1), timedelta(days=3), timedelta(days=7))
"""How long a sign-in has been dead when it is told, and told again. The hour lets a hiccup of Microsoft's pass."""
MANY_SHARE = 0.2
"""From `MANY` dead sign-ins at once, if they are more than this share of all: one notice for all."""
HELD_FOR = timedelta(minutes=30)
"""How long a run has held something before it is told: a view may be mended meanwhile, or whoever made the change approves it."""
SECRET_DAYS = (30, 7, 1, 0)
"""Days before the end of the client secret on which it is told."""
EXPIRED_CODE = "AADSTS7000222"

_JOB = "notices"
"""The place of our notes. No job's id is like it: those have slashes."""
_TOLD = "told"
_DEAD, _HOLD, _FAULT, _TOGETHER = "dead", "hold", "fault", "together"
"""What stands before the colon of a note: a dead sign-in, a job that holds something, a faulty record, when many were told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What may be worth telling, beside what runs report.

    `jobs` are the ids of those that there are, `refused` codes of Entra, `records` keys of faulty records.
    """

    logins: frozenset[str]
    jobs: frozenset[str] = frozenset()
    secret_ends: date | None = None
    refused: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A notice, or None where silence is right, and the notes that say it was given: each with its value before and after.

    A note that has changed meanwhile is left alone: somebody may sign in while a mail is being sent.
    """

    notice: Notice | None
    marks: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dead:
    """A dead sign-in: since when, which one (`mark`), and how many of `STEPS` were told."""

    since: datetime
    mark: str
    told: int = 0

    def steps(self, now: datetime) -> int:
        """How many of `STEPS` it has lasted."""
        return sum(now - self.since >= step for step in STEPS)

    def dump(self) -> str:
        return json.dumps({"since": self.since.isoformat(), "mark": self.mark, "told": self.told})

    @classmethod
    def load(cls, note: str) -> Self:
        found = json.loads(note)
        return cls(since=datetime.fromisoformat(found["since"]), mark=found["mark"], told=found["told"])


@dataclass(slots=True)
class _Memory:
    """Our notes: what the database holds, read once."""

    store: Store
    values: dict[str, str] = field(default_factory=dict)
    loaded: bool = False

    async def load(self) -> None:
        if not self.loaded:
            self.values = {key: value for key, value in (await self.store.notes(_JOB)).items() if value}
            self.loaded = True

    async def keep(self, key: str, value: str) -> None:
        """An empty value forgets."""
        if self.values.get(key, "") == value:
            return
        await self.store.note(_JOB, key, value)
        self.values[key] = value

    def of(self, kind: str) -> dict[str, str]:
        """Each living note of a kind, by what stands behind the colon."""
        return {key.partition(":")[2]: value for key, value in self.values.items() if value and key.partition(":")[0] == kind}


class Notices:
    """What the administrator is told. `couriers` and `circumstances` are asked each time: both change with a reload."""

    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        clock: Clock,
        circumstances: Callable[[], Circumstances],
        couriers: Callable[[], Sequence[Courier]],
        count: Callable[[str, str], None],
    ) -> None:
        """`count` hears of each courier by name whether the notice was ``told`` or that ``failed``."""
        self._accounts = accounts
        self._clock = clock
        self._circumstances = circumstances
        self._couriers = couriers
        self._count = count
        self._memory = _Memory(store)
        self._not_before = 0.0

    async def after_run(self, report: RunReport) -> None:
        """Take note of what a run says about its user's sign-in, and of what waits for a decision. Never raises."""
        await attempt(partial(self._note, report), name="notices")

    async def watch(self) -> None:
        """Look every minute, until cancelled."""
        await every(LOOK_EVERY, self._try_to_look, clock=self._clock, name="notices")

    async def _try_to_look(self) -> None:
        try:
            await self.look()
        except OutlookdError as error:
            log.warning("notices.look.failed", error=type(error).__name__)

    async def look(self) -> None:
        """Tell what is due. Raises StoreError."""
        if self._clock.monotonic() < self._not_before:
            return
        await self._memory.load()
        around, now = self._circumstances(), self._clock.now()
        await self._forget_ended(around)
        await self._follow_matters(around, now)
        for due in (
            *self._sign_ins_due(around, now),
            *self._secret_due(around, now),
            *self._refusal_due(around, now),
            *self._matters_due(_FAULT, NoticeKind.RECORD, NoticeKind.MANY_RECORDS, now),
            *self._matters_due(_HOLD, NoticeKind.HELD, NoticeKind.MANY_HELD, now, after=HELD_FOR),
        ):
            if due.notice is not None and not await self._tell(due.notice):
                self._not_before = self._clock.monotonic() + AFTER_FAILURE
                return
            for key, (before, after) in due.marks.items():
                if self._memory.values.get(key, "") == before:
                    await self._memory.keep(key, after)

    # --- what runs report ------------------------------------------------------------------------------------------------------

    async def _note(self, report: RunReport) -> None:
        try:
            await self._memory.load()
            await self._note_sign_in(report)
            await self._note_held(report)
        except StoreError as error:
            log.warning("notices.note.failed", code=error.code)

    async def _note_sign_in(self, report: RunReport) -> None:
        key = f"{_DEAD}:{report.user}"
        match report.status:
            case RunStatus.REAUTH:
                if not self._memory.values.get(key):
                    binding = await self._accounts.binding(report.user)
                    await self._memory.keep(key, _Dead(since=self._clock.now(), mark=_mark_of(binding)).dump())
            case RunStatus.OK | RunStatus.HELD:
                await self._memory.keep(key, "")
            case RunStatus.FAILED:
                pass  # it may have ended before anybody asked for a token

    async def _note_held(self, report: RunReport) -> None:
        match report.status:
            case RunStatus.OK:
                await self._end(f"{_HOLD}:{report.job}", self._clock.now())
            case RunStatus.HELD:
                await self._begin(f"{_HOLD}:{report.job}", self._clock.now(), login=report.user, type=report.type)
            case RunStatus.REAUTH | RunStatus.FAILED:
                pass  # it did not come so far

    # --- what has changed ------------------------------------------------------------------------------------------------------

    async def _forget_ended(self, around: Circumstances) -> None:
        """Sign-ins of users who signed in again, before a run could show it, or have left the roster; a secret that works again."""
        for login, value in self._memory.of(_DEAD).items():
            binding = await self._accounts.binding(login)
            if login not in around.logins or (binding is not None and _mark_of(binding) != _Dead.load(value).mark):
                await self._memory.keep(f"{_DEAD}:{login}", "")
        if EXPIRED_CODE not in around.refused:
            await self._memory.keep("refused", "")

    async def _follow_matters(self, around: Circumstances, now: datetime) -> None:
        """Records as they are now; what has left the roster is over. What is over is forgotten once it was told long enough ago."""
        for record in sorted(around.records):
            await self._begin(f"{_FAULT}:{record}", now, record=record)
        for record in self._memory.of(_FAULT).keys() - around.records:
            await self._end(f"{_FAULT}:{record}", now)
        for job, value in self._memory.of(_HOLD).items():
            if job not in around.jobs or Matter.load(value).since is None:
                await self._end(f"{_HOLD}:{job}", now)

    async def _begin(self, key: str, now: datetime, **about: str) -> None:
        known = self._memory.values.get(key)
        matter = Matter.load(known) if known else Matter(since=None, about=about)
        await self._memory.keep(key, matter.begun(now).dump())

    async def _end(self, key: str, now: datetime) -> None:
        known = self._memory.values.get(key)
        matter = Matter.load(known).ended(now) if known else None
        await self._memory.keep(key, matter.dump() if matter else "")

    # --- what is due -----------------------------------------------------------------------------------------------------------

    def _sign_ins_due(self, around: Circumstances, now: datetime) -> Iterator[_Due]:
        notes = self._memory.of(_DEAD)
        dead = {login: found for login, note in notes.items() if (found := _Dead.load(note)).steps(now)}
        many = len(dead) >= MANY and len(dead) > MANY_SHARE * len(around.logins)
        marks = {
            f"{_DEAD}:{login}": (notes[login], replace(found, told=found.steps(now)).dump())
            for login, found in dead.items()
            if found.steps(now) > found.told
        }
        known = self._memory.values.get("many", "")
        if many:
            notice = None if known else self._notice(NoticeKind.MANY_SIGN_INS, now, count=len(dead))
            yield _Due(notice=notice, marks={**marks, "many": (known, _TOLD)})
            return
        if known:
            yield _Due(notice=None, marks={"many": (known, "")})
        for key, mark in marks.items():
            login = key.partition(":")[2]
            yield _Due(notice=self._notice(NoticeKind.SIGN_IN, now, login=login, reminder=dead[login].told), marks={key: mark})

    def _secret_due(self, around: Circumstances, now: datetime) -> Iterator[_Due]:
        if around.secret_ends is None:
            return
        left = (around.secret_ends - now.date()).days
        passed = [days for days in SECRET_DAYS if left <= days]
        mark = f"{around.secret_ends} {passed[-1]}" if passed else ""
        known = self._memory.values.get("secret", "")
        if mark and mark != known:
            kind = NoticeKind.EXPIRED if left <= 0 else NoticeKind.EXPIRING
            yield _Due(notice=self._notice(kind, now, days=max(left, 0)), marks={"secret": (known, mark)})

    def _refusal_due(self, around: Circumstances, now: datetime) -> Iterator[_Due]:
        if EXPIRED_CODE in around.refused and not self._memory.values.get("refused"):
            yield _Due(notice=self._notice(NoticeKind.REFUSED, now), marks={"refused": ("", _TOLD)})

    def _matters_due(
        self, prefix: str, kind: NoticeKind, many: NoticeKind, now: datetime, *, after: timedelta = timedelta(0)
    ) -> Iterator[_Due]:
        notes, told_together = self._memory.of(prefix), f"{_TOGETHER}:{prefix}"
        matters = {key: Matter.load(note) for key, note in sorted(notes.items())}
        known = self._memory.values.get(told_together, "")
        choice = choose(matters, after=after, told_together=datetime.fromisoformat(known) if known else None, now=now)
        marks = {f"{prefix}:{key}": (notes[key], matters[key].announced(now).dump()) for key in choice.keys}
        if choice.together:
            notice = self._notice(many, now, count=choice.together)
            yield _Due(notice=notice, marks={**marks, told_together: (known, now.isoformat())})
            return
        for key in choice.keys:
            mark = f"{prefix}:{key}"
            yield _Due(notice=self._notice(kind, now, **matters[key].about), marks={mark: marks[mark]})

    def _notice(self, kind: NoticeKind, now: datetime, **about: Any) -> Notice:
        return Notice(kind=kind, id=secrets.token_hex(16), at=now, **about)

    async def _tell(self, notice: Notice) -> bool:
        """The log is told in any case. False: there are couriers, and none got through."""
        couriers = self._couriers()
        log.warning(
            "notices.due",
            kind=notice.kind.value,
            user=notice.login,
            record=notice.record,
            days=notice.days,
            count=notice.count,
        )
        delivered = [courier.name for courier in couriers if await self._carried(courier, notice)]
        if delivered:
            log.info("notices.told", kind=notice.kind.value, id=notice.id, by=delivered)
        return bool(delivered) or not couriers

    async def _carried(self, courier: Courier, notice: Notice) -> bool:
        try:
            await courier.carry(notice)
        except NotTold as error:
            log.warning("notices.failed", by=courier.name, kind=notice.kind.value, reason=error.message)
            self._count(courier.name, "failed")
            return False
        self._count(courier.name, "told")
        return True


def _count_nothing(_channel: str, _outcome: str) -> None: ...


def notices_of(app: App) -> Notices:
    """The notices of an opened installation."""
    return Notices(
        store=app.store,
        accounts=app.store.accounts,
        clock=app.clock,
        circumstances=lambda: _circumstances(app),
        couriers=lambda: list(_couriers(app)),
        count=_count_nothing if app.metrics is None else app.metrics.noticed,
    )


def _circumstances(app: App) -> Circumstances:
    return Circumstances(
        logins=frozenset(job.user for job in app.jobs()),
        jobs=frozenset(job.id for job in app.jobs()),
        secret_ends=app.settings.entra.client_secret_expires,
        refused=app.identities.refused,
        records=frozenset(fault.record for fault in app.roster.faults),
    )


def _couriers(app: App) -> Iterable[Courier]:
    settings, public_url = app.settings.notify, app.settings.web.public_url
    if settings.smtp is not None:
        yield MailCourier(settings, public_url=public_url)
    if settings.webhook is not None:
        yield HookCourier(
            settings.webhook,
            key=settings.webhook_key,
            session=lambda: app.connections.session(None),
            clock=app.clock,
            public_url=public_url,
        )


def _mark_of(binding: Binding | None) -> str:
    """What tells this sign-in from every other one of its login. A moment, but nothing asks whether it is the later one."""
    return binding.bound_at.isoformat() if binding is not None else ""
