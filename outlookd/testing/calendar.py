"""Outlook's calendars in memory, as the engine meets them: views of a window, a change feed, writes, as awkward as Graph's.

What it takes over from the real one: the feed looks further than the window and not for ever, tells of everything outside it as
removed, tells of a cancelled occurrence only by showing its series whole, and shows no marker of single events; a used marker is
refused for ever; a series has one version together (graph.md 2.5 to 2.8).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from outlookd.core.container import Container
from outlookd.core.model import Payload, Side, Span, Watermark
from outlookd.errors import AccessDenied, ContainerMissing, NotFound, OutlookdError, Rejected, Stale, Unreachable
from outlookd.ports import Absent, Done, Failed, Found, ListingEnd, Page, Reading, Unreadable, Write, WriteResult
from outlookd.testing.appointment import ALWAYS, Appointment, Instance
from outlookd.testing.crash import Crasher
from outlookd.testing.diary import Diary
from outlookd.testing.revision import PERSONAL

BEHIND, AHEAD = timedelta(days=7), timedelta(days=60)
"""How far a feed looks beyond the window that it was begun for."""
PAUSE = timedelta(days=1)
"""How long after one feed the next may be begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A write of ours for which Exchange would have written to others: an event with other people, or one that gets some."""

    op: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Where a change feed stands: told up to `told`, in the round before up to `before`, within a window that stays.

    Not `alive`: only remembered for the day on which it was `begun`.
    """

    epoch: int
    told: int
    before: int
    start: str
    end: str
    begun: str
    alive: bool = True

    @property
    def window(self) -> Span:
        """The part of time that is looked at."""
        return Span(start=datetime.fromisoformat(self.start), end=datetime.fromisoformat(self.end))


@dataclass(slots=True, kw_only=True)
class MemoryCalendar(Diary):
    """Implements `ports.FolderAdapter`, and is at the same time the mailbox that a test edits as "the person at Outlook".

    `mails` are our writes that others would have been told of: tests expect none. `lose_answers` is how many coming batches take
    effect without anybody learning it. `lagging` ids (of single events and series) are not told by the feed yet. `replays`: every
    round tells the last one's changes once more. `reorders`: the newest change is told first. `translations` are older ids. Of
    `unanswered` ids, older or not, nothing is said for now.
    Not `sealable`: the calendars are somebody else's, shared.
    """

    crasher: Crasher = field(default_factory=Crasher)
    side: Side = Side.OUTLOOK
    batch_size: int = 20
    page_size: int = 50
    container: str = ""
    window: Span | None = None
    requests: int = 0
    mails: list[Mail] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    lose_answers: int = 0
    lagging: set[str] = field(default_factory=set)
    replays: bool = False
    reorders: bool = False
    translations: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    sealable: bool = True

    # --- calendars

    async def containers(self) -> Sequence[Container]:
        self.requests += 1
        return list(self.calendars.values())

    async def create_container(self, name: str, marker: str, seal: str = "") -> Container:
        self.requests += 1
        del marker, seal
        calendar = self.calendars[self.add_calendar(name)]
        self.crasher.pass_moment()
        return calendar

    async def stamp_container(self, id: str, marker: str) -> None:
        """Nothing: a calendar is a person's, and known by its id."""

    async def read_seal(self, id: str) -> str:
        self.requests += 1
        return self.calendars[id].seal if id in self.calendars else ""

    async def seal_container(self, id: str, seal: str) -> None:
        self.requests += 1
        if not self.sealable:
            raise AccessDenied("no permission", service="graph", status=403, code="ErrorAccessDenied")
        if id not in self.calendars:
            raise NotFound("no such calendar", service="graph", status=404, code="ErrorItemNotFound")
        self.calendars[id] = replace(self.calendars[id], seal=seal)
        self.crasher.pass_moment()

    async def attachments(self, ids: Sequence[str]) -> Mapping[str, bool]:
        """Events carry nothing that no payload shows."""
        return dict.fromkeys(ids, False)

    async def translate(self, ids: Sequence[str]) -> Mapping[str, str]:
        self.requests += 1
        return {id: self.translations.get(id, "") for id in ids if id not in self.unanswered}

    # --- reading

    async def changes(self, since: Watermark | None, *, full: bool = False) -> AsyncIterator[Page]:
        """A view of the window, or what the feed tells. A feed that is forgotten or outgrown gives way to a view."""
        self._require_calendar()
        self.requests += 1
        feed = Feed(**json.loads(since.cursor)) if since is not None and since.cursor else None
        if since is not None and since.full_at is not None and feed is not None and not full and self._serves(feed):
            pages = self._round(feed, since.full_at)
        else:
            pages = self._view(feed, may_begin=since is not None or not full)
        for page in pages:
            yield page

    def _serves(self, feed: Feed) -> bool:
        """Whether it is not forgotten, and the window is still within its own."""
        window = self.window or ALWAYS
        return feed.alive and feed.epoch == self.epoch and feed.window.start <= window.start and window.end <= feed.window.end

    def _view(self, feed: Feed | None, *, may_begin: bool) -> Iterator[Page]:
        """Everything in the window, with markers. A feed that still serves is read up to now and kept (complaint 35)."""
        window = self.window or ALWAYS
        shown = [one.shown(marked=True) for event in self._members() for one in event.instances(window)]
        restart, fed = None, frozenset[str]()
        if feed is not None and self._serves(feed):
            self.requests += 1
            visible, told = self._visible(feed)
            feed, fed = self._moved(feed, told), frozenset(self.events.keys() & visible)
        elif feed is not None and self.clock.now() - datetime.fromisoformat(feed.begun) < PAUSE:
            feed = replace(feed, alive=False)
        elif may_begin:
            self.requests += 1
            feed = self._new_feed(window)
            restart = self._mark(feed)
            fed = frozenset(event.id for event in self._members() if event.etag <= feed.told)
        else:
            feed = None
        mark = self._mark(feed, self.clock.now())
        end = ListingEnd(watermark=mark, snapshot=True, complete=True, window=window, restart=restart, fed=fed)
        yield from self._pages(shown, end)

    def _round(self, feed: Feed, full_at: datetime) -> Iterator[Page]:
        """What happened since: single events, series as a whole, and what is not in the feed's window (any more)."""
        visible, told = self._visible(feed)
        removed, whole, shown = [], [], list[Payload]()
        for id in visible:
            event = self.events.get(id)
            if event is None or event.calendar != self.container or not _is_within(event, feed.window):
                removed.append(id)
            elif event.pattern is None:
                shown.append(event.root.shown(marked=False))
            else:
                whole.append(id)
                shown += [one.shown(marked=True) for one in event.instances(self.window or ALWAYS)]
        self.requests += bool(whole)
        end = ListingEnd(watermark=self._mark(self._moved(feed, told), full_at), snapshot=False, complete=True)
        yield from self._pages(shown, end, removed=tuple(removed), whole=tuple(whole))

    def _visible(self, feed: Feed) -> tuple[Sequence[str], int]:
        """The ids of what happened since the feed's place, in order, and its next place: before what is lagging."""
        after = feed.before if self.replays else feed.told
        ticks = {id: at for (calendar, id), at in self.gone.items() if calendar == self.container and at > after}
        ticks |= {event.id: event.etag for event in self._members() if event.etag > after}
        hidden = [tick for id, tick in ticks.items() if id in self.lagging]
        visible = sorted(ticks.keys() - self.lagging, key=ticks.__getitem__, reverse=self.reorders)
        return visible, min(hidden) - 1 if hidden else self.tick

    @staticmethod
    def _moved(feed: Feed, told: int) -> Feed:
        return replace(feed, told=told, before=min(feed.told, told))

    async def read(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        self.requests += bool(ids)
        readings = {id: self._reading(id) for id in ids}
        if any(isinstance(reading, Absent) for reading in readings.values()):
            self._require_calendar()
        return readings

    async def find(self, marker: str, id: str) -> Sequence[Payload]:
        del id
        self.requests += 1
        self._require_calendar()
        return [event.root.shown(marked=True) for event in self._members() if event.marker == marker]

    # --- writing

    async def write(self, writes: Sequence[Write]) -> Sequence[WriteResult]:
        self.crasher.pass_moment()
        self.requests += 1
        results = [self._write(write) for write in writes]
        self.crasher.pass_moment()
        if self.lose_answers:
            self.lose_answers -= 1
            lost = Unreachable("the answer was lost", service="graph")
            return [Failed(ref=write.ref, error=lost, ambiguous=True) for write in writes]
        return results

    def _write(self, write: Write) -> WriteResult:
        try:
            return self._create(write) if write.op == "create" else self._alter(write)
        except Rejected as error:
            return Failed(ref=write.ref, error=error)

    def _create(self, write: Write) -> WriteResult:
        """A POST. Its marker is also its transaction: Exchange remembers those, whatever became of the event (graph.md 2.6)."""
        if self.container not in self.calendars:
            return Failed(ref=write.ref, error=_not_found("no such calendar"))
        if write.marker in self.used:
            used = Rejected("the transaction was used", service="graph", status=409, code="ErrorDuplicateTransactionId")
            return Failed(ref=write.ref, error=used, ambiguous=True)
        event = self.place(write.payload, self.container)
        event.marker = write.marker
        self.used |= {write.marker} - {""}
        self._note_mail(write, event.root)
        return Done(ref=write.ref, id=event.id, payload=event.root.shown(marked=True))

    def _alter(self, write: Write) -> WriteResult:
        """A PATCH or a DELETE, of an event or an occurrence."""
        instance = self.find_event(write.id)
        if instance is None:
            gone = _not_found("no such event")
            return Done(ref=write.ref, id=write.id) if write.op == "delete" else Failed(ref=write.ref, error=gone)
        if write.version and write.version != instance.shown(marked=False)["@odata.etag"]:
            stale = Stale("it changed", service="graph", status=412, code="ErrorIrresolvableConflict")
            return Failed(ref=write.ref, error=stale)
        if write.op == "delete":
            self.delete(write.id)
            self._note_mail(write, instance)
            return Done(ref=write.ref, id=write.id)
        self.change(instance, write.payload)
        self._note_mail(write, instance)
        if write.marker:
            self.stamp(self.found(write.id), write.marker)
        # Graph's answer to a PATCH shows no stamp: only one that was just written is known.
        return Done(ref=write.ref, id=write.id, payload=self.found(write.id).shown(marked=bool(write.marker)))

    def _note_mail(self, write: Write, instance: Instance) -> None:
        """Log what Exchange mails for, and what would trespass on somebody else's meeting."""
        told = write.op == "delete" or bool(write.payload.keys() - PERSONAL)
        if write.payload.get("attendees") or (told and instance.attended):
            self.mails.append(Mail(op=write.op, event=instance.id))

    # --- the steps

    def _require_calendar(self) -> None:
        if self.container not in self.calendars:
            raise ContainerMissing("the calendar is gone")

    def _members(self) -> list[Appointment]:
        return [event for event in self.events.values() if event.calendar == self.container]

    def _reading(self, id: str) -> Reading:
        if id in self.unanswered:
            return Unreadable(error=Unreachable("no answer for this one", service="graph", status=503))
        instance = self.find_event(id)
        if instance is None:
            return Absent()
        appointment = instance.appointment
        is_master = instance.day is None and appointment.pattern is not None
        return Found(payload=instance.shown(marked=True), elsewhere=is_master or appointment.calendar != self.container)

    def _new_feed(self, window: Span) -> Feed:
        """A feed that may have to wait for what is lagging already."""
        start, end, begun = window.start - BEHIND, window.end + AHEAD, self.clock.now()
        feed = Feed(epoch=self.epoch, told=0, before=0, start=f"{start}", end=f"{end}", begun=f"{begun}")
        told = self._visible(feed)[1]
        return replace(feed, told=told, before=told)

    @staticmethod
    def _mark(feed: Feed | None, full_at: datetime | None = None) -> Watermark:
        return Watermark(cursor=json.dumps(asdict(feed)) if feed is not None else "", full_at=full_at)

    def _pages(self, shown: Sequence[Payload], end: ListingEnd, **told: Any) -> Iterator[Page]:
        """What was removed or is whole comes first, and the payloads that belong to it may come later."""
        size = self.page_size
        pages = [tuple(shown[first : first + size]) for first in range(0, len(shown), size)] or [()]
        for number, payloads in enumerate(pages):
            last = number == len(pages) - 1
            yield Page(payloads=payloads, end=end if last else None, **(told if number == 0 else {}))


def _is_within(event: Appointment, window: Span) -> bool:
    return next(event.instances(window), None) is not None


def _not_found(message: str) -> OutlookdError:
    return NotFound(message, service="graph", status=404, code="ErrorItemNotFound")
