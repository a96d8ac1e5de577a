"""Jobs: one user, one type, one view. What ``[sync]`` says holds for every job that does not say otherwise.

The model of a job therefore inherits the keys of ``[sync]``; `inherit` fills in those that the job left out.
Whether a type or a map name exists is the plugins' knowledge, not ours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from outlookd.core.model import Direction
from outlookd.settings.sections import OptionalText, Positive, Registration, Section
from outlookd.settings.values import CONTROL, NOT_ONE_LINE, Duration, Entries, blank_is_none, lower, text_entries

Word = Annotated[str, BeforeValidator(lower), Field(min_length=1)]

_ON_OUTLOOK_DELETE = re.compile(r"detach|set:[^=\s]+=.*")
_CONTACT = "contact"


def _outlook_delete(text: str) -> str:
    if not _ON_OUTLOOK_DELETE.fullmatch(text):
        raise ValueError('must be "detach" or "set:<field>=<value>", such as "set:statut=annule"')
    return text


def _path_part(text: str) -> str:
    """A name that becomes part of a job's id and of addresses."""
    if not text or "/" in text or CONTROL.search(text):
        raise ValueError("must not be empty or contain a slash, a line break or another control character")
    return text


def _one_line(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError(NOT_ONE_LINE)
    return text


Name = Annotated[str, AfterValidator(_path_part)]


class SyncSettings(Section):
    """``[sync]``: how and how often. ``None`` leaves the choice to the handler of the job's type."""

    interval: Positive = timedelta(minutes=5)
    full_interval: Positive = timedelta(hours=6)
    recovery_wait: Duration = timedelta(seconds=30)
    window_past: Duration = timedelta(days=60)
    window_future: Duration = timedelta(days=365)
    policy: Word = "newest"
    direction: Annotated[Direction | None, BeforeValidator(blank_is_none), BeforeValidator(lower)] = None
    recurrence: Literal["occurrences", "skip"] = "occurrences"
    recurrence_future: Duration = timedelta(days=90)
    recurrence_cap: int = Field(default=500, ge=1)
    private: Literal["skip", "busy"] = "skip"
    allow_mail: bool = False
    on_outlook_delete: Annotated[str, AfterValidator(_outlook_delete)] = "detach"
    on_view_exit: Annotated[Literal["detach", "delete", "keep"] | None, BeforeValidator(blank_is_none)] = None


class JobSettings(SyncSettings):
    """``[[job]]``: what GoPaaS calls a settings record, plus any key of ``[sync]``."""

    SECRETS = ("api_key",)

    user: Name
    type: Word
    table: Name
    view: Name
    map: Entries
    folder: Annotated[str, AfterValidator(_one_line)] = ""
    user_field: OptionalText = None
    mailbox: OptionalText = None
    api_key: SecretStr | None = None
    filter_by_user: bool = False

    @model_validator(mode="before")
    @classmethod
    def _name_the_folder(cls, raw: object) -> object:
        """Contacts go into a folder of their own, never among a person's contacts: without a name it is ``GoPaaS``."""
        if not isinstance(raw, dict):
            return raw
        of_contacts = str(raw.get("type", "")).strip().lower() == _CONTACT
        return {**raw, "folder": raw.get("folder") or ("GoPaaS" if of_contacts else "")}

    @classmethod
    def sound_part(cls, sound: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """The sound keys, and the map's sound entries. What only names the job is filled in: no plugin judges it."""
        entries = {**text_entries(given.get("map"))}
        named = {"user": "-", "table": "-", "view": "-", **({"map": entries} if entries else {})}
        return {**named, **sound, "filter_by_user": False}

    @model_validator(mode="after")
    def _filter_needs_a_field(self) -> JobSettings:
        if self.filter_by_user and not self.user_field:
            raise ValueError("filter_by_user needs user_field, the view's column that holds the user")
        return self

    @property
    def of_contacts(self) -> bool:
        """Whether its folder is filled by this job alone; several jobs may share a calendar."""
        return self.type == _CONTACT

    @property
    def mailbox_name(self) -> str:
        """What tells its mailbox from others: the one it names, else its user's. Addresses are compared without case."""
        return (self.mailbox or self.user).casefold()

    @property
    def record(self) -> str:
        """The key of the settings record that says this; empty for a ``[[job]]``."""
        return ""

    @property
    def registration(self) -> Registration | None:
        """The application that this job's user signs in through; None: that of ``[entra]``."""
        return None

    @property
    def place(self) -> tuple[str, ...]:
        """What no two jobs may share: a folder of contacts, or a calendar with one table. Outlook compares names without case.

        Two jobs in one folder would each take the other's contacts for strangers.
        """
        place = (self.user, self.type, self.folder.casefold())
        return place if self.of_contacts else (*place, self.table)

    @property
    def id(self) -> str:
        """``user/type/table``, and the folder where there is one: the job's name in the state database, for ever."""
        parts = (self.user, self.type, self.table, self.folder)
        return "/".join(part for part in parts if part)

    def inherit(self, sync: SyncSettings) -> Self:
        """This job with every ``[sync]`` key that it does not set itself."""
        taken = {name: getattr(sync, name) for name in SyncSettings.model_fields if name not in self.model_fields_set}
        return self.model_copy(update=taken)
