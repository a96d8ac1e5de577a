"""How single values become text and come back equal: JSON, canonical fields, moments, spans. Pure.

Field values must survive exactly (design rule 1 compares them with ``==``), so tuples come back as tuples, and any text that a
side can show can be kept, even one that UTF-8 cannot carry.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import orjson

from outlookd.core.model import Fields, Span

_OURS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_BY_JSON = " "


def dump_json(document: Any) -> str:
    """`document` as JSON text.

    orjson refuses lone surrogates and integers beyond 64 bits, and would read the latter back as floats. Such texts are
    written by the standard library instead and start with a blank, so that the same library reads them.
    """
    try:
        return orjson.dumps(document, option=_OURS).decode()
    except orjson.JSONEncodeError:
        return _BY_JSON + json.dumps(document)


def load_json(text: str) -> Any:
    """What `dump_json` wrote."""
    return json.loads(text) if text.startswith(_BY_JSON) else orjson.loads(text)


def dump_fields(fields: Fields) -> str:
    """Canonical fields as a JSON object; tuples become arrays."""
    return dump_json(dict(fields))


def load_fields(text: str) -> Fields:
    """The way back. Arrays become tuples: nothing else that a canonical value can be is an array."""
    if text == "{}":
        return {}  # half of all bases have no `before`, and a run starts with reading every base
    document: dict[str, Any] = load_json(text)
    if "[" in text:
        for name, value in document.items():
            if isinstance(value, list):
                document[name] = tuple(value)
    return document


def dump_moment(moment: datetime) -> str:
    """An aware time as UTC text of fixed width, so that the order of the texts is the order of the times.

    Raises ValueError for a naive time, which nobody could read back.
    """
    if moment.tzinfo is None:
        raise ValueError("only aware times are stored")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def load_moment(text: str) -> datetime:
    """The way back: aware, UTC."""
    return datetime.fromisoformat(text)


def dump_span(span: Span | None) -> str | None:
    """When something takes place, as ISO 8601 writes an interval: two moments with a slash between them."""
    return None if span is None else f"{dump_moment(span.start)}/{dump_moment(span.end)}"


def load_span(text: str | None) -> Span | None:
    """The way back: aware, UTC."""
    if text is None:
        return None
    start, end = text.split("/")
    return Span(start=load_moment(start), end=load_moment(end))
