"""SQL about what a job remembers besides its records: its Outlook folder, and single words."""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database

from outlookd.ports import Container

_KEEP_CONTAINER = """INSERT INTO container (job, id, name, marker, parent) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (job) DO UPDATE SET id = excluded.id, name = excluded.name, marker = excluded.marker, parent = excluded.parent"""
_KEEP_NOTE = """INSERT INTO note (job, key, value) VALUES (?, ?, ?)
    ON CONFLICT (job, key) DO UPDATE SET value = excluded.value"""


def load_container(db: Database, job: str) -> Container | None:
    """The folder that the job owns, or None before it was chosen."""
    for row in db.query("SELECT id, name, marker, parent FROM container WHERE job = ?", [job]):
        return Container(id=row["id"], name=row["name"], marker=row["marker"], parent=row["parent"])
    return None


def keep_container(db: Database, job: str, container: Container | None) -> None:
    """Replace the folder; None forgets it."""
    if container is None:
        db.execute("DELETE FROM container WHERE job = ?", [job])
    else:
        db.execute(_KEEP_CONTAINER, [job, container.id, container.name, container.marker, container.parent])


def keep_note(db: Database, job: str, key: str, value: str) -> None:
    """Remember one word, in place of the one before."""
    db.execute(_KEEP_NOTE, [job, key, value])


def load_notes(db: Database, job: str) -> Mapping[str, str]:
    """Every word about the job."""
    return {row["key"]: row["value"] for row in db.query("SELECT key, value FROM note WHERE job = ?", [job])}


def load_install_id(db: Database) -> str:
    """The installation's id, which the first migration drew."""
    [row] = db.query("SELECT id FROM installation")
    return str(row["id"])
