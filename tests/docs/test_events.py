"""The table of log events names exactly the events that the code logs, at the levels it logs them."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "events.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| ([a-z, ]+) \| (.*?) \| .+ \|$", re.MULTILINE)
LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error", "critical": "critical"}
LOGGERS = {"log", "structlog.get_logger()"}
SOURCES = sorted(
    path for folder in ("outlookd", "plugins") for path in (ROOT / folder).rglob("*.py") if "sandbox" not in path.parts
)


@functools.cache
def calls() -> Sequence[tuple[Path, ast.Call, str]]:
    """Every call on a module's logger."""
    return tuple(each for path in SOURCES for each in calls_in(path))


def calls_in(path: Path) -> Iterator[tuple[Path, ast.Call, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=level)) if level in LEVELS and ast.unparse(owner) in LOGGERS:
                yield path, node, LEVELS[level]


def logged() -> dict[str, set[str]]:
    levels: dict[str, set[str]] = {}
    for _path, call, level in calls():
        levels.setdefault(ast.literal_eval(call.args[0]), set()).add(level)
    return levels


def listed() -> dict[str, set[str]]:
    return {name: set(levels.split(", ")) for name, levels, _fields in ROW.findall(PAGE.read_text())}


def test_the_table_names_every_event_at_its_levels_and_no_other():
    assert listed() == logged()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_event_is_a_constant_of_words_and_dots(path):
    names = [call.args[0] for each, call, _level in calls() if each == path]
    assert all(isinstance(name, ast.Constant) and re.fullmatch(r"[a-z]+(\.[a-z_]+)+", str(name.value)) for name in names)


def test_the_table_names_the_fields_that_each_event_carries():
    fields: dict[str, set[str]] = {}
    for _path, call, _level in calls():
        named = {word.arg for word in call.keywords if word.arg not in {None, "exc_info"}}
        fields.setdefault(ast.literal_eval(call.args[0]), set()).update(named)
    shown = {name: set(re.findall(r"`([a-z_]+)`", cell)) for name, _levels, cell in ROW.findall(PAGE.read_text())}
    assert {name: words - shown[name] for name, words in fields.items() if words - shown[name]} == {}
