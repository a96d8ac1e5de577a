"""What a route is, and how one is found. The routes themselves are in the module of their resource."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias
from urllib.parse import quote

from outlookd.sandbox.calendar_store import Calendar
from outlookd.sandbox.calendars import Calendars
from outlookd.sandbox.clock import Now
from outlookd.sandbox.directory import User
from outlookd.sandbox.graph.call import Answer, Call
from outlookd.sandbox.graph.errors import GraphError
from outlookd.sandbox.mailbox import Folder, Mailbox
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.switches import Switches


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A call that has been let in: whose data it is about, and the ids in its path by name. Events are written by `meetings`."""

    call: Call
    user: User
    owner: tuple[str, ...]
    ids: Mapping[str, str]
    switches: Switches
    now: Now
    meetings: Meetings

    @property
    def mailbox(self) -> Mailbox:
        """The mailbox that the path names."""
        return self.user.mailbox

    @property
    def folder(self) -> Folder:
        """The contact folder that the path names, or the default one. Raises Refusal."""
        return self.mailbox.folder(self.ids["folder"]) if "folder" in self.ids else self.mailbox.default_folder

    @property
    def calendars(self) -> Calendars:
        """The calendars that the path names."""
        return self.user.calendars

    @property
    def calendar(self) -> Calendar:
        """The calendar that the path names, or the default one. Raises Refusal."""
        return self.calendars.calendar(self.ids.get("calendar"))

    @property
    def owner_url(self) -> str:
        """The address of the path's owner, as the caller named them."""
        name, *key = self.owner
        return f"{self.call.root}/{name}" + "".join(f"('{quote(part, safe='')}')" for part in key)

    def context(self, what: str) -> str:
        """The metadata context of something that belongs to the owner."""
        return f"users('{self.user.object_id}')/{what}"


Handle: TypeAlias = Callable[[Visit], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and a path below an owner. `resource` is the permission it needs (``Calendars``), none for the profile.

    Segments in braces are ids; the others compare without case, as functions with or without namespace and parentheses.
    """

    method: str
    path: str
    handle: Handle
    resource: str = "Contacts"

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """The ids in `segments`, or None if this is another path."""
        pattern = _pattern(self.path)
        if len(pattern) != len(segments):
            return None
        ids = {}
        for (name, word), segment in zip(pattern, segments, strict=True):
            if name:
                ids[name] = segment
            elif word != segment.lower().removeprefix("microsoft.graph.").removesuffix("()"):
                return None
        return ids


@cache
def _pattern(path: str) -> tuple[tuple[str, str], ...]:
    """Each segment as the name of an id or as a word, never both; every request is held against every path."""
    parts = path.split("/") if path else []
    return tuple((part.strip("{}"), "") if part.startswith("{") else ("", part.lower()) for part in parts)


def split_owner(segments: Sequence[str]) -> tuple[tuple[str, ...], Sequence[str]]:
    """The owner part of a path (``me``, or ``users`` with a key) and the rest. Raises GraphError."""
    match [segment.lower() for segment in segments[:1]]:
        case ["me"]:
            return ("me",), segments[1:]
        case ["users"] if len(segments) > 1:
            return ("users", segments[1]), segments[2:]
        case _:
            raise GraphError(400, "BadRequest", f"Resource not found for the segment '{'/'.join(segments[:1])}'.")


def find_route(routes: Sequence[Route], method: str, segments: Sequence[str]) -> tuple[Route, dict[str, str]]:
    """The first route that fits, with the ids in its path. Raises GraphError 400 for the path, 405 for the method."""
    fitting = [(route, ids) for route in routes if (ids := route.match(segments)) is not None]
    if not fitting:
        raise GraphError(400, "BadRequest", f"Resource not found for the segment '{segments[-1] if segments else ''}'.")
    for route, ids in fitting:
        if route.method == method:
            return route, ids
    raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
