"""What one run carries from step to step: the links as they are now, what was counted, what must be looked at again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from outlookd.core.marker import natural_hash
from outlookd.core.model import Commit, Fields, Link, LinkStatus, Op, Payload, Plan, Quarantined, Record, Side
from outlookd.core.rules import Rules
from outlookd.errors import BadRecord, OutlookdError
from outlookd.ports import Adapter, JobContext
from outlookd.sync.job import Deps, Job

log = structlog.get_logger()

ID_KEY = {Side.GOPAAS: "cle", Side.OUTLOOK: "id"}
"""Where each side's payload carries its id."""

FIRST_RETRY = timedelta(minutes=15)
LAST_RETRY = timedelta(hours=6)


@dataclass(slots=True, kw_only=True)
class State:
    """One run's memory. `links` are found by their own id."""

    job: Job
    deps: Deps
    rules: Rules
    context: JobContext
    run: str
    started: datetime
    links: dict[str, Link]
    quarantine: dict[tuple[Side, str], Quarantined]
    approved: frozenset[str] = frozenset()
    """What a person released, as in `Held.releases`."""
    pairs: frozenset[str] = frozenset()
    """The pairs that were kept when the run began: what guards compare with."""
    doubtful: set[str] = field(default_factory=set)
    """Outlook ids whose base is older than what they show (put back, or recovered): read before anything is decided."""
    blind: set[str] = field(default_factory=set)
    """Outlook ids that a reading from the start showed and that cannot be read singly: whose they are is not known."""
    waiting: set[str] = field(default_factory=set)
    """Outlook ids without a partner that nothing is made of as long as there are such."""
    untold: set[str] = field(default_factory=set)
    """Links whose Outlook half the change feed does not know yet: if that is gone by then, it tells of neither."""
    vanished: frozenset[str] = frozenset()
    """What was held because it vanished with much else, as in `Held.releases`: until it is shown again or approved."""
    excused: set[str] = field(default_factory=set)
    """Links whose disappearance a person approved."""
    full_at: datetime | None = None
    impatient: bool = False
    held: bool = False
    """Whether the last run held something back."""
    steady: bool = False
    """A run with the present map came to its end before."""
    kept_before: bool = False
    """A life of the state that this one does not remember kept the container: if much is new there, it was not recognised."""
    take_over: bool = False
    """A person's word that we keep this container from now on, whoever kept it before."""
    suspended: str = ""
    """Why the state is not trusted, if it is not (`sync.guardian`)."""
    vouched: bool = False
    """The container carries the seal of this run."""
    seal: str = ""
    """That seal; empty where the container takes none."""
    looked_at: float = 0.0
    """When the seal was last seen or put there (monotonic)."""
    watch: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever looks at it."""
    dry: bool = False
    """A preview: nothing reaches the store."""
    counts: Counter[tuple[Op, Side]] = field(default_factory=Counter)
    plan: Plan = field(default_factory=Plan)
    unchanged: int = 0
    unshown: int = 0
    """Records that we made in GoPaaS and that its view does not show."""
    conflicts: int = 0
    mail_writes: int = 0
    again: dict[Side, set[str]] = field(default_factory=lambda: {Side.GOPAAS: set(), Side.OUTLOOK: set()})
    """Ids whose write was refused as stale: they are read again in the next round."""
    written: set[Side] = field(default_factory=set)
    unread: dict[str, str] = field(default_factory=dict)
    """Intent ids, by link, of writes to a side that has not shown them yet."""
    latest: dict[str, Link] = field(default_factory=dict)
    """The links of pairs already written in this round, by id."""
    ambiguous: bool = False
    made_before: set[str] = field(default_factory=set)
    """Ids of intents whose create the side refuses because it was done once: what is not found then was deleted since."""
    failure: OutlookdError | None = None
    requarantined: set[tuple[Side, str]] = field(default_factory=set)

    def known(self) -> list[Link]:
        """The links of `pairs`, as they are now."""
        return [link for link in self.links.values() if link.id in self.pairs]

    def aside(self) -> Iterator[Link]:
        """The links of pairs that are not kept in step now: at rest, or outside the window. Rarely asked for, so one by one."""
        return (link for link in self.links.values() if link.status is not LinkStatus.ACTIVE or not self.is_near(link))

    def is_near(self, link: Link) -> bool:
        """Whether the pair is still kept, as far as is remembered: not all that was ever synchronised is."""
        return self.rules.window is None or self.rules.window.keeps(link.gopaas.span, link.outlook.span)

    def adapter(self, side: Side) -> Adapter:
        """The door to `side`."""
        return self.deps.gopaas if side is Side.GOPAAS else self.deps.outlook

    def normalize(self, side: Side, payload: Payload, context: JobContext | None = None) -> Record:
        """What the payload shows, under another `context` than the job's if one is given.

        Raises BadRecord, whatever the handler or a transform of the map does with it.
        """
        with one_record():
            return self.job.handler.normalize(side, payload, context or self.context)

    def render(self, side: Side, fields: Fields, *, new: bool) -> Payload:
        """What to send. Raises BadRecord."""
        with one_record():
            return self.job.handler.render(side, fields, self.context, new=new)

    async def commit(self, commits: Sequence[Commit]) -> None:
        """Store all of them durably, then remember the links."""
        if commits and not self.dry:
            await self.deps.store.commit(commits)
        self.links.update({commit.link.id: commit.link for commit in commits if commit.link is not None})

    def poison(self, side: Side, id: str, error: OutlookdError, *, lenient: bool = False) -> None:
        """Put one record into quarantine, or keep it there for longer than last time (design rule 16).

        `lenient` lets the next run try once more before the waiting begins. A record that cannot even be read (BadRecord) waits for
        nothing: reading it again costs nothing, and whoever mends it sees it arrive at once.
        """
        known = self.quarantine.get((side, id))
        attempts = known.attempts + 1 if known else 1
        patient = not isinstance(error, BadRecord) and not (lenient and attempts == 1)
        wait = min(FIRST_RETRY * 2 ** (attempts - 1), LAST_RETRY) if patient else timedelta(0)
        reason = f"{error.field}: {error.message}" if isinstance(error, BadRecord) and error.field else error.message
        self.requarantined.add((side, id))
        # A key may be made of a name; `status` shows it to whoever is allowed to see it.
        log.warning("sync.record.quarantined", side=side, record=natural_hash(id)[:10], reason=reason, attempts=attempts)
        self.quarantine[side, id] = Quarantined(
            side=side,
            id=id,
            reason=reason,
            since=known.since if known else self.started,
            retry_at=self.started + wait,
            attempts=attempts,
        )

    def is_quarantined(self, side: Side, id: str) -> bool:
        """Whether the record must be left alone in this run."""
        entry = self.quarantine.get((side, id))
        waits = entry is not None and entry.retry_at > self.started and not self.impatient
        return waits or (side, id) in self.requarantined


@contextmanager
def one_record() -> Iterator[None]:
    """Whatever a plugin's code does with one record concerns that record only."""
    try:
        yield
    except BadRecord:
        raise
    except Exception as error:  # isolation point "record"; the text is left out, it may quote the record
        raise BadRecord(f"the handler failed ({type(error).__name__})") from error


def culprit(op: Op, side: Side, link: Link) -> tuple[Side, str]:
    """The record that a write was about: where its content comes from."""
    source = side.other if side is Side.OUTLOOK or op is Op.CREATE else side
    return source, link.side_id(source)


def traits(error: OutlookdError) -> dict[str, str]:
    """What may be logged of an error: its kind, the service's code, and the two ids that Microsoft's support asks for."""
    names = ("code", "client_request_id", "request_id")
    return {"error": type(error).__name__, **{name: text for name in names if (text := str(getattr(error, name, "")))}}
