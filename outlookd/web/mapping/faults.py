"""What is wrong with a map, told at the line that it is about and in the reader's language.

The sentences come from those who know what is wrong (`core.fieldmap`, `app.jobs.objections`, `gopaas.listing`) and are English.
They are recognised here instead of judged again: one rule in one place. A sentence that is not recognised is shown as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from outlookd.web.mapping.form import Line

__all__ = ["Complaint", "Kind", "about_expression", "read_complaint"]


class Kind(StrEnum):
    """The sorts of sentences; OTHER is any that is not recognised."""

    UNKNOWN_NAME = "unknown_name"
    NO_COLUMN = "no_column"
    UNKNOWN_TRANSFORM = "unknown_transform"
    ID_TRANSFORM = "id_transform"
    NAME_TWICE = "name_twice"
    ID_COLUMN = "id_column"
    MIXED = "mixed"
    COLUMN_TWICE = "column_twice"
    EMPTY = "empty"
    MISSING = "missing"
    NOT_SHOWN = "not_shown"
    EXPRESSION = "expression"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """One sentence. `name` is the name that it quotes first, `second` the next one; `sentence` is what was said."""

    kind: Kind
    sentence: str
    name: str = ""
    second: str = ""

    def concerns(self, line: Line) -> bool:
        """Whether it belongs to that line of the form."""
        return _ABOUT[self.kind](self, line)


def read_complaint(sentence: str) -> Complaint:
    """The complaint that a sentence is."""
    for kind, pattern in _PATTERNS.items():
        if found := pattern.match(sentence):
            name, second, *_ = (*(ast.literal_eval(quoted) for quoted in found.groups()), "", "")
            return Complaint(kind=kind, sentence=sentence, name=name, second=second)
    return Complaint(kind=Kind.OTHER, sentence=sentence)


def about_expression(column: str) -> str:
    """The sentence about a column that GoPaaS would evaluate instead of reading it."""
    return f"the GoPaaS field {column!r} begins with '$$', which GoPaaS would evaluate"


_QUOTED = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""

_PATTERNS: Mapping[Kind, re.Pattern[str]] = {
    kind: re.compile(pattern.replace("QUOTED", _QUOTED))
    for kind, pattern in {
        Kind.UNKNOWN_NAME: r"unknown Outlook name QUOTED",
        Kind.NO_COLUMN: r"QUOTED names no GoPaaS field",
        Kind.UNKNOWN_TRANSFORM: r"QUOTED names an unknown transform QUOTED",
        Kind.ID_TRANSFORM: r"QUOTED takes no transform",
        Kind.NAME_TWICE: r"the Outlook name QUOTED is used ",
        Kind.ID_COLUMN: r"the GoPaaS field QUOTED holds the Outlook id",
        Kind.COLUMN_TWICE: r"the GoPaaS field QUOTED is used ",
        Kind.EXPRESSION: r"the GoPaaS field QUOTED begins with ",
        Kind.MIXED: r"QUOTED is mapped as a whole and by its slots",
        Kind.EMPTY: r"is empty, so there is nothing to synchronise",
        Kind.MISSING: r"names no column for QUOTED",
        Kind.NOT_SHOWN: r"view .+? has no column QUOTED",
    }.items()
}


def _by_key(complaint: Complaint, line: Line) -> bool:
    return line.name.key == complaint.name


def _by_meaning(complaint: Complaint, line: Line) -> bool:
    wanted = {line.name.canonical, line.name.key}
    return complaint.name in wanted and (bool(line.target) or complaint.kind is Kind.MISSING)


def _by_list(complaint: Complaint, line: Line) -> bool:
    return bool(line.target) and line.name.canonical.partition("[")[0] == complaint.name


def _by_column(complaint: Complaint, line: Line) -> bool:
    return line.column == complaint.name


def _nowhere(_complaint: Complaint, _line: Line) -> bool:
    return False


_ABOUT: Mapping[Kind, Callable[[Complaint, Line], bool]] = {
    Kind.UNKNOWN_NAME: _by_key,
    Kind.NO_COLUMN: _by_key,
    Kind.UNKNOWN_TRANSFORM: _by_key,
    Kind.ID_TRANSFORM: _by_key,
    Kind.NAME_TWICE: _by_meaning,
    Kind.ID_COLUMN: _by_column,
    Kind.COLUMN_TWICE: _by_column,
    Kind.EXPRESSION: _by_column,
    Kind.MIXED: _by_list,
    Kind.EMPTY: _nowhere,
    Kind.MISSING: _by_meaning,
    Kind.NOT_SHOWN: _by_column,
    Kind.OTHER: _nowhere,
}
