"""One history as it goes: people and misfortunes by turns, runs in between, peace in the end, and the invariants after each run.

Who draws which chance is fixed: people have a generator for each user, misfortunes have one of their own. So the same history with another
misfortune (`Variation`) has the same people doing the same things, as far as these find the same before them.
"""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from outlookd.app.history.undo import undo
from outlookd.core.model import WRITES, Action, Op, RunReport, RunStatus
from outlookd.errors import OutlookdError
from simulation.calendar_cases import CalendarCases
from simulation.calendar_people import CalendarPeople
from simulation.circumstances import CONTACTS, Circumstances, Part, chance
from simulation.contact_cases import ContactCases
from simulation.contact_people import ContactPeople
from simulation.invariants import check_outcome, check_run, check_undo
from simulation.ledger import CANARY, Ledger, Numbers, thing_of
from simulation.loop import VirtualLoop
from simulation.misfortunes import ORDERS, STATES, Misfortunes
from simulation.stage import Stage
from simulation.witness import Deed, cells_of, look

PEACE = 6
"""So many rounds of runs are waited for until nothing changes any more."""
CRASH, MEANWHILE, DISK, LOST, OLDER = (
    "process killed",
    "people act during the run",
    "disk full",
    "database lost",
    "database restored from an older copy",
)
MISHAPS = (*ORDERS, *STATES, *(CRASH,) * 6, *(MEANWHILE,) * 8, *(DISK,) * 2, *(LOST,) * 3, *(OLDER,) * 3)
PAUSES = (0.4, 300, 300, 300, 3600, 10_800, 86_400, 9 * 86_400)
"""Seconds between two rounds. Appointments begin and end on every fifth minute, runs between two of those: a clock that is a little
wrong is not to decide what is over."""
UNDO, APPROVE = 0.12, 0.5
"""How likely the last run is taken back, and what a guard holds is released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How long histories are: one of `rounds`, so many acts of each user in each. `trouble` is how likely a run meets a misfortune."""

    rounds: tuple[int, ...] = (1, 1, 2)
    acts: tuple[int, int] = (1, 5)
    trouble: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Variation:
    """What differs when a history is played a second time. None of it may change how it ends.

    `trouble`: the drawn misfortunes happen. `crash`: the last run before peace is killed at that moment (0: it is not).
    """

    trouble: bool = True
    crash: int = 0
    undo: bool = True


@dataclass
class History:
    """One history under way. What the invariants ask is public."""

    loop: VirtualLoop
    circumstances: Circumstances
    profile: Profile
    variation: Variation = field(default_factory=Variation)
    ledger: Ledger = field(default_factory=Ledger)
    violations: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    requests: int = 0
    quiet: bool = False
    """Whether a round of peace changed nothing; then `rounds_until_quiet` did."""
    rounds_until_quiet: int = 0
    last_round: float = 0.0
    """When the last runs before peace began, on the loop's clock."""
    at_peace: bool = False
    """Whether people and misfortunes have stopped."""
    planned: tuple[str, ...] = ()
    """What a plan still wanted to do after the quiet round."""
    found_in_full: tuple[str, ...] = ()
    """What a full reading still found to write after the quiet round."""
    stored: str = ""
    """Everything that outlookd keeps for people in the end, and kept in databases that were lost: journal and conflicts, as text."""
    disputed: str = ""
    """The conflicts among it, as text."""

    def __post_init__(self) -> None:
        self.seed = self.circumstances.seed
        self.stage = Stage(self.loop, self.circumstances)
        self.people: dict[Part, ContactPeople | CalendarPeople] = {}
        self._rng = {name: chance(self.seed, name) for name in ("plan", "trouble", "end", *self.circumstances.logins)}
        self._numbers = {login: Numbers(first) for first, login in enumerate(self.circumstances.logins)}
        self._copy: bytes | None = None
        self._scheduled = 0.0
        self._last: Deed | None = None
        self._approved: set[str] = set()
        self._held: list[int] = []

    # --- the course of things --------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """From the empty world to the verdict. Ends at the first violation."""
        await self.stage.open()
        self.misfortunes = Misfortunes(self.stage)
        self.people = {part: self._people_of(part) for part in self.circumstances.parts}
        try:
            await self._begin()
            rounds = self._rng["plan"].choice(self.profile.rounds)
            for number in range(rounds):
                if not self.violations:
                    await self._round(last=number == rounds - 1)
            if not self.violations:
                await self._end()
        finally:
            self.loop.errands.plan(None)
            await self.stage.close()

    async def _begin(self) -> None:
        for part, people in self.people.items():
            self.tell(f"{part.name}: {', '.join(f'{name} = {value}' for name, value in part.settings.items())}")
            for _ in range(self.circumstances.things):
                self.tell(people.add_row())
            if isinstance(people, CalendarPeople):
                for act in (people.add_event, people.add_series, people.receive_invitation):
                    self.tell(act() if self._rng[part.login].random() < 0.7 else "")
            for name in self.circumstances.theme.opening:
                self.tell(getattr(people, name)())
        if self.circumstances.theme.opening:
            self._pause(7200)  # no change feed lags so far behind
        for part in self.people:
            await self._run_in_trouble(part)

    async def _round(self, *, last: bool) -> None:
        for part, people in self.people.items():
            for _ in range(self._rng[part.login].randint(*self.profile.acts)):
                self.tell(self._act(part, people))
        self._pause(self._rng["plan"].choice(PAUSES))
        self.last_round = self.loop.time()
        for part in self.people:
            if last and self.variation.crash:
                await self._run(part, dies=self.variation.crash, survives=self.variation.crash % 2 == 0)
            else:
                await self._run_in_trouble(part)

    async def _end(self) -> None:
        rng = self._rng["end"]
        if rng.random() < UNDO and self.variation.undo:
            return await self._take_back()
        # What a killed run did not come to say, the plan says: a person is to find the same to approve (I18).
        if rng.random() < APPROVE and (self.met["held"] or (self.variation.crash and await self.stage.holds())):
            await self._approve()
        await self._make_peace()
        if self.violations:
            return None
        if self.quiet and self.seed % 8 == 0:
            await self._ask_for_plans()
        elif self.quiet and self.seed % 8 == 1:
            await self._read_in_full()
        self.stored, self.disputed = "\n".join([*self.ledger.stored, await self._kept()]), await self._kept("conflict")
        self.violations += check_outcome(self)
        return None

    async def _make_peace(self) -> None:
        """No people, no misfortunes: runs until one round changes nothing.

        Nor is it quiet while more or less is held than in the round before: a run that finds its memory again lets go one run later. Nor when
        something was asked for in vain for the first time: whether it is gone, only the next run knows.
        """
        self.misfortunes.withdraw()
        self.tell("peace")
        self.at_peace = True
        before, known = [0] * len(self.people), await self.stage.missed()
        for number in range(PEACE):
            self._pause(3600)
            stirred, held = [], []
            for part in self.people:
                stirred.append(await self._run(part, impatient=True))
                held.append(self._last.report.held)
            if self.violations:
                return
            missed = await self.stage.missed()
            self._held = held
            if not any(stirred) and missed <= known and (not any(held) or held == before):
                self.quiet, self.rounds_until_quiet = True, number
                return
            before, known = held, missed

    async def _ask_for_plans(self) -> None:
        """Not of a job that a guard holds: a plan reads everything, and may see that a side is not as empty as what changed of it."""
        plans = [
            await self.stage.app.plan(self.stage.jobs[part]) for part, held in zip(self.people, self._held, strict=True) if not held
        ]
        entering = {action.link.id for plan in plans for action in plan.actions if self._lets_in(action)}
        self.planned = tuple(
            f"{'write' if action.op in WRITES else 'memory'}: {action.op} on {action.side}, {action.reason}"
            for plan in plans
            for action in plan.actions
            if action.link.id not in entering
        )

    async def _read_in_full(self) -> None:
        for part in self.people:
            await self._run(part, full=True)
            self.found_in_full += tuple(
                f"{'made' if not was else 'changed'} {name}"
                for was, name, thing in self._last.effects
                if was or not self._may_enter(thing)
            )

    def _lets_in(self, action: Action) -> bool:
        """Whether a pair begins with it that may not have been in the window before."""
        fields = action.fields or (action.link.gopaas.fields if action.link.gopaas else {})
        return action.op in {Op.CREATE, Op.LINK} and self._may_enter(thing_of(fields.get("subject")))

    def _may_enter(self, thing: int) -> bool:
        """Whether something may have come into the window because time passed: a series at any time, anything else after a day."""
        return thing in self.ledger.series or self.loop.time() > 86_400

    # --- people ----------------------------------------------------------------------------------------------------------

    def _people_of(self, part: Part) -> ContactPeople | CalendarPeople:
        kind = ContactCases if part.type == CONTACTS else CalendarCases
        return kind(self.stage, self.ledger, self._numbers[part.login], part.login, self._rng[part.login])

    def _act(self, part: Part, people: ContactPeople | CalendarPeople) -> str:
        acts = [act for _, act in people.acts]
        weights = [self.circumstances.theme.acts.get(act.__name__, weight) for weight, act in people.acts]
        act = self._rng[part.login].choices(acts, weights=weights)[0]
        told = act()
        self.met[f"{part.type}: {act.__name__}"] += bool(told)
        return told

    def _pause(self, seconds: float) -> None:
        """Until so long after the last pause, however long runs took meanwhile."""
        self.tell(f"{seconds:g} seconds go by")
        self._scheduled += seconds
        self.loop.leap(self._scheduled - self.loop.time())

    async def _approve(self) -> None:
        """Some time later a person looks at what is held, and releases it."""
        self.misfortunes.withdraw()
        self._pause(3600)
        for part in self.people:
            job = self.stage.jobs[part]
            plan = await self.stage.app.plan(job)
            for hash in [held.hash for held in plan.held if held.hash]:
                self.tell(f"a person approves {hash}")
                self.met["approved"] += await self.stage.app.approve(job, hash)
                self._approved.add(part.name)
                await self._run(part)

    async def _take_back(self) -> None:
        """A person takes the last run back, at once. The history ends with it."""
        done = self._last
        if done is None or done.report is None or done.acted or not (done.written or done.changed):
            return
        try:
            before, mails = self._watch(done.part)
            taken = await undo(self.stage.app, done.report.run)
        except OutlookdError:
            return  # that run only remembered something
        self.tell(f"a person takes the last run back: {_told(taken.report)}, {len(taken.kept)} kept")
        self.met["undone"] += 1
        deed = self._deed(done.part, before, taken.report, undo=True)
        self.violations += check_run(self, deed, mails)
        self.violations += check_undo(self, done, deed, taken.kept)

    # --- one run ---------------------------------------------------------------------------------------------------------

    async def _run_in_trouble(self, part: Part) -> None:
        rng = self._rng["trouble"]
        mishaps = self.circumstances.theme.mishaps or MISHAPS
        name = rng.choice(mishaps) if rng.random() < self.profile.trouble else ""
        moment, survives, keeps = rng.randint(1, 40), rng.random() < 0.5, rng.random() < 0.3
        bystander = len(self.circumstances.logins) > 1 and part.login != self.circumstances.logins[0]
        shared = len(self.circumstances.logins) > 1 and name in {LOST, OLDER}
        if not name or bystander or shared or not self.variation.trouble:  # I12 wants one user's misfortunes to be nobody else's
            await self._run(part)
        else:
            self.tell(f"trouble: {name}" + (f" at moment {moment}" if name in {CRASH, MEANWHILE} else ""))
            await self._suffer(part, name, moment, survives=survives)
        if keeps:
            self._copy = self.stage.keep_state()

    async def _suffer(self, part: Part, name: str, moment: int, *, survives: bool) -> None:
        match name:
            case _ if name == CRASH:
                await self._run(part, dies=moment, survives=survives)
            case _ if name == MEANWHILE:
                self.loop.errands.plan(lambda sent: self._meanwhile(part, sent), 1 + moment % 9)
                await self._run(part)
                self.loop.errands.plan(None)
            case _ if name == DISK:
                failed = self.met["run failed"]
                self.stage.fill_disk(full=True)
                try:
                    await self._run(part)
                finally:
                    self.stage.fill_disk(full=False)
                self.met[name] += self.met["run failed"] > failed
            case _ if name in {LOST, OLDER}:
                await self._replace_state(name)
                await self._run(part)
                if name == LOST and survives:  # and once more: no database knows any more who stamped what at first
                    self.tell("trouble: the database is lost again")
                    await self._run(part)
                    await self._replace_state(name)
                    await self._run(part)
            case _:
                self.misfortunes.order(name, part, chance(self.seed, f"{name}/{moment}"))
                await self._run(part)
                self.met[name] += self.misfortunes.struck(name)
                self.misfortunes.withdraw()

    def _meanwhile(self, part: Part, sent: bytes) -> None:
        before = len(self.ledger.written)
        told = self._act(part, self.people[part])
        self.ledger.overtake(before, cells_of(sent))
        self.tell(f"meanwhile: {told}")
        self.met[MEANWHILE] += bool(told)

    async def _replace_state(self, name: str) -> None:
        kept = self._copy if name == OLDER else None
        self.ledger.stored.append(await self._kept())
        await self.stage.restore_state(kept)
        self.met[name] += 1

    async def _run(self, part: Part, *, dies: int = 0, survives: bool = False, **options: Any) -> bool:
        """One run, witnessed. Returns whether it changed anything on a side.

        An approval holds until what it released is done: the next run may have to find its memory again first.
        """
        before, mails = self._watch(part)
        if dies:
            report = await self.stage.run_and_die(part, dies, survives=survives)
            self.met[CRASH] += report is None
        else:
            report = await self.stage.run(part, **options)
        self.tell(f"run of {part.name}: {_told(report)}")
        deed = self._last = self._deed(part, before, report, approved=part.name in self._approved)
        self.violations += check_run(self, deed, mails)
        return bool(deed.changed or deed.written)

    def _watch(self, part: Part) -> Any:
        self.ledger.mark()
        for log in self.stage.world.requests.values():
            log.clear()
        self.ledger.touched.clear()
        return look(self.stage, part), len(self.stage.world.mail_log)

    def _deed(self, part: Part, before: Any, report: RunReport | None, **options: Any) -> Deed:
        requests = {service: log.entries for service, log in self.stage.world.requests.items()}
        self.runs += 1
        self.requests += sum(map(len, requests.values()))
        self._count(report)
        acted = frozenset(self.ledger.touched)
        self.ledger.mark()
        after = look(self.stage, part)
        if report is not None and report.status is RunStatus.OK:
            self.ledger.agree(thing_of(item.name) for item in after.items.values())
        return Deed(part=part, before=before, after=after, requests=requests, acted=acted, report=report, **options)

    def _count(self, report: RunReport | None) -> None:
        if report is None:
            return
        if CANARY.lower() in report.message.lower():
            self.violations.append("i15_hygiene: a run's message carries what a person wrote")
        self.met[f"run {report.status}"] += 1
        for word in ("created", "updated", "deleted"):
            for side in ("gopaas", "outlook"):
                self.met[f"{word} in {side}"] += getattr(getattr(report, word), side)
        for word in ("conflicts", "held", "quarantined"):
            self.met[word] += getattr(report, word)

    # --- what is heard and told ------------------------------------------------------------------------------------------

    async def _kept(self, *tables: str) -> str:
        return await self.stage.app.store._database.read(
            lambda db: "\n".join(
                str(dict(row)) for table in tables or ("journal", "conflict") for row in db.query(f"SELECT * FROM {table}")
            )
        )

    def tell(self, line: str) -> None:
        """One more step happened; an empty line is one that did not."""
        if line:
            self.story.append(line)

    def hear(self, _logger: object, _method: str, event: dict[str, Any]) -> Any:
        """One log line of outlookd."""
        if CANARY.lower() in str(event).lower():
            self.violations.append(f"i15_hygiene: the log line {event.get('event')} carries what a person wrote")
        if event.get("event") == "sync.run.crashed":
            self.violations.append(f"soundness: a run failed by a fault of ours{_exception()}")
        self.met[f"log {event.get('event')}"] += 1
        raise structlog.DropEvent


def _told(report: RunReport | None) -> str:
    if report is None:
        return "killed"
    numbers = [
        f"{word} {getattr(report, word).gopaas}/{getattr(report, word).outlook}"
        for word in ("created", "updated", "deleted")
        if getattr(report, word).gopaas or getattr(report, word).outlook
    ]
    others = [f"{word} {getattr(report, word)}" for word in ("conflicts", "held", "quarantined") if getattr(report, word)]
    return ", ".join([str(report.status), *numbers, *others, *([report.message] if report.message else [])])


def _exception() -> str:
    error = sys.exc_info()[1]
    if error is None:
        return ""
    frame: Sequence[Any] = traceback.extract_tb(error.__traceback__)
    return f": {type(error).__name__}: {error} in {frame[-1].filename}:{frame[-1].lineno}"
