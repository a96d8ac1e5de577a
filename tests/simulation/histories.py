"""One history from one number: people and misfortunes by turns, runs in between, peace in the end; the invariants after each run.

`run_history` is the stable door.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import structlog

from outlookd.core.model import RunReport
from simulation.calendar_people import CalendarPeople
from simulation.circumstances import CONTACTS, Circumstances, Part, chance, draw_circumstances
from simulation.contact_people import ContactPeople
from simulation.invariants import check_outcome, check_run
from simulation.ledger import CANARY, Ledger
from simulation.loop import VirtualLoop
from simulation.misfortunes import ORDERS, STATES, Misfortunes
from simulation.stage import Stage, empty_database
from simulation.witness import Deed, look

PEACE = 6
"""So many rounds of runs are waited for until nothing is written any more. I1 counts those that write."""

CRASH, MEANWHILE, DISK, LOST, OLDER = (
    "process killed",
    "people act during the run",
    "disk full",
    "database lost",
    "database restored from an older copy",
)
MISHAPS = (*ORDERS, *STATES, *(CRASH,) * 6, *(MEANWHILE,) * 8, *(DISK,) * 2, *(LOST,) * 3, *(OLDER,) * 3)
PAUSES = (0.4, 30, 300, 300, 3600, 10_000, 86_400, 9 * 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How long histories are. `trouble` is how likely a run meets a misfortune."""

    rounds: tuple[int, int] = (1, 4)
    acts: tuple[int, int] = (1, 4)
    trouble: float = 0.5


SHORT = Profile()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a history. `violations` begin with the invariant's name; `story` tells every step in plain words.

    `met` counts what really happened: each misfortune that struck, each kind of decision. `requests` were sent, `days` went by, for each user.
    """

    seed: int
    violations: tuple[str, ...]
    story: tuple[str, ...]
    met: Counter[str]
    runs: int
    requests: int
    days: float
    outcome: dict[str, Any]


def run_history(seed: int, *, profile: Profile = SHORT) -> Result:
    """Play the history of `seed` and check it. The same seed and profile give the same history."""
    empty_database()
    loop = VirtualLoop()
    history = History(loop, draw_circumstances(seed), profile)
    try:
        with _determined(seed), _overheard(history.hear):
            loop.run_until_complete(history.play())
        return history.result()
    finally:
        loop.close()


@contextmanager
def _determined(seed: int) -> Iterator[None]:
    """Every chance comes from the seed: jitter, ids of runs and intents (`uuid` reads `os.urandom`), keys and tokens (`secrets` reads `random`'s)."""
    ids, state = chance(seed, "ids"), random.getstate()
    random.seed(seed)
    with mock.patch.object(os, "urandom", ids.randbytes), mock.patch.object(random, "_urandom", ids.randbytes):
        try:
            yield
        finally:
            random.setstate(state)


@contextmanager
def _overheard(hear: Callable[..., Any]) -> Iterator[None]:
    """Every log line goes to `hear` and nowhere else."""
    before = structlog.get_config()
    structlog.configure(processors=[hear], cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


@dataclass
class History:
    """One history under way."""

    loop: VirtualLoop
    circumstances: Circumstances
    profile: Profile
    ledger: Ledger = field(default_factory=Ledger)
    violations: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    requests: int = 0
    lost_state: bool = False
    """Whether outlookd ever forgot something because its database was lost or replaced."""
    quiet: bool = False

    def __post_init__(self) -> None:
        self.seed = self.circumstances.seed
        self.stage = Stage(self.loop, self.circumstances)
        self._rng = {name: chance(self.seed, name) for name in ("plan", "trouble", *self.circumstances.logins)}
        self._copy: bytes | None = None

    # --- the course of things --------------------------------------------------------------------------------------------

    async def play(self) -> None:
        """From the empty world to the verdict."""
        await self.stage.open()
        self.misfortunes = Misfortunes(self.stage)
        self.people = {part: self._people_of(part) for part in self.circumstances.parts}
        try:
            await self._begin()
            for _ in range(self._rng["plan"].randint(*self.profile.rounds)):
                await self._round()
                if self.violations:
                    return
            await self._make_peace()
            self.violations += check_outcome(self)
        finally:
            self.loop.errands.plan(None)
            await self.stage.close()

    def _people_of(self, part: Part) -> ContactPeople | CalendarPeople:
        kind = ContactPeople if part.type == CONTACTS else CalendarPeople
        return kind(self.stage, self.ledger, part.login, self._rng[part.login])

    async def _begin(self) -> None:
        for part, people in self.people.items():
            self.tell(f"{part.name}: {', '.join(f'{name} = {value}' for name, value in part.settings.items())}")
            for _ in range(self.circumstances.things):
                self.tell(people.add_row())
            if isinstance(people, CalendarPeople):
                for act in (people.add_event, people.add_series, people.receive_invitation):
                    self.tell(act() if self._rng[part.login].random() < 0.7 else "")
        for part in self.people:
            await self._run(part)

    async def _round(self) -> None:
        for part, people in self.people.items():
            for _ in range(self._rng[part.login].randint(*self.profile.acts)):
                self.tell(self._act(part, people))
        await self._pause(self._rng["plan"].choice(PAUSES))
        for part in self.people:
            await self._run_in_trouble(part)

    def _act(self, part: Part, people: ContactPeople | CalendarPeople) -> str:
        weights, acts = zip(*people.acts, strict=True)
        return self._rng[part.login].choices(acts, weights=weights)[0]()

    async def _pause(self, seconds: float) -> None:
        self.tell(f"{seconds:g} seconds go by")
        self.loop.leap(seconds)

    async def _make_peace(self) -> None:
        """No people, no misfortunes: runs until one round writes nothing."""
        self.misfortunes.withdraw()
        await self.stage.fill_disk(full=False)
        self.tell("peace")
        for number in range(PEACE):
            await self._pause(3600)
            wrote = [await self._run(part, impatient=True) for part in self.people]
            if self.violations:
                return
            if not any(wrote):
                self.quiet = True
                self.rounds_until_quiet = number
                return

    # --- one run ---------------------------------------------------------------------------------------------------------

    async def _run_in_trouble(self, part: Part) -> None:
        rng = self._rng["trouble"]
        name = rng.choice(MISHAPS) if rng.random() < self.profile.trouble else ""
        moment = rng.randint(1, 40)
        if rng.random() < 0.3:
            self._copy = self.stage.keep_state()
        if len(self.circumstances.logins) > 1 and part.login != self.circumstances.logins[0]:
            name = ""  # the other user's runs meet none (I12)
        if name:
            self.tell(f"trouble: {name}" + (f" at moment {moment}" if name in {CRASH, MEANWHILE} else ""))
        match name:
            case "":
                await self._run(part)
            case _ if name == CRASH:
                await self._run(part, dies=moment, survives=rng.random() < 0.5)
            case _ if name == MEANWHILE:
                self.loop.errands.plan(lambda: self._meanwhile(part), 1 + moment % 9)
                await self._run(part)
                self.loop.errands.plan(None)
            case _ if name == DISK:
                await self.stage.fill_disk(full=True)
                await self._run(part)
                await self.stage.fill_disk(full=False)
                self.met[name] += 1
            case _ if name in {LOST, OLDER}:
                await self._replace_state(name)
                await self._run(part)
            case _:
                self.misfortunes.order(name, part, rng)
                await self._run(part)
                self.met[name] += self.misfortunes.struck(name)
                self.misfortunes.withdraw()

    def _meanwhile(self, part: Part) -> None:
        self.tell("meanwhile: " + self._act(part, self.people[part]))
        self.met[MEANWHILE] += 1

    async def _replace_state(self, name: str) -> None:
        kept = self._copy if name == OLDER else None
        self.ledger.stored.append(await self.stored())
        await self.stage.restore_state(kept)
        self.lost_state = True
        self.met[name] += 1

    async def _run(self, part: Part, *, dies: int = 0, survives: bool = False, **options: Any) -> bool:
        """One run, witnessed. Returns whether it wrote anything to a side."""
        for log in self.stage.world.requests.values():
            log.clear()
        before, mails = look(self.stage, part), len(self.stage.world.mail_log)
        self.ledger.touched.clear()
        if dies:
            report = await self.stage.run_and_die(part, dies, survives=survives)
            self.met[CRASH] += report is None
        else:
            report = await self.stage.run(part, **options)
        requests = {service: log.entries for service, log in self.stage.world.requests.items()}
        deed = Deed(
            part=part,
            before=before,
            after=look(self.stage, part),
            requests=requests,
            acted=frozenset(self.ledger.touched),
            report=report,
        )
        self.runs += 1
        self.requests += sum(map(len, requests.values()))
        self._count(report)
        self.tell(f"run of {part.name}: {_told(report)}")
        self.violations += check_run(self, deed, mails)
        return any(deed.writes.values())

    def _count(self, report: RunReport | None) -> None:
        if report is None:
            return
        self.met[f"run {report.status}"] += 1
        for word in ("created", "updated", "deleted"):
            for side in ("gopaas", "outlook"):
                self.met[f"{word} in {side}"] += getattr(getattr(report, word), side)
        for word in ("conflicts", "held", "quarantined"):
            self.met[word] += getattr(report, word)

    # --- for the invariants ----------------------------------------------------------------------------------------------

    async def stored(self) -> str:
        """Everything that outlookd keeps for people: journal and conflicts, as text."""
        return await self.stage.app.store._database.read(
            lambda db: "\n".join(str(dict(row)) for table in ("journal", "conflict") for row in db.query(f"SELECT * FROM {table}"))
        )

    def tell(self, line: str) -> None:
        """One more step happened; an empty line is one that did not."""
        if line:
            self.story.append(line)

    def hear(self, _logger: object, method: str, event: dict[str, Any]) -> Any:
        """One log line of outlookd."""
        if CANARY.lower() in str(event).lower():
            self.violations.append(f"i15_hygiene: the log line {event.get('event')} carries what a person wrote")
        if event.get("event") == "sync.run.crashed":
            self.violations.append(f"soundness: a run failed by a fault of ours{_exception()}")
        self.met[f"log {event.get('event')}"] += 1
        raise structlog.DropEvent

    def result(self) -> Result:
        """What came of it."""
        return Result(
            seed=self.seed,
            violations=tuple(self.violations),
            story=tuple(self.story),
            met=self.met,
            runs=self.runs,
            requests=self.requests,
            days=self.loop.time() / 86_400 * len(self.circumstances.logins),
            outcome={},
        )


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
    import sys
    import traceback

    error = sys.exc_info()[1]
    if error is None:
        return ""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f": {type(error).__name__}: {error} in {frame.filename}:{frame.lineno}"
