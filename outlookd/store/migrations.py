"""The schema, and how an older database becomes a current one.

It knows every table and nothing of what is done with them. One migration is one transaction, all pending ones are another
around them, and a database that holds anything is copied first. Rules for tables: STRICT, every column named, and ids
compared byte by byte (SQLite's default), because Graph ids differ in case alone (Graph trap 26). Times are UTC texts of
one width; JSON columns hold canonical fields.

A migration that was released is never edited: a new one is added below it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import structlog
from sqlite_utils import Database, Migrations

from outlookd.errors import StoreError, StoreTooNew
from outlookd.store.files import copy_database

log = structlog.get_logger()

Step: TypeAlias = Callable[[Database], None]

_BASE = """
    {side}_fields TEXT NOT NULL,
    {side}_version TEXT NOT NULL,
    {side}_digest TEXT NOT NULL,
    {side}_settled INTEGER NOT NULL CHECK ({side}_settled IN (0, 1)),
    {side}_before TEXT NOT NULL,"""

_LINKS = (
    f"""CREATE TABLE link (
    id TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    gopaas_id TEXT NOT NULL,
    outlook_id TEXT NOT NULL,
    status TEXT NOT NULL,
    origin TEXT NOT NULL,
    marker TEXT NOT NULL,
    touched INTEGER NOT NULL CHECK (touched IN (0, 1)),{_BASE.format(side="gopaas")}{_BASE.format(side="outlook")}
    generation INTEGER NOT NULL) STRICT""",
    "CREATE INDEX link_of_job ON link (job)",
    # "No duplicate" as a property of the file: an id belongs to one living link of a job. Tombstones may share theirs
    # with a successor, and a half that does not exist yet has no id.
    "CREATE UNIQUE INDEX link_by_gopaas_id ON link (job, gopaas_id) WHERE status <> 'tombstone' AND gopaas_id <> ''",
    "CREATE UNIQUE INDEX link_by_outlook_id ON link (job, outlook_id) WHERE status <> 'tombstone' AND outlook_id <> ''",
    """CREATE TABLE sighting (
    job TEXT NOT NULL,
    side TEXT NOT NULL,
    id TEXT NOT NULL,
    "natural" TEXT NOT NULL,
    marker TEXT NOT NULL,
    PRIMARY KEY (job, side, id)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE watermark (
    job TEXT NOT NULL,
    side TEXT NOT NULL,
    cursor TEXT NOT NULL,
    full_at TEXT,
    PRIMARY KEY (job, side)) STRICT, WITHOUT ROWID""",
)

_WRITES = (
    """CREATE TABLE intent (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL,
    run TEXT NOT NULL,
    op TEXT NOT NULL,
    side TEXT NOT NULL,
    link_id TEXT NOT NULL,
    link TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    state TEXT NOT NULL) STRICT""",
    "CREATE INDEX intent_of_job ON intent (job, seq)",
    """CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at TEXT NOT NULL,
    op TEXT NOT NULL,
    side TEXT NOT NULL,
    link TEXT NOT NULL,
    gopaas_id TEXT NOT NULL,
    outlook_id TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason TEXT NOT NULL,
    rule TEXT NOT NULL,
    mails INTEGER NOT NULL CHECK (mails IN (0, 1))) STRICT""",
    "CREATE INDEX journal_of_run ON journal (run, seq)",
    "CREATE INDEX journal_by_time ON journal (at)",
    "CREATE INDEX journal_of_link ON journal (link, seq)",
    # `run` and `at` are those of the journal line that the conflict was decided with, where there is one.
    """CREATE TABLE conflict (
    seq INTEGER PRIMARY KEY,
    link TEXT NOT NULL REFERENCES link (id),
    field_group TEXT NOT NULL,
    winner TEXT,
    gopaas TEXT NOT NULL,
    outlook TEXT NOT NULL,
    base TEXT NOT NULL,
    rule TEXT NOT NULL,
    run TEXT,
    at TEXT) STRICT""",
    "CREATE INDEX conflict_of_link ON conflict (link, seq)",
)

_RUNS = (
    # `status` is empty until the run has ended: a row that stays so is a run that was killed.
    """CREATE TABLE run (
    run TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    "user" TEXT NOT NULL,
    type TEXT NOT NULL,
    started TEXT NOT NULL,
    status TEXT,
    created_gopaas INTEGER NOT NULL DEFAULT 0,
    created_outlook INTEGER NOT NULL DEFAULT 0,
    updated_gopaas INTEGER NOT NULL DEFAULT 0,
    updated_outlook INTEGER NOT NULL DEFAULT 0,
    deleted_gopaas INTEGER NOT NULL DEFAULT 0,
    deleted_outlook INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    conflicts INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0,
    quarantined INTEGER NOT NULL DEFAULT 0,
    requests TEXT NOT NULL DEFAULT '{}',
    mail_writes INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',
    exit_status INTEGER NOT NULL DEFAULT 0) STRICT""",
    "CREATE INDEX run_of_job ON run (job, started) WHERE status IS NOT NULL",
    "CREATE INDEX run_by_time ON run (started)",
    """CREATE TABLE quarantine (
    job TEXT NOT NULL,
    side TEXT NOT NULL,
    id TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TEXT NOT NULL,
    retry_at TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (job, side, id)) STRICT, WITHOUT ROWID""",
    """CREATE TABLE plan (
    hash TEXT PRIMARY KEY,
    job TEXT NOT NULL,
    actions TEXT NOT NULL,
    made_at TEXT NOT NULL,
    approved_at TEXT) STRICT""",
    "CREATE INDEX plan_of_job ON plan (job, made_at)",
)

_JOBS = (
    """CREATE TABLE container (
    job TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    marker TEXT NOT NULL,
    parent TEXT NOT NULL) STRICT""",
    """CREATE TABLE note (
    job TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (job, key)) STRICT, WITHOUT ROWID""",
    # `expires` counts the machine's monotonic seconds: see lease.py.
    """CREATE TABLE lease (
    job TEXT PRIMARY KEY,
    token TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    instance TEXT NOT NULL,
    expires REAL NOT NULL) STRICT""",
)

_ACCOUNTS = (
    """CREATE TABLE account (
    login TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    object_id TEXT NOT NULL,
    home_account TEXT NOT NULL,
    bound_at TEXT NOT NULL,
    cache BLOB NOT NULL,
    UNIQUE (tenant, object_id)) STRICT""",
    """CREATE TABLE ticket (
    digest TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    expires TEXT NOT NULL) STRICT, WITHOUT ROWID""",
    "CREATE INDEX ticket_by_time ON ticket (expires)",
    """CREATE TABLE flow (
    digest TEXT PRIMARY KEY,
    flow BLOB NOT NULL,
    expires TEXT NOT NULL) STRICT""",
    "CREATE INDEX flow_by_time ON flow (expires)",
)

_EVENTS = (
    "ALTER TABLE link ADD COLUMN series TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE link ADD COLUMN original_start TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE link ADD COLUMN meeting TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE link ADD COLUMN attended INTEGER NOT NULL DEFAULT 0 CHECK (attended IN (0, 1))",
    "ALTER TABLE link ADD COLUMN guest INTEGER NOT NULL DEFAULT 0 CHECK (guest IN (0, 1))",
    "ALTER TABLE link ADD COLUMN sealed TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE link ADD COLUMN gopaas_span TEXT",
    "ALTER TABLE link ADD COLUMN outlook_span TEXT",
    # The values that a write overwrites for good: kept with its intent, or a crash after the write would lose them.
    "ALTER TABLE intent ADD COLUMN conflicts TEXT NOT NULL DEFAULT '[]'",
    # Over all jobs, so not unique: two users may have a copy each, and two jobs may link one item.
    "CREATE INDEX link_by_meeting ON link (meeting) WHERE status <> 'tombstone' AND meeting <> ''",
    "CREATE INDEX link_by_item ON link (outlook_id) WHERE status <> 'tombstone' AND outlook_id <> ''",
)


_DAEMON = (
    # The settings records of GoPaaS as last read, so that `status` can tell and a start need not wait for GoPaaS. Sealed: it holds
    # the secret value of each one's registration.
    """CREATE TABLE roster (
    record TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    fault TEXT NOT NULL,
    sealed BLOB NOT NULL) STRICT""",
    # Browsers that are signed in to the pages. `digest` is the cookie's hash.
    """CREATE TABLE session (
    digest TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    seen TEXT NOT NULL,
    expires TEXT NOT NULL) STRICT""",
    # Both: what is over is swept by either moment at once.
    "CREATE INDEX session_by_time ON session (expires)",
    "CREATE INDEX session_by_use ON session (seen)",
    # Graph's promise to tell us of a mailbox's changes. `client_state` is a hash: the value only has to be recognised.
    """CREATE TABLE subscription (
    id TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    resource TEXT NOT NULL,
    client_state TEXT NOT NULL,
    expires TEXT NOT NULL,
    made_at TEXT NOT NULL) STRICT""",
    """CREATE TABLE backup (
    at TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL,
    seconds REAL NOT NULL) STRICT""",
)


_TRUST = (
    # Nothing ever stood in it: what a guard holds is found anew by each run. Its index goes with it.
    "DROP TABLE plan",
    "ALTER TABLE journal ADD COLUMN seen TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE journal ADD COLUMN image TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE journal ADD COLUMN undone TEXT NOT NULL DEFAULT ''",
    # How "why" and "undo --item" find what happened to an id that no link holds any more.
    "CREATE INDEX journal_by_gopaas_id ON journal (gopaas_id) WHERE gopaas_id <> ''",
    "CREATE INDEX journal_by_outlook_id ON journal (outlook_id) WHERE outlook_id <> ''",
    "CREATE INDEX link_by_row ON link (gopaas_id) WHERE gopaas_id <> ''",
    # With their intent, so that a write that is found done after a crash still marks what it took back or settled.
    "ALTER TABLE intent ADD COLUMN undoes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE intent ADD COLUMN resolves TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE intent ADD COLUMN longer TEXT NOT NULL DEFAULT '{}'",
    # With their intent, so that such a write gets the line in the journal that it would have had.
    "ALTER TABLE intent ADD COLUMN rule TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE intent ADD COLUMN mails INTEGER NOT NULL DEFAULT 0 CHECK (mails IN (0, 1))",
    "ALTER TABLE intent ADD COLUMN seen TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE intent ADD COLUMN image TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE conflict ADD COLUMN resolved TEXT",
    "ALTER TABLE conflict ADD COLUMN resolved_at TEXT",
    "ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'sync'",
    "CREATE INDEX run_open ON run (job) WHERE status IS NULL",
)


def m001_first_schema(db: Database) -> None:
    """Every table, those of undo and approval included, and the installation's own id."""
    # One statement at a time: `executescript` would commit the transaction that this runs in.
    for statement in (*_LINKS, *_WRITES, *_RUNS, *_JOBS, *_ACCOUNTS):
        db.execute(statement)
    db.execute("CREATE TABLE installation (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL) STRICT")
    db.execute("INSERT INTO installation (only, id) VALUES (1, ?)", [secrets.token_hex(16)])


def m002_events(db: Database) -> None:
    """What a link knows of an event, and how it is found from another user's job (sync-model 5.13)."""
    for statement in _EVENTS:
        db.execute(statement)


def m003_daemon(db: Database) -> None:
    """What a daemon remembers beyond its runs: settings records, browsers, subscriptions, backups."""
    for statement in _DAEMON:
        db.execute(statement)


def m004_trust(db: Database) -> None:
    """What "undo", "why" and a person's own decisions need to know of the past."""
    for statement in _TRUST:
        db.execute(statement)


STEPS: tuple[Step, ...] = (m001_first_schema, m002_events, m003_daemon, m004_trust)
"""Every migration, oldest first, known to the database by its function's name."""


def check_schema(db: Database, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Refuse a database that is not ours, or that a newer outlookd has changed.

    Raises StoreTooNew, StoreError.
    """
    # In this order: another process that makes the tables in between must not look like another program.
    tables = db.table_names()
    applied = [migration.name for migration in _assemble(steps).applied(db)]
    unknown = [name for name in applied if name not in {step.__name__ for step in steps}]
    if unknown:
        raise StoreTooNew(
            f"{path} was written by a newer outlookd (it has {unknown[-1]})",
            hint="Install that version again, or restore the copy made before the change.",
        )
    if tables and not applied:
        raise StoreError(
            f"{path} is the database of another program", code="SQLITE_NOTADB", hint="Correct state.url; nothing was changed."
        )


def migrate(db: Database, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Bring the schema up to date. A database that holds anything is first copied, next to itself.

    All or nothing: a migration that fails leaves the file as it was. Raises StoreTooNew, StoreError.
    """
    check_schema(db, path, steps)
    migrations = _assemble(steps)
    pending = [migration.name for migration in migrations.pending(db)]
    if not pending:
        return
    if migrations.applied(db):
        copy_database(db, path.with_name(f"{path.name}.before-{pending[0]}"))
    db.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
        db.commit()
    except BaseException:  # whatever it is goes on; half a migration must not stay, nor the lock
        db.rollback()
        raise
    log.info("store.migrated", applied=pending)


def check_current(db: Database, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """For a reader, which cannot migrate: refuse a schema that is not exactly ours.

    Raises StoreTooNew, StoreError.
    """
    check_schema(db, path, steps)
    if _assemble(steps).pending(db):
        raise StoreError(
            f"{path} has to be brought up to date first",
            code="SQLITE_SCHEMA",
            hint="Start `outlookd run` or run `outlookd sync` once.",
        )


def is_older(db: Database, path: Path, steps: Sequence[Step] = STEPS) -> bool:
    """Whether an earlier outlookd made the tables, and `migrate` would change them. Raises StoreTooNew, StoreError."""
    check_schema(db, path, steps)
    migrations = _assemble(steps)
    return bool(migrations.applied(db) and migrations.pending(db))


def _assemble(steps: Sequence[Step]) -> Migrations:
    migrations = Migrations("outlookd")
    for step in steps:
        migrations(name=step.__name__)(step)
    return migrations
