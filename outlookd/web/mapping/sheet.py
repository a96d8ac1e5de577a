"""What the mapping page asks of the rest of the house, and the values that it gets; `app.pages.maps` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from outlookd.core.model import Bar, Fields, Payload
from outlookd.web.mapping.form import Form, Name
from outlookd.web.mapping.text import version_of

__all__ = ["Extent", "Maps", "Outcome", "Preview", "Sample", "Saved", "Sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One job's map as it stands, and what a form for it is made of.

    `columns` are those of the view with what people call them, in its order; None where GoPaaS could not be asked, and `trouble`
    says why (English text). `rows` are the view's first ones, `total` how many it says it has. `savable`: it stands in a settings
    record that may be written from here; `record` tells only that it stands in one.
    """

    job: str
    login: str
    resource: Literal["contacts", "events"]
    folder: str
    record: bool
    savable: bool
    names: tuple[Name, ...]
    aliases: Mapping[str, str]
    transforms: tuple[str, ...]
    entries: Mapping[str, str]
    columns: Mapping[str, str] | None = None
    rows: tuple[Payload, ...] = field(default=(), repr=False)
    total: int | None = None
    trouble: str = ""

    @property
    def version(self) -> str:
        """A short name for the map as it stands."""
        return version_of(self.entries)

    def form(self, entries: Mapping[str, str]) -> Form:
        """The form that shows that map."""
        return Form.of(self.names, self.aliases, entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What one row of the view becomes. `problem` (English text): it would be set aside. `barred`: it would not be copied."""

    key: str
    fields: Fields = field(default_factory=dict, repr=False)
    problem: str = ""
    barred: Bar | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How many records the next run would write, and how many it would hold back until a person agrees."""

    writes: int
    held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a map would do. `extent` is None where that was not cheap to find out."""

    samples: tuple[Sample, ...]
    extent: Extent | None = None


class Outcome(StrEnum):
    """What became of a map that was to be saved.

    CONFLICT: it is another one by now; nothing was written. LATER: nothing was written. UNCERTAIN: nobody knows. GONE: the job is.
    """

    SAVED = "saved"
    CONFLICT = "conflict"
    LATER = "later"
    UNCERTAIN = "uncertain"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The outcome, the map as it stands now and the one that it replaced, and what there is to say about it (English text)."""

    outcome: Outcome
    entries: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)
    detail: str = ""


class Maps(Protocol):
    """The maps of all jobs, named by id."""

    async def open(self, job: str) -> Sheet | None:
        """The job's map, with the view's columns as they are now. None: there is no such job."""
        ...

    def faults(self, sheet: Sheet, entries: Mapping[str, str]) -> Sequence[str]:
        """Everything that keeps that map from being this job's, as English sentences."""
        ...

    async def preview(self, sheet: Sheet, entries: Mapping[str, str]) -> Preview:
        """What a map without faults makes of the sheet's rows. Writes nothing anywhere."""
        ...

    async def save(self, job: str, entries: Mapping[str, str], *, version: str) -> Saved:
        """Put the map into the job's settings record, if that still has the map of that `version`, and have it take effect."""
        ...
