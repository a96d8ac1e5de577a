"""What is wrong, or at least odd, with jobs in the eyes of their handlers: types, maps, policies, and what only events have.

Reads nothing and opens nothing. Every sentence stands behind the key that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from outlookd.core.fieldmap import FieldMap, parse_map
from outlookd.core.model import Direction, Side
from outlookd.core.policy import BUILT_IN, Policy
from outlookd.core.rules import ViewExit
from outlookd.errors import ConfigurationError
from outlookd.plugins import Plugins
from outlookd.ports import Handler
from outlookd.settings import JobSettings, Remark, SyncSettings
from outlookd.settings.values import nearest

RESOURCES = frozenset({"contacts", "events"})
"""The Graph collections that this version can read and write."""

VIEW_EXITS: Mapping[str, tuple[ViewExit, ...]] = {
    "contacts": (ViewExit.DELETE, ViewExit.KEEP),
    "events": (ViewExit.DETACH, ViewExit.DELETE),
}
"""What can become of an item whose row left the view (design rule 12), the usual first: only exported contacts are mere copies."""

_START = "startDate"


def remarks(sync: SyncSettings, jobs: Sequence[JobSettings], plugins: Plugins) -> Iterator[Remark]:
    """Everything there is to say about the settings. What all jobs inherit is told once."""
    for sentence in policy_faults(sync.policy, plugins):
        yield Remark(job=None, key="policy", sentence=sentence)
    for index, job in enumerate(jobs):
        for key, sentence in job_faults(job, plugins):
            if key != "policy" or job.policy != sync.policy:
                yield Remark(job=index, key=key, sentence=sentence)
        for key, sentence in job_warnings(job, plugins):
            yield Remark(job=index, key=key, sentence=sentence, fatal=False)
    yield from shared_calendars(jobs, plugins)


def job_faults(job: JobSettings, plugins: Plugins) -> Iterator[tuple[str, str]]:
    """What keeps a job from running, as (key, sentence)."""
    handler = _handler(job, plugins)
    if handler is None:
        yield "type", _unknown_type(job.type, plugins)
    for sentence in policy_faults(job.policy, plugins):
        yield "policy", sentence
    if handler is None:
        return
    try:
        fieldmap = read_map(job, handler, plugins)
    except ConfigurationError as error:
        for fault in error.faults:
            yield "map", fault.removeprefix("map: ")
    else:
        if handler.resource == "events" and _lacks(_START, fieldmap, handler):
            yield "map", f"names no column for {_START!r}: what has no day has no place in a calendar"
    allowed = VIEW_EXITS[handler.resource]
    if job.on_view_exit and job.on_view_exit not in allowed:
        words = " or ".join(f'"{word}"' for word in allowed)
        yield (
            "on_view_exit",
            f'cannot be "{job.on_view_exit}" for {handler.resource}; write {words} (here, or in [sync] for all jobs)',
        )


def job_warnings(job: JobSettings, plugins: Plugins) -> Iterator[tuple[str, str]]:
    """What lets a job run, but not as well as it could, as (key, sentence)."""
    handler = _handler(job, plugins)
    if handler is None or handler.resource != "events":
        return
    try:
        pointer = read_map(job, handler, plugins).pointer
    except ConfigurationError:
        return
    if not pointer:
        sentence = (
            "names no column for 'id': if the state database is lost, records and events find each other only by their stamps"
        )
        yield "map", sentence
    if not job.user_field and job.api_key is None and direction_of(job, handler).writes(Side.GOPAAS):
        sentence = "is not set, and the job writes with the credentials of [gopaas]: records made from Outlook would be nobody's"
        yield "user_field", sentence


def shared_calendars(jobs: Sequence[JobSettings], plugins: Plugins) -> Iterator[Remark]:
    """Two jobs that both turn what a person enters in one calendar into records would make two of each event (complaint 15)."""
    first: dict[tuple[str, str, str], JobSettings] = {}
    for index, job in enumerate(jobs):
        handler = _handler(job, plugins)
        if handler is None or handler.resource != "events" or not direction_of(job, handler).writes(Side.GOPAAS):
            continue
        earlier = first.setdefault((job.user, job.type, job.folder.casefold()), job)
        if earlier.table != job.table:  # the same table is a fault of the settings already
            sentence = (
                f"takes new events out of a calendar from which table {earlier.table} gets them already, so each would become two "
                'records; write direction = "to_outlook" in one of the two jobs, or name another calendar (folder)'
            )
            yield Remark(job=index, key="", sentence=sentence)


def read_map(job: JobSettings, handler: Handler, plugins: Plugins) -> FieldMap:
    """The job's map in the handler's names. Raises ConfigurationError."""
    return parse_map(
        job.map,
        specs=handler.fields,
        aliases=handler.aliases,
        transforms=plugins.transforms,
        two_way=direction_of(job, handler) is not Direction.TO_OUTLOOK,
    )


def direction_of(job: JobSettings, handler: Handler) -> Direction:
    """Which way a job writes: as it says, or as is usual for its type."""
    return job.direction or handler.default_direction


def policies(plugins: Plugins) -> Mapping[str, Policy]:
    """Every policy that a job may name."""
    return {**BUILT_IN, **plugins.policies}


def policy_faults(name: str, plugins: Plugins) -> Iterator[str]:
    """That there is no such policy, and which comes nearest."""
    if name not in policies(plugins):
        yield f"there is no policy {name!r}{nearest(name, policies(plugins))}"


def _known(plugins: Plugins) -> Mapping[str, Handler]:
    return {name: handler for name, handler in plugins.handlers.items() if handler.resource in RESOURCES}


def _handler(job: JobSettings, plugins: Plugins) -> Handler | None:
    return _known(plugins).get(job.type)


def _unknown_type(name: str, plugins: Plugins) -> str:
    known = _known(plugins)
    if name in plugins.handlers:
        return f"this version synchronises no {plugins.handlers[name].resource} yet; its types are {', '.join(sorted(known))}"
    return f"no plugin handles {name!r}{nearest(name, known)}; see `outlookd plugins` for what is installed"


def _lacks(name: str, fieldmap: FieldMap, handler: Handler) -> bool:
    """Whether the map says nothing about a field that the handler knows, under the name that GoPaaS writes."""
    canonical = handler.aliases.get(name, name)
    return canonical in handler.fields and canonical not in fieldmap.mapped
