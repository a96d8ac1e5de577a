"""The public door: everything that a plugin may import, and nothing else.

A plugin writes ``from outlookd import ...`` and never imports a submodule; what is not in `__all__` is private and may change
in any release. Names are looked up when they are first used, so that ``import outlookd`` costs next to nothing and a plugin
pays only for what it takes. This module knows where the public names live; it defines none of its own.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outlookd.core.cells import (
        cell_items,
        read_day,
        read_key,
        read_modified,
        read_several,
        read_text,
        read_unordered,
        read_words,
        write_stamps,
    )
    from outlookd.core.fieldmap import FieldKind, FieldMap, FieldSpec, Transform
    from outlookd.core.marker import natural_hash
    from outlookd.core.model import (
        Action,
        Bar,
        Direction,
        Fields,
        JournalEntry,
        Link,
        Op,
        Origin,
        Payload,
        Record,
        RunReport,
        RunStatus,
        Side,
        Span,
        Tombstone,
        Value,
    )
    from outlookd.core.policy import Policy
    from outlookd.core.spellings import Spellings
    from outlookd.errors import BadRecord, ConfigurationError, OutlookdError
    from outlookd.hookspecs import (
        HandlerRegistry,
        Hold,
        PolicyRegistry,
        Refuse,
        TransformRegistry,
        Verdict,
        hookimpl,
    )
    from outlookd.ports import Handler, JobContext

__all__ = [
    "Action",
    "BadRecord",
    "Bar",
    "ConfigurationError",
    "Direction",
    "FieldKind",
    "FieldMap",
    "FieldSpec",
    "Fields",
    "Handler",
    "HandlerRegistry",
    "Hold",
    "JobContext",
    "JournalEntry",
    "Link",
    "Op",
    "Origin",
    "OutlookdError",
    "Payload",
    "Policy",
    "PolicyRegistry",
    "Record",
    "Refuse",
    "RunReport",
    "RunStatus",
    "Side",
    "Span",
    "Spellings",
    "Tombstone",
    "Transform",
    "TransformRegistry",
    "Value",
    "Verdict",
    "cell_items",
    "hookimpl",
    "natural_hash",
    "read_day",
    "read_key",
    "read_modified",
    "read_several",
    "read_text",
    "read_unordered",
    "read_words",
    "write_stamps",
]

_HOMES = {
    "outlookd.core.cells": (
        "cell_items",
        "read_day",
        "read_key",
        "read_modified",
        "read_several",
        "read_text",
        "read_unordered",
        "read_words",
        "write_stamps",
    ),
    "outlookd.core.fieldmap": ("FieldKind", "FieldMap", "FieldSpec", "Transform"),
    "outlookd.core.marker": ("natural_hash",),
    "outlookd.core.model": (
        "Action",
        "Bar",
        "Direction",
        "Fields",
        "JournalEntry",
        "Link",
        "Op",
        "Origin",
        "Payload",
        "Record",
        "RunReport",
        "RunStatus",
        "Side",
        "Span",
        "Tombstone",
        "Value",
    ),
    "outlookd.core.policy": ("Policy",),
    "outlookd.core.spellings": ("Spellings",),
    "outlookd.errors": ("BadRecord", "ConfigurationError", "OutlookdError"),
    "outlookd.hookspecs": (
        "HandlerRegistry",
        "Hold",
        "PolicyRegistry",
        "Refuse",
        "TransformRegistry",
        "Verdict",
        "hookimpl",
    ),
    "outlookd.ports": ("Handler", "JobContext"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no public name {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
