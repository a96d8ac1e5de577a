"""The stamp on what we own in Outlook, as text: who wrote it, why it exists, which GoPaaS record it shows.

The stamp is one of three places that hold a link (the store and, for calendars, the record's Outlook id column are the others):
any two rebuild the third (complaint 12). Exchange compares the stored text without regard to case, so whoever looks a marker up
must compare the answer exactly.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from outlookd.core.model import Origin, Record

MARKER_KEY = "outlookd.marker"
"""Where a payload carries its stamp, as plain text; empty: it carries none. Without the key nothing is known: change feeds do not
show stamps."""

_PREFIX = "outlookd/1"
_FOLDER = "folder"
_BORN = "ol-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """What a stamp says. `scope` is the GoPaaS table, `key` the record's key.

    `generation` makes the stamp of a re-created item another one: a copy that a person made of the first item must not be taken
    for the second when an interrupted create is looked for.
    """

    install: str
    origin: Origin
    generation: int
    scope: str
    key: str

    def __str__(self) -> str:
        return f"{_PREFIX}/{self.install}/{self.origin}/{self.generation}/{self.scope}/{self.key}"


def parse_marker(text: str) -> Marker | None:
    """The stamp behind `text`, or None when it is not one of ours (or of a format to come)."""
    parts = text.split("/", 6)
    if len(parts) != 7 or "/".join(parts[:2]) != _PREFIX or parts[3] not in set(Origin) or not parts[4].isdecimal():
        return None
    return Marker(install=parts[2], origin=Origin(parts[3]), generation=int(parts[4]), scope=parts[5], key=parts[6])


def folder_marker(install: str, job: str) -> str:
    """The stamp of the folder that `job` owns."""
    return f"{_PREFIX}/{install}/{_FOLDER}/{job}"


def folder_owner(text: str, job: str) -> str:
    """The installation whose `job` owns the folder that carries `text`; empty when it is another job's, or nobody's."""
    parts = text.split("/", 4)
    return parts[2] if is_folder_marker(text) and parts[4:] == [job] else ""


def is_folder_marker(text: str) -> bool:
    """Whether some outlookd, ours or another one, owns the folder that carries `text`."""
    return text.startswith(f"{_PREFIX}/") and text.split("/")[3:4] == [_FOLDER]


def record_key(install: str, user: str, outlook_id: str) -> str:
    """The key under which an Outlook item becomes a GoPaaS record: the same for ever, so that a create can be repeated."""
    digest = hashlib.sha256(f"{install}|{user}|{outlook_id}".encode()).digest()
    return _BORN + base64.b32encode(digest).decode().lower()[:26]


def is_record_key(key: str) -> bool:
    """Whether a GoPaaS record was made from Outlook, by us or by another outlookd."""
    return key.startswith(_BORN)


def birth_key(record: Record, install: str, user: str) -> str:
    """The key of the GoPaaS record that is made of an Outlook one. An occurrence's own id changes with its series."""
    place = f"{record.series}/{record.original_start}" if record.series and record.original_start else record.id
    return record_key(install, user, place)


def meeting_key(record: Record, install: str) -> str:
    """The same for a meeting that several mailboxes may hold: two of them make the same record. Empty for anything else."""
    return record_key(install, "", record.meeting) if record.meeting else ""


def natural_hash(natural: str) -> str:
    """A fingerprint of a natural key, so that strangers can be recognised later without keeping who they are."""
    return hashlib.sha256(natural.encode()).hexdigest()[:32] if natural else ""


def likenesses(record: Record) -> frozenset[str]:
    """The fingerprints by which a record is recognised: of what it shows, and of what it hides."""
    return frozenset({natural_hash(record.natural), record.hidden} - {""})
