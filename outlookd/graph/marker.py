"""Our stamp on what we own in Outlook: one single-value extended property, the same for items and for folders.

Folders and calendars carry a second one, the seal of the installation that keeps them. Knows how Graph writes, expands and filters
such a property (graph.md 4.1). Does not know what stamp (`core.marker`) and seal (`core.seal`) say: the engine chooses that, and
only an item that carries the stamp *and* has a link is ours (design rule 6).

An open extension would be easier to read, but it is saved in a second step: one create in twenty arrived without it
(complaint 36). A category can be removed by hand, and `fileAs` is visible to the user (graph.md 1.3, trap 34).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from outlookd.core.marker import MARKER_KEY

if TYPE_CHECKING:
    from outlookd.core.model import Payload

MARKER_PROPERTY = "String {17acddb3-89ec-487e-a7b0-f703806800f6} Name outlookd"
"""Never change this: everything stamped so far would become a stranger's. One name for all, because a mailbox has a quota
of property names."""

SEAL_PROPERTY = f"{MARKER_PROPERTY}.seal"
"""Another name, because a calendar is sealed and never stamped: it is a person's."""

EXPAND_MARKER = f"singleValueExtendedProperties($filter=id eq '{MARKER_PROPERTY}')"
"""The value of ``$expand`` that makes Graph show our stamp. Delta refuses it (graph.md 1.5)."""

EXPAND_SEAL = f"singleValueExtendedProperties($filter=id eq '{MARKER_PROPERTY}' or id eq '{SEAL_PROPERTY}')"
"""The same for folders and calendars, with their seal."""

_PROPERTIES = "singleValueExtendedProperties"


def stamped(body: Payload, marker: str, seal: str = "") -> dict[str, Any]:
    """The body of a POST or PATCH with our stamp in it, so that item and stamp are saved in one step (complaint 36)."""
    stamps = [{"id": MARKER_PROPERTY, "value": marker}]
    return {**body, _PROPERTIES: [*stamps, {"id": SEAL_PROPERTY, "value": seal}] if seal else stamps}


def sealed(seal: str) -> dict[str, Any]:
    """The body of a PATCH that seals a folder or calendar and leaves its stamp as it is."""
    return {_PROPERTIES: [{"id": SEAL_PROPERTY, "value": seal}]}


def marker_filter(marker: str) -> str:
    """The value of ``$filter`` that finds what carries `marker`.

    Graph compares the value without regard to case, so the caller must compare again.
    """
    value = marker.replace("'", "''")
    return f"{_PROPERTIES}/Any(ep: ep/id eq '{MARKER_PROPERTY}' and ep/value eq '{value}')"


def marker_of(payload: Payload) -> str:
    """The stamp that an expanded payload carries, or an empty text."""
    return _property_of(payload, MARKER_PROPERTY)


def seal_of(payload: Payload) -> str:
    """The seal that an expanded folder or calendar carries, or an empty text."""
    return _property_of(payload, SEAL_PROPERTY)


def _property_of(payload: Payload, name: str) -> str:
    for entry in payload.get(_PROPERTIES) or ():
        # Exchange may write the GUID in other letters than we did; the name behind it is ours alone.
        if isinstance(entry, Mapping) and str(entry.get("id", "")).casefold() == name.casefold():
            return str(entry.get("value") or "")
    return ""


def labelled(payload: Payload, marker: str) -> dict[str, Any]:
    """A payload that shows its stamp, or that it carries none: Graph's own list of properties replaced by `MARKER_KEY`."""
    return {**_plain(payload), MARKER_KEY: marker}


def answered(payload: Payload, marker: str) -> dict[str, Any]:
    """The answer to a write, which shows no stamps: only one that was just written is known."""
    return labelled(payload, marker) if marker else _plain(payload)


def _plain(payload: Payload) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if not name.startswith(_PROPERTIES)}
