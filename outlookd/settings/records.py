"""GoPaaS's own settings records as jobs: what an administrator typed on a user's form, checked as strictly as a ``[[job]]``.

A record that cannot be a job becomes a sentence for the administrator, never an exception: it must stop nobody but itself. Knows no
plugin and no other record; what only those can say is added by `outlookd.app.jobs.enlistment`.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from pydantic import SecretStr, ValidationError

from outlookd.core.expression import is_expression
from outlookd.settings.faults import section_faults
from outlookd.settings.jobs import JobSettings, SyncSettings
from outlookd.settings.sections import EntraSettings, Registration
from outlookd.settings.values import CONTROL, NOT_ONE_LINE

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "user": "utilisateur",
        "type": "type",
        "folder": "id_libelle",
        "user_field": "user_calendar",
        "table": "tablename",
        "view": "vue",
        "map": "map",
        "client_id": "client_id",
        "client_secret": "id_secret",
    }
)
"""A job's keys, and what GoPaaS usually calls them."""

EXPRESSION = "begins with '$$', which GoPaaS would evaluate"

Objection: TypeAlias = tuple[str, str]
"""A job's key (empty: the record as a whole), and what is wrong with it."""

_CALENDAR = "calendar"
_LONGEST_MAP = 20_000
_TYPE = re.compile(r"[a-z][a-z_]{0,29}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One settings record as GoPaaS shows it: its key, and its cells by the names on the left of ``gopaas.settings_fields``."""

    key: str
    cells: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFault:
    """Why a record is no job: `sentence`, for the administrator, without any secret. `login` is empty when the record has none."""

    record: str
    login: str
    sentence: str


class RecordSettings(JobSettings):
    """A job that a settings record describes. What such records cannot say is inherited from ``[sync]``."""

    key: str = ""
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")

    @property
    def record(self) -> str:
        """The record's key."""
        return self.key

    @property
    def registration(self) -> Registration | None:
        """The record's own application; None: that of ``[entra]``."""
        return Registration(client_id=self.client_id, client_secret=self.client_secret) if self.client_id else None


def read_record(
    record: Record, *, sync: SyncSettings, entra: EntraSettings, names: Mapping[str, str]
) -> RecordSettings | RecordFault:
    """The job that `record` describes, or everything that is wrong with it. `names` are ``gopaas.settings_fields``.

    A calendar's view is asked for the rows of its user only, where the record names the column: it is read with the credentials
    of ``[gopaas]``, and everybody's appointments would go into every calendar.
    """
    texts = {key: _text(record.cells.get(name)) for key, name in FIELDS.items()}
    given = {key: text for key, text in texts.items() if text}
    objections = [*_ill_typed(texts), *_risky(given), *_registering(given, entra)]
    job = None
    try:
        job = RecordSettings.model_validate(_values(given, entra))
    except ValidationError as error:
        told = {key for key, _ in objections}
        found = ((key.removesuffix("_file"), sentence) for key, sentence in section_faults(error, RecordSettings))
        objections += [(key, sentence) for key, sentence in found if key not in told]
    if job is not None and any(is_expression(column) for column in job.map.values()):
        objections.append(("map", f"names a field that {EXPRESSION}"))
    if job is None or objections:
        return fault_of(record, objections, names)
    return job.inherit(sync).model_copy(update={"key": record.key})


def fault_of(record: Record, objections: Iterable[Objection], names: Mapping[str, str]) -> RecordFault:
    """Everything that is wrong with a record. What its form does not have is a matter of ``[sync]``."""
    sentence = "; ".join(worded(objection, names) for objection in objections)
    return RecordFault(record=record.key, login=_text(record.cells.get("utilisateur")) or "", sentence=sentence)


def worded(objection: Objection, names: Mapping[str, str]) -> str:
    """An objection in the words of the record's form."""
    key, sentence = objection
    first, dot, rest = key.partition(".")
    if first in FIELDS:
        return f"{names.get(FIELDS[first], FIELDS[first])}{dot}{rest}: {sentence}"
    return f"[sync] {key}: {sentence}" if key else sentence


def _text(cell: object) -> str | None:
    """A cell as text, blanks around it left out; None for what is neither text nor a number. A map may arrive as an object."""
    match cell:
        case None:
            return ""
        case str():
            return cell.strip()
        case bool():
            return None
        case int():
            return f"{cell:d}"
        case float():
            return f"{cell:.0f}" if cell.is_integer() else str(cell)
        case dict() if all(isinstance(value, str) for value in cell.values()):
            return json.dumps(cell)
        case _:
            return None


def _ill_typed(texts: Mapping[str, str | None]) -> Iterator[Objection]:
    for key, text in texts.items():
        if text is None or (key != "map" and text.startswith("{")):
            yield key, "is neither text nor a number"


def _risky(given: Mapping[str, str]) -> Iterator[Objection]:
    """Values that must not be used nor repeated: a secret in the wrong field is a usual mistake."""
    if "type" in given and not _TYPE.fullmatch(given["type"]):
        yield "type", 'must be a word: "Contact" or "Calendar"'
    if len(given.get("map", "")) > _LONGEST_MAP:
        yield "map", f"is longer than {_LONGEST_MAP} characters"
    for key, text in given.items():
        if key in {"client_id", "client_secret"} and CONTROL.search(text):
            yield key, NOT_ONE_LINE
        elif key != "client_secret" and is_expression(text):
            yield key, EXPRESSION


def _registering(given: Mapping[str, str], entra: EntraSettings) -> Iterator[Objection]:
    """Client id and secret come together, or both from ``[entra]``; a secret that the view hides may come from there too."""
    named, secret = given.get("client_id", ""), given.get("client_secret", "")
    if not named and (secret or entra.registration is None):
        yield "client_id", "is missing"
    if not secret and (named not in {"", entra.client_id} or entra.registration is None):
        yield "client_secret", "is missing"


def _values(given: Mapping[str, str], entra: EntraSettings) -> dict[str, Any]:
    """What the model is made of. A value that is objected to already stays: the model may have more to say about the others."""
    values: dict[str, Any] = {**given, "filter_by_user": given.get("type", "").lower() == _CALENDAR and "user_field" in given}
    if values.get("client_id") == entra.client_id and "client_secret" not in values:
        values.pop("client_id", None)
    if "map" in values:
        values["map"] = _unescaped(values["map"][:_LONGEST_MAP])
    return values


def _unescaped(text: str) -> str:
    """The map's JSON. Where it is none, but would be without HTML's escapes, it was shown through a page that writes quotes so."""
    if "&" in text and not _is_json(text) and _is_json(html.unescape(text)):
        return html.unescape(text)
    return text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
