"""One request to Graph and its answer, apart from HTTP: an item of a `$batch` is the same thing as a request of its own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from multidict import CIMultiDict

from outlookd.sandbox.ids import Family

JSON_TYPE = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
KEYED = re.compile(r"(?P<name>[A-Za-z]+)\('(?P<key>[^']*)'\)")
PREFERENCE = re.compile(r'\s*(?P<name>[\w.-]+)\s*(?:=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^,;]*)))?\s*(?:[,;]|$)')


def split_path(path: str) -> tuple[str, ...]:
    """The decoded segments of a path. ``contactFolders('id')`` is the same as ``contactFolders/id``."""
    segments: list[str] = []
    for raw in path.strip("/").split("/"):
        segment = unquote(raw)
        keyed = KEYED.fullmatch(segment)
        segments.extend([keyed["name"], keyed["key"]] if keyed else [segment])
    return tuple(segments)


def split_query(query: str) -> dict[str, str]:
    """The options of a query by lower-case name without ``$``, as names compare. A plus sign stays one: spaces are ``%20``."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {unquote(name).lower().removeprefix("$"): unquote(value) for name, _, value in pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request below the version root. `root` is that root as the caller addressed it, `target` path and query as sent."""

    method: str
    target: str
    root: str
    headers: CIMultiDict[str]
    body: Any = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def segments(self) -> tuple[str, ...]:
        """The path, decoded."""
        return split_path(self.target.partition("?")[0])

    @property
    def query(self) -> dict[str, str]:
        """The query, decoded."""
        return split_query(self.target.partition("?")[2])

    @property
    def client_request_id(self) -> str:
        """The caller's own name for the request."""
        return self.headers.get("client-request-id", "")

    @property
    def preferences(self) -> dict[str, str]:
        """Every ``Prefer`` value by lower-case name, from several headers or one that lists them."""
        found = {}
        for header in self.headers.getall("Prefer", []):
            for match in PREFERENCE.finditer(header):
                found[match["name"].lower()] = (match["quoted"] or match["bare"] or "").strip()
        return found

    @property
    def family(self) -> Family:
        """Which ids the caller wants to see."""
        wanted = self.preferences.get("idtype", "").lower()
        return Family.IMMUTABLE if wanted == "immutableid" else Family.CLASSIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Graph says: JSON, raw bytes, or nothing."""

    status: int = 200
    body: Mapping[str, Any] | bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
