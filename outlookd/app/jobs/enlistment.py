"""From settings records to jobs: who is enlisted, who is not and why. Pure: records in, jobs and faults out.

Knows what a record cannot know of itself: plugins, the ``[[job]]`` tables, the other records. What is wrong with one record alone
is said by `outlookd.settings.records`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from outlookd.app.jobs.objections import job_faults, shared_calendars
from outlookd.errors import ConfigurationError
from outlookd.gopaas.address import items_path, list_path
from outlookd.gopaas.header import equals
from outlookd.plugins import Plugins
from outlookd.settings import JobSettings, Record, RecordFault, RecordSettings, Registration, Settings, read_record
from outlookd.settings.records import Objection, fault_of

Seat: TypeAlias = tuple[str, tuple[str, ...]]
"""A record's key and the place that its job has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enlisted:
    """The jobs that records describe, and why the other records describe none. Both in the order of the records' keys."""

    jobs: tuple[RecordSettings, ...] = ()
    faults: tuple[RecordFault, ...] = ()


def enlist(records: Collection[Record], settings: Settings, plugins: Plugins, *, seated: Collection[Seat] = ()) -> Enlisted:
    """Every record as a job or as a fault.

    Where two jobs want one place, a ``[[job]]`` goes before a record, and a record that had the place (`seated`) before one that
    comes new: a mistake in a new record must not stop what runs. Then the order of keys decides, so that it is always the same.
    """
    enlistment = _Enlistment(settings, plugins, {record.key: record for record in records})
    sound = sorted(enlistment.sound(), key=lambda job: (seat_of(job) not in seated, job.record))
    enlistment.seat(sound)
    return enlistment.result()


def seat_of(job: JobSettings) -> Seat:
    """The record's key, and the place of its job."""
    return job.record, job.place


def name_of(job: JobSettings) -> str:
    """What faults call a record."""
    return f"record[{job.record}]"


class _Enlistment:
    """One pass over all records."""

    def __init__(self, settings: Settings, plugins: Plugins, records: Mapping[str, Record]) -> None:
        self._settings = settings
        self._plugins = plugins
        self._records = records
        self._jobs: dict[str, RecordSettings] = {}
        self._faults: dict[str, RecordFault] = {}
        self._places = {job.place: self._file_name(job) for job in settings.jobs}
        self._registrations = {job.user: (settings.entra.registration, self._file_name(job)) for job in settings.jobs}

    def sound(self) -> Iterator[RecordSettings]:
        """The records with which nothing is wrong as long as one looks at each alone."""
        settings = self._settings
        for record in self._records.values():
            found = read_record(record, sync=settings.sync, entra=settings.entra, names=settings.gopaas.settings_fields)
            if isinstance(found, RecordFault):
                self._faults[record.key] = found
            elif objections := [*job_faults(found, self._plugins), *_unaskable(found), *self._without_mailbox()]:
                self._object(found, objections)
            else:
                yield found

    def seat(self, jobs: Iterable[RecordSettings]) -> None:
        """Give each its place, if it is free and its user signs in through one registration only."""
        for job in jobs:
            if objections := [*self._taken(job), *self._other_registration(job)]:
                self._object(job, objections)
                continue
            self._places[job.place] = name_of(job)
            self._registrations.setdefault(job.user, (self._registration(job), name_of(job)))
            self._jobs[job.record] = job
        together: Sequence[JobSettings] = [*self._settings.jobs, *self._jobs.values()]
        for remark in list(shared_calendars(together, self._plugins)):
            late = None if remark.job is None else together[remark.job]
            if isinstance(late, RecordSettings):
                self._object(self._jobs.pop(late.record), [(remark.key, remark.sentence)])

    def result(self) -> Enlisted:
        """Jobs and faults."""
        return Enlisted(
            jobs=tuple(self._jobs[key] for key in sorted(self._jobs)),
            faults=tuple(self._faults[key] for key in sorted(self._faults)),
        )

    def _object(self, job: RecordSettings, objections: Iterable[Objection]) -> None:
        record = self._records[job.record]
        self._faults[job.record] = fault_of(record, objections, self._settings.gopaas.settings_fields)

    def _taken(self, job: RecordSettings) -> Iterator[Objection]:
        if job.place not in self._places:
            return
        earlier = self._places[job.place]
        if job.of_contacts:
            yield "folder", f"is that of {earlier} too: give each job of a user a folder of its own (upper and lower case are one)"
        else:
            yield "", f"is the same as {earlier}: user, type, table and calendar must differ in one at least"

    def _other_registration(self, job: RecordSettings) -> Iterator[Objection]:
        """A person signs in once, through one application. Two secrets of it would leave open which one is still good."""
        registration, earlier = self._registrations.get(job.user, (self._registration(job), ""))
        if registration != self._registration(job):
            yield "client_id", f"and the secret must be those of {earlier}: one user signs in through one registration"

    def _registration(self, job: JobSettings) -> Registration | None:
        return job.registration or self._settings.entra.registration

    def _without_mailbox(self) -> Iterator[Objection]:
        if self._settings.entra.mode == "application":
            yield "", 'names no mailbox, which entra.mode = "application" needs: write a [[job]] for this user'

    def _file_name(self, job: JobSettings) -> str:
        return f"job[{self._settings.jobs.index(job) + 1}]"


def _unaskable(job: JobSettings) -> Iterator[Objection]:
    """Names that no address and no search can carry: GoPaaS would be asked for something else."""
    attempts: list[tuple[str, Callable[[], str]]] = [
        ("view", partial(list_path, job.view)),
        ("table", partial(items_path, job.table)),
    ]
    if job.filter_by_user and job.user_field:
        attempts.append(("user", partial(equals, job.user_field, job.user)))
    for key, attempt in attempts:
        try:
            attempt()
        except ConfigurationError as error:
            yield key, error.message.rstrip(".")
