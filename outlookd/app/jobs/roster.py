"""Who is synchronised: the ``[[job]]`` tables, and GoPaaS's own settings records as last read.

Knows when a reading of the records may be believed, and keeps the last good one, so that a start while GoPaaS is down finds the
same jobs. A record that goes only stops its job: nothing is deleted anywhere. What makes a record a job is in `enlistment`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, Protocol

import structlog

from outlookd.app.jobs.enlistment import Enlisted, Seat, enlist, name_of, seat_of
from outlookd.errors import ConfigurationError, OutlookdError, Unintelligible
from outlookd.plugins import Plugins
from outlookd.ports import Clock
from outlookd.sealing import RECORD, Seal, SealBroken
from outlookd.settings import JobSettings, Record, RecordFault, Registration, Settings
from outlookd.store.roster import StoredRecord

log = structlog.get_logger()

FEW = 5
"""So many records may go or become faulty at once without a second look, unless they were all."""


class Source(Protocol):
    """Where the records are: `outlookd.gopaas.settings_records`."""

    async def read(self) -> Mapping[str, Mapping[str, Any]]: ...

    async def save_map(self, key: str, text: str, now: datetime) -> None: ...


class Shelf(Protocol):
    """Where the last good reading is kept: `outlookd.store.roster`."""

    async def load(self) -> Sequence[StoredRecord]: ...

    async def keep(self, put: Collection[StoredRecord], drop: Collection[str]) -> None: ...

    async def doubt(self) -> str: ...

    async def keep_doubt(self, doubt: str) -> None: ...


class Roster:
    """The jobs as they are now.

    `faults` are the records that are no job, each with its reason. `trouble` is why the last reading of the records did not count,
    or None. `read_at` is when one last counted, before that when this process took up the stored ones; None without a view.

    `source` and `seal` are asked when they are first needed, and may raise ConfigurationError then; `source` gives None
    where no view of settings records is configured.
    """

    def __init__(
        self,
        settings: Settings,
        plugins: Plugins,
        *,
        shelf: Shelf,
        source: Callable[[], Source | None],
        seal: Callable[[], Seal],
        clock: Clock,
    ) -> None:
        self.jobs: tuple[JobSettings, ...] = settings.jobs
        self.faults: tuple[RecordFault, ...] = ()
        self.trouble: OutlookdError | None = None
        self.read_at: datetime | None = None
        self._settings = settings
        self._plugins = plugins
        self._shelf = shelf
        self._source = source
        self._seal = seal
        self._clock = clock
        self._records: dict[str, Record] = {}
        self._stored = False  # whether the store holds what these settings make of these records
        self._reading = asyncio.Lock()

    # --- who is there ----------------------------------------------------------------------------------------------------

    def find(self, job: str) -> JobSettings | None:
        """The job with this id, as it is now."""
        return next((each for each in self.jobs if each.id == job), None)

    def place_of(self, job: JobSettings) -> str:
        """How the configuration calls the job, as its faults do."""
        if job.record:
            return name_of(job)
        number = next((number for number, each in enumerate(self._settings.jobs, start=1) if each.id == job.id), 0)
        return f"job[{number}]" if number else "job"

    def registration_of(self, login: str) -> Registration | None:
        """The application that `login` signs in through; None: that of ``[entra]``. All jobs of a login have the same one.

        For nobody in particular ("") it is any that there is.
        """
        return next((job.registration for job in self.jobs if job.registration and login in {"", job.user}), None)

    def saves_map_of(self, job: JobSettings) -> bool:
        """Whether `save_map` can be offered for this job."""
        return bool(job.record and self._settings.gopaas.settings_table)

    # --- reading and writing the records ---------------------------------------------------------------------------------

    async def load(self) -> None:
        """Take up the last good reading. Asks nobody outside. Raises StoreError, and ConfigurationError for an unusable state key.

        A record that no longer opens is a fault until it is read again.
        """
        self._note_reading(good=False)
        if not self._settings.gopaas.settings_view:
            return
        stored = await self._shelf.load()
        lost: list[RecordFault] = []
        for each in stored:
            try:
                cells = json.loads(self._seal().open(each.sealed, purpose=RECORD, owner=each.record))
            except SealBroken as error:
                lost.append(RecordFault(record=each.record, login=each.login, sentence=error.sentence))
            else:
                self._records[each.record] = Record(key=each.record, cells=cells)
        sound = [self._records[each.record] for each in stored if not each.fault and each.record in self._records]
        seated = self._enlist(sound, ()).jobs
        enlisted = self._enlist(self._records.values(), map(seat_of, seated))
        self.jobs = (*self._settings.jobs, *enlisted.jobs)
        self.faults = (*enlisted.faults, *lost)
        log.info("roster.loaded", jobs=len(self.jobs), faulty=len(self.faults))
        _warn_of_loss({each.record for each in stored if not each.fault}, enlisted.jobs)

    def adopt(self, settings: Settings) -> None:
        """Go on under other settings, with the records as last read."""
        self._settings, self._stored = settings, False
        self._note_reading(good=False)
        if not settings.gopaas.settings_view:
            self._records = {}
        lost = [fault for fault in self.faults if fault.record not in self._records and settings.gopaas.settings_view]
        enlisted = self._enlist(self._records.values(), map(seat_of, self.jobs))
        self._take(Enlisted(jobs=enlisted.jobs, faults=(*enlisted.faults, *lost)))

    async def refresh(self) -> bool:
        """Read the records again; whether anything is different now.

        Never raises for what goes wrong with it: then nothing changes, and `trouble` says why.
        """
        async with self._reading:
            try:
                changed = await self._refresh()
            except OutlookdError as error:
                self.trouble = error
                log.warning("roster.refresh.failed", reason=type(error).__name__, error=error.message)
                return False
            self._note_reading(good=True)
            return changed

    async def save_map(self, job: JobSettings, text: str) -> None:
        """Write `text` into the map of the job's settings record, and read the records again.

        Raises ConfigurationError when the job has no record or no table is configured, RemoteError or UncertainWrite.
        """
        source = self._source()
        if source is None or not self.saves_map_of(job):
            hint = "Paste it into the settings record, or name the records' table in gopaas.settings_table."
            raise ConfigurationError("This map cannot be saved from here.", hint=hint)
        await source.save_map(job.record, text, self._clock.now())
        log.info("roster.map.saved", record=job.record)
        await self.refresh()

    async def _refresh(self) -> bool:
        source = self._source()
        found = {} if source is None else await source.read()
        records = {key: Record(key=key, cells=cells) for key, cells in found.items()}
        if self._stored and records == self._records:
            # Judging a thousand records takes a tenth of a second, in which nothing else would move.
            await self._forget_doubt()
            return False
        settings = self._settings
        enlisted = self._enlist(records.values(), map(seat_of, self.jobs))
        if source is not None:
            await self._doubt(records, enlisted)
        await self._keep(records, enlisted.faults)
        self._records, self.trouble = records, None
        self._stored = settings is self._settings
        if not self._stored:  # adopted while we were storing
            enlisted = self._enlist(records.values(), map(seat_of, self.jobs))
        return self._take(enlisted)

    async def _forget_doubt(self) -> None:
        self.trouble = None
        if await self._shelf.doubt():
            await self._shelf.keep((), ())

    async def _doubt(self, records: Mapping[str, Record], enlisted: Enlisted) -> None:
        """Refuse, at first sight, a reading that stops everybody, or most of many. Raises Unintelligible.

        A view that an administrator broke, a right that was withdrawn or a label that was changed looks just like that. A single
        job with a fault is no riddle: its fault says more than a doubt.
        """
        left = {job.record for job in enlisted.jobs}
        lost = (self._known - records.keys()) | (_records_of(self.jobs) - left)
        emptied = bool(lost) and (not records or (not left and len(lost) > 1))
        shrunk = len(lost) > FEW and 2 * len(lost) >= len(self._known)
        doubt = hashlib.sha256("\n".join(sorted(lost)).encode()).hexdigest()
        if not (emptied or shrunk) or doubt == await self._shelf.doubt():
            return
        await self._shelf.keep_doubt(doubt)
        raise Unintelligible(
            f"{len(lost)} of {len(self._known)} settings records are gone or can no longer be used; "
            "that is believed when it is seen again.",
            service="gopaas",
        )

    def _note_reading(self, *, good: bool) -> None:
        if not self._settings.gopaas.settings_view:
            self.read_at = None
        elif good or self.read_at is None:
            self.read_at = self._clock.now()

    @property
    def _known(self) -> frozenset[str]:
        return frozenset(self._records) | {fault.record for fault in self.faults}

    async def _keep(self, records: Mapping[str, Record], faults: Collection[RecordFault]) -> None:
        """Store what is different from what was stored. A doubt that was not confirmed goes with it."""
        told = {fault.record: fault for fault in faults}
        stored = {each.record: each for each in await self._shelf.load()}
        put = [
            self._sealed(record, told.get(key))
            for key, record in records.items()
            if self._records.get(key) != record or key not in stored or stored[key].fault != _sentence(told.get(key))
        ]
        drop = stored.keys() - records.keys()
        if put or drop or await self._shelf.doubt():
            await self._shelf.keep(put, drop)

    def _sealed(self, record: Record, fault: RecordFault | None) -> StoredRecord:
        cells = json.dumps(record.cells).encode()
        login = fault.login if fault is not None else str(record.cells.get("utilisateur") or "").strip()
        return StoredRecord(
            record=record.key,
            login=login,
            fault=_sentence(fault),
            sealed=self._seal().seal(cells, purpose=RECORD, owner=record.key),
        )

    def _enlist(self, records: Collection[Record], seated: Iterable[Seat]) -> Enlisted:
        return enlist(records, self._settings, self._plugins, seated=frozenset(seated))

    def _take(self, enlisted: Enlisted) -> bool:
        """Make it the roster; whether it is another one. What became faulty is told once."""
        jobs, faults = (*self._settings.jobs, *enlisted.jobs), enlisted.faults
        if (jobs, faults) == (self.jobs, self.faults):
            return False
        for fault in faults:
            if fault not in self.faults:
                log.warning("roster.record.faulty", record=fault.record)
        before, after = {job.id: job for job in self.jobs}, {job.id: job for job in jobs}
        log.info(
            "roster.changed",
            added=len(after.keys() - before.keys()),
            removed=len(before.keys() - after.keys()),
            changed=sum(1 for name in after.keys() & before.keys() if after[name] != before[name]),
            faulty=len(faults),
        )
        _warn_of_loss(_records_of(self.jobs), enlisted.jobs)
        self.jobs, self.faults = jobs, faults
        return True


def _records_of(jobs: Iterable[JobSettings]) -> frozenset[str]:
    return frozenset(job.record for job in jobs if job.record)


def _warn_of_loss(before: AbstractSet[str], jobs: Sequence[JobSettings]) -> None:
    """Tell when records stop being jobs, if they are more than a few or more than half: nobody may have meant it."""
    lost = before - _records_of(jobs)
    if len(lost) > FEW or 2 * len(lost) > len(before):
        log.warning("roster.shrunk", lost=len(lost), left=len(jobs))


def _sentence(fault: RecordFault | None) -> str:
    return "" if fault is None else fault.sentence
