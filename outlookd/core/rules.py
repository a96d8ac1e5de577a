"""The rules one job works by, as plain values: what `decide` may know about the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from outlookd.core.fieldmap import FieldMap
from outlookd.core.model import Direction
from outlookd.core.policy import BUILT_IN, Policy
from outlookd.core.window import Window

_NEVER = datetime.min.replace(tzinfo=UTC)


class ViewExit(StrEnum):
    """What happens in Outlook to an exported item whose row left the view: events detach, untouched contacts are deleted."""

    DETACH = "detach"
    DELETE = "delete"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookDelete:
    """What happens in GoPaaS, which cannot delete, when a person deleted the Outlook half. No `field`: detach."""

    field: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Settings that decide, for one job. `install` and `scope` (the GoPaaS table) go into markers.

    `resource` is what the handler keeps in step: contacts are exported copies in a folder of ours, events a calendar that two
    people share with the CRM. `now` is when the run began (aware, UTC), `window` what a calendar job looks at then. `former` are
    installations whose place we took: what they stamped and made is ours. `doubtful`: the bases may be older than what a person
    did since, so that nothing is deleted and every value that is overwritten is kept.
    """

    job: str
    user: str
    install: str
    scope: str
    fieldmap: FieldMap
    direction: Direction
    policy: Policy = BUILT_IN["newest"]
    on_view_exit: ViewExit = ViewExit.DELETE
    on_outlook_delete: OutlookDelete = field(default_factory=OutlookDelete)
    allow_mail: bool = False
    resource: Literal["contacts", "events"] = "contacts"
    now: datetime = _NEVER
    window: Window | None = None
    former: frozenset[str] = frozenset()
    doubtful: bool = False

    @property
    def installs(self) -> tuple[str, ...]:
        """Whose stamps and keys are ours; our own name first."""
        return self.install, *sorted(self.former)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Guards (design rule 15), per run and per job."""

    deletes_min: int = 5
    deletes_percent: int = 10
    shrink_percent: int = 20
    field_percent: int = 30
    creates_min: int = 500
    creates_percent: int = 50
