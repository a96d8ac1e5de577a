"""Looking for everything that would go wrong, without writing to GoPaaS or Outlook.

Each check is a small function that yields findings; none stops the others. The settings have been read already when this begins:
`load_installation` reports their faults. Renewed tokens are stored, as they must be, and that is the only thing written.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from outlookd.app.composition import App, open_empty, open_existing
from outlookd.app.jobs.installation import Installation, compose_job
from outlookd.app.jobs.objections import job_warnings
from outlookd.core.container import Container
from outlookd.core.window import Horizon
from outlookd.errors import AccessDenied, OutlookdError, SignInNeeded
from outlookd.gopaas.adapter import GopaasAdapter
from outlookd.gopaas.listing import missing_columns
from outlookd.plugins import PluginState
from outlookd.settings import JobSettings, Settings
from outlookd.settings.records import worded
from outlookd.store.files import path_of
from outlookd.sync.footing import find_footing
from outlookd.sync.job import Job

SECRET_SOON = 30
"""Days before the end of the client secret, from which on it is a warning."""
LITTLE_SPACE = 200 * 2**20
MODIFICATION = ("date_modification", "heure_modification")


class Level(StrEnum):
    """OK: looked at and right. WARNING: works, but look at it. PROBLEM: will not work."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `about` names it (``gopaas``, ``job[1]``); `exit_status` is what it means for the command."""

    level: Level
    about: str
    text: str
    exit_status: int = 0


async def check(installation: Installation, *, offline: bool = False) -> AsyncIterator[Finding]:
    """Every finding, as soon as it is known: first this machine, then the services, then job by job.

    `offline` ends after settings and plugins: it opens nothing and calls nobody, as befits a look before a reload.
    """
    for finding in (*_settings(installation.settings), *_plugins(installation)):
        yield finding
    if not offline:
        async for finding in _opened(installation):
            yield finding


async def _opened(installation: Installation) -> AsyncIterator[Finding]:
    """What shows only to one who opens the database and calls the services."""
    settings = installation.settings
    async with AsyncExitStack() as stack:
        state = list(_place_of_state(settings))
        try:
            app = await stack.enter_async_context(open_existing(installation))
        except OutlookdError as error:
            state.append(_error("state", error))
            app = await stack.enter_async_context(open_empty(installation))
        if app.of_copy:
            state.append(_of_earlier_version(settings))
        for finding in state or [_usable_state(settings)]:
            yield finding
        try:
            _ = app.identities.seal
        except OutlookdError as error:
            yield _error("state.key_file", error)
        async for finding in _records(app):
            yield finding
        async for finding in _sign_in(app):
            yield finding
        for job in app.jobs():
            async for finding in _job(app, app.roster.place_of(job), job):
                yield finding
        if not app.jobs() and not settings.gopaas.settings_view:
            yield _warning("job", "there is no [[job]], so nothing is synchronised")


def _ok(about: str, text: str) -> Finding:
    return Finding(level=Level.OK, about=about, text=text)


def _warning(about: str, text: str) -> Finding:
    return Finding(level=Level.WARNING, about=about, text=text)


def _problem(about: str, text: str, exit_status: int = 78) -> Finding:
    return Finding(level=Level.PROBLEM, about=about, text=text, exit_status=exit_status)


def _error(about: str, error: OutlookdError) -> Finding:
    return _problem(about, str(error), error.exit_status)


# --- this machine --------------------------------------------------------------------------------------------------------


def _settings(settings: Settings) -> Iterator[Finding]:
    yield _ok("settings", f"{settings.file} is valid, and every secret can be read")
    yield from (_warning("settings", text) for text in settings.warnings)


def _plugins(installation: Installation) -> Iterator[Finding]:
    for record in installation.plugins.records:
        match record.state:
            case PluginState.ENABLED:
                yield _ok(f"plugin {record.name}", "enabled")
            case PluginState.BLOCKED:
                yield _ok(f"plugin {record.name}", "switched off in [plugins] disabled")
            case _:
                yield _problem(f"plugin {record.name}", f"{record.state.value}: {record.reason}")


def _place_of_state(settings: Settings) -> Iterator[Finding]:
    """What is wrong with the place of the database; what is wrong with the database itself shows when it is opened."""
    path = path_of(settings.state.url).absolute()
    if not path.parent.is_dir():
        yield _problem("state", f"the directory {path.parent} does not exist; create it for the user that runs outlookd")
        return
    places = (path, path.parent) if path.exists() else (path.parent,)
    refused = [place for place in places if not os.access(place, os.W_OK)]
    yield from (_problem("state", f"{place} cannot be written by this user") for place in refused)
    free = shutil.disk_usage(path.parent).free
    if free < LITTLE_SPACE:
        yield _problem("state", f"only {free // 2**20} MiB are free in {path.parent}; without room nothing is synchronised", 75)


def _usable_state(settings: Settings) -> Finding:
    path = path_of(settings.state.url).absolute()
    return _ok("state", f"{path} can be read and written" if path.exists() else f"{path} will be made by the first run")


def _of_earlier_version(settings: Settings) -> Finding:
    path = path_of(settings.state.url).absolute()
    text = f"{path} was made by an earlier version and will be brought up to date by the first run of this one"
    return _warning("state", f"{text}; nothing was changed, and what follows was looked up in a copy")


# --- the services --------------------------------------------------------------------------------------------------------


async def _sign_in(app: App) -> AsyncIterator[Finding]:
    yield await _entra(app)
    for finding in (*_admission(app.settings), *_client_secret(app.settings, app.clock.now().date())):
        yield finding


async def _entra(app: App) -> Finding:
    """Reads the authority's description by preparing a sign-in that nobody finishes. Proves nothing about the client secret."""
    redirect_uri = app.settings.web.redirect_uri
    try:
        await app.identities.authority().begin(app.identities.scopes, redirect_uri=redirect_uri, state="check")
    except OutlookdError as error:
        return _error("entra", error)
    return _ok("entra", f"{app.settings.entra.authority} answers; the redirect URI to register is {redirect_uri}")


def _admission(settings: Settings) -> Iterator[Finding]:
    if settings.entra.admits_anybody:
        text = "entra.authority is shared by all companies, so a link opens for any company's account"
        yield _warning("entra", f"{text}; put your directory's id into entra.tenants, or into entra.authority")


def _client_secret(settings: Settings, today: date) -> Iterator[Finding]:
    """Only its end, as the settings name it; whether Entra takes it shows with the first mailbox."""
    ends = settings.entra.client_secret_expires
    if ends is None:
        return
    left = (ends - today).days
    text = f"the client secret ends on {ends}; make a new one in Entra, and give its value to entra.client_secret_file"
    if left <= 0:
        yield _problem("entra.client_secret_expires", text)
    elif left <= SECRET_SOON:
        yield _warning("entra.client_secret_expires", text)
    else:
        yield _ok("entra.client_secret_expires", f"the client secret is good until {ends}")


async def _records(app: App) -> AsyncIterator[Finding]:
    """GoPaaS's settings records, read anew: what the view shows, and every record that is no job."""
    view, about = app.settings.gopaas.settings_view, "gopaas.settings_view"
    if not view:
        return
    await app.roster.refresh()
    jobs, faults = [job for job in app.jobs() if job.record], app.roster.faults
    if app.roster.trouble is not None:
        yield _error(about, app.roster.trouble)
    elif jobs or faults:
        yield _ok(about, f"view {view} shows {_records_in_words(len(jobs) + len(faults))}, and {len(jobs)} can be used")
    else:
        text = f"view {view} shows no settings record to this caller, so there is no job in it"
        yield _warning(about, f"{text}; if its conditions use (-me-), that means the service account")
    for fault in faults:
        whose = f" of {fault.login}" if fault.login else ""
        yield _problem(f"record[{fault.record}]", f"this settings record{whose} is not used: {fault.sentence}")
    for job in jobs:
        for objection in job_warnings(job, app.plugins):
            yield _warning(app.roster.place_of(job), worded(objection, app.settings.gopaas.settings_fields))


def _records_in_words(number: int) -> str:
    return "1 record" if number == 1 else f"{number} records"


async def _job(app: App, about: str, job: JobSettings) -> AsyncIterator[Finding]:
    try:
        composed = compose_job(job, app.installation)
        gopaas = app.gopaas(job, composed.context.fieldmap.columns)
    except OutlookdError as error:
        yield _error(about, error)
        return
    if composed.horizon:
        yield _ok(about, _reach(composed.horizon))
    for steps in (_gopaas(about, job, composed, gopaas), _mailbox(app, about, job), _set_aside(app, about, job)):
        try:
            async for finding in steps:
                yield finding
        except OutlookdError as error:
            yield _error(about, error)


def _reach(horizon: Horizon) -> str:
    series = f"occurrences of series {horizon.series.days} days ahead" if horizon.occurrences else "no series"
    return f"kept in step is what lies between {horizon.past.days} days ago and {horizon.future.days} days ahead; {series}"


async def _gopaas(about: str, job: JobSettings, composed: Job, gopaas: GopaasAdapter) -> AsyncIterator[Finding]:
    """The view, then the table. What keeps the view from being listed would keep the table from being read: it is told once."""
    async for finding in _view(about, job, composed, gopaas):
        yield finding
    async for finding in _missing_key(about, job, gopaas):
        yield finding


async def _view(about: str, job: JobSettings, composed: Job, gopaas: GopaasAdapter) -> AsyncIterator[Finding]:
    view = await gopaas.describe_view()
    if view.columns:
        expected = composed.context.fieldmap.columns | ({job.user_field} if job.user_field and job.filter_by_user else set())
        for sentence in missing_columns(job.view, expected, view.columns):
            yield _problem(about, f"{sentence}; add the column to the view, or correct the map")
        if composed.horizon:
            yield _stamps(about, job, view.columns)
    if view.rows:
        size = f"{view.total} rows" if view.total is not None else "rows"
        yield _ok(about, f"view {job.view} shows {size}")
        return
    yield _warning(about, _empty(job))


def _stamps(about: str, job: JobSettings, shown: AbstractSet[str]) -> Finding:
    """Both halves of the modification time: who was last is known by them, and what changed since the last run."""
    absent = [column for column in MODIFICATION if column not in shown]
    if not absent:
        return _ok(about, f"view {job.view} shows when a row was modified")
    loss = "every run reads the whole view, and no conflict is" if MODIFICATION[0] in absent else "no conflict is"
    return _warning(
        about, f"view {job.view} does not show {' and '.join(absent)}, so {loss} decided by who was last; add it to the view"
    )


def _empty(job: JobSettings) -> str:
    """Why a view may be empty. ``(-me-)`` means whoever calls, which is the usual surprise (design section 6)."""
    shows_nothing = f"view {job.view} shows no row to this caller"
    if job.api_key is not None:
        return f"{shows_nothing}; if that is not right, look at the view's conditions as this user"
    if job.filter_by_user:
        return f"{shows_nothing} whose {job.user_field} is the job's user; look at the column's values"
    remedy = "give the job its own api_key_file, or use filter_by_user"
    if job.record:
        remedy = (
            "take that condition out of the view (a calendar's rows are asked for by User Calendar), or write a [[job]] instead"
        )
    return f"{shows_nothing}; if its conditions use (-me-), that means the service account: {remedy}"


async def _missing_key(about: str, job: JobSettings, gopaas: GopaasAdapter) -> AsyncIterator[Finding]:
    signature = await gopaas.missing_signature()
    yield _ok(about, f"for a missing key, table {job.table} answers {signature}")


_CLOSED = (
    "the application may not open this mailbox; have an administrator consent to its permissions (outlookd connect "
    "--admin-consent), and look at the access policies or role scopes in Exchange that limit which mailboxes it reaches"
)


async def _mailbox(app: App, about: str, job: JobSettings) -> AsyncIterator[Finding]:
    """Sign-in, client secret (by renewing the token), mailbox and folder."""
    try:
        await app.identities.tokens(job.user).token(refresh=True)
    except SignInNeeded as error:
        yield _error(about, error)
        return
    try:
        folders = await app.outlook(job).containers()
    except AccessDenied as error:
        if not app.identities.of_application:
            raise
        yield _problem(about, f"{_CLOSED} ({error.code or error.status})")
        return
    known = await app.store.container(job.id)
    yield _ok(about, "the mailbox answers" if app.identities.of_application else "the user is signed in, and the mailbox answers")
    yield _folder(about, job, known, folders)
    if reason := await find_footing(*app.prepare(job), folders):
        yield _warning(about, f"{reason}; the next run reads everything again, and deletes nothing")
    if known is not None:
        async for finding in _shared(app, about, job, known):
            yield finding


async def _shared(app: App, about: str, job: JobSettings, known: Container) -> AsyncIterator[Finding]:
    """Two jobs of one table in one calendar under two names, such as its own and none: the settings cannot show that."""
    others = [other for other in app.jobs(job.user, job.type) if other.table == job.table and other.id != job.id]
    for other in others:
        container = await app.store.container(other.id)
        if container is not None and container.id == known.id:
            place = app.roster.place_of(other)
            text = f"{known.name!r} is kept in step by {place} too, with the same table; remove one of the two jobs"
            yield _problem(about, text)


async def _set_aside(app: App, about: str, job: JobSettings) -> AsyncIterator[Finding]:
    records = await app.store.quarantine(job.id)
    if records:
        yield _problem(
            about,
            f"{_records_in_words(len(records))} cannot be handled and will be tried again; "
            "`outlookd quarantine` says which, why, and what to do",
            3,
        )


def _folder(about: str, job: JobSettings, known: Container | None, found: Sequence[Container]) -> Finding:
    present, names = {folder.id for folder in found}, {folder.name.casefold() for folder in found}
    what = "folder" if job.of_contacts else "calendar"
    if known is None and not job.folder:
        return _ok(about, "the user's own calendar will be kept in step")
    if known is None and job.of_contacts:
        return _ok(about, f"the folder {job.folder!r} will be found or created by the first run")
    if known is None and job.folder.casefold() in names:
        return _ok(about, f"the calendar {job.folder!r} is there")
    if known is None:
        return _problem(about, f"there is no calendar {job.folder!r} in Outlook; create it there, or correct `folder`", 3)
    if known.id in present:
        return _ok(about, f"the {what} {known.name!r} is there")
    return _problem(
        about,
        f"the {what} {known.name!r} was deleted in Outlook; restore it there, or run outlookd sync --recreate-folder for this user",
        3,
    )
