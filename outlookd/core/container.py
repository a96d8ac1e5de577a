"""Which Outlook folder is ours: by id and stamp, never by name alone (complaint 19, design rule 6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from outlookd.core.marker import is_folder_marker


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """An Outlook folder or calendar. `marker` is our stamp on it, `parent` the folder above it.

    `default` says that it is the mailbox's own calendar, which can be neither deleted nor stamped. `seal` is the text of
    `core.seal`, as the side showed it last: no part of what the container is.
    """

    id: str
    name: str
    marker: str = ""
    parent: str = ""
    default: bool = False
    seal: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """This folder is ours."""

    container: Container


@dataclass(frozen=True, slots=True, kw_only=True)
class Examine:
    """A folder has the wanted name but no stamp: ours only if what it holds says so (the old button left it)."""

    container: Container


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """No folder is ours yet: create one under this name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The name belongs to the folder of another job or another installation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The folder that was ours is gone or was moved away: a person must decide."""

    reason: str


Choice: TypeAlias = Use | Examine | Create | Taken | Missing


def choose(
    found: Sequence[Container],
    *,
    known: Container | None,
    name: str,
    marker: str,
    former: Collection[str] = (),
    recreate: bool = False,
) -> Choice:
    """Choose among the folders of a mailbox.

    `known` is what the store remembers. A rename is a person's right: the id decides. Of two folders with our stamp (two creates
    raced) the lowest id wins, on every run. `former` are stamps that are ours too. `recreate` is a person's word that a missing
    folder may be made again.
    """
    stamped = sorted((folder for folder in found if folder.marker in (marker, *former)), key=lambda folder: folder.id)
    if known is not None:
        return _known(found, stamped, known, name=name, recreate=recreate)
    if stamped:
        return Use(container=stamped[0])
    namesakes = [folder for folder in found if folder.name.casefold() == name.casefold()]
    free = sorted((folder for folder in namesakes if not is_folder_marker(folder.marker)), key=lambda folder: folder.id)
    if free:
        return Examine(container=free[0])
    if namesakes:
        return Taken()
    return Create(name=name)


def _known(found: Sequence[Container], stamped: Sequence[Container], known: Container, *, name: str, recreate: bool) -> Choice:
    same = next((folder for folder in found if folder.id == known.id), None)
    if same and known.parent and same.parent != known.parent and not recreate:
        return Missing(reason="the folder was moved below another one, perhaps into Deleted Items")
    if same:
        return Use(container=same)
    if stamped:
        return Use(container=stamped[0])
    return Create(name=name) if recreate else Missing(reason="the folder was deleted in Outlook")


def is_kin(rows: Sequence[str], contacts: Sequence[str]) -> bool:
    """Whether a folder of unknown origin is the one meant: it is empty, or some of its contacts are rows of the view.

    Both arguments are natural keys, empty ones included.
    """
    return not contacts or not set(filter(None, rows)).isdisjoint(contacts)


def next_name(name: str, taken: Sequence[str]) -> str:
    """`name`, or the first of ``name (2)``, ``name (3)`` ... that no folder has."""
    used = {other.casefold() for other in taken}
    candidates = (name, *(f"{name} ({number})" for number in range(2, len(used) + 3)))
    return next(candidate for candidate in candidates if candidate.casefold() not in used)


def choose_calendar(found: Sequence[Container], *, known: Container | None, name: str) -> Use | Missing:
    """Choose among the calendars of a mailbox: the one we know by its id, the one of that name, or without a name the user's own.

    Nothing is made or stamped: a calendar is a person's. Of two with one name the lowest id, on every run (complaint 19).
    """
    if known is not None:
        same = next((calendar for calendar in found if calendar.id == known.id), None)
        return Use(container=same) if same else Missing(reason="the calendar was deleted in Outlook")
    wanted = [calendar for calendar in found if (calendar.name.casefold() == name.casefold() if name else calendar.default)]
    if not wanted:
        return Missing(reason=f"there is no calendar named {name!r} in Outlook" if name else "the mailbox has no calendar")
    return Use(container=min(wanted, key=lambda calendar: calendar.id))
