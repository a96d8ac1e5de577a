"""Whatever stage the engine tells of has words, on a terminal and on the pages."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import pytest

import outlookd
from outlookd.cli.progress import STAGES
from outlookd.core.model import Side
from outlookd.web.words.languages import Language
from outlookd.web.words.sync import SYNC

SOURCES = [text for path in Path(outlookd.__file__).parent.rglob("*.py") if "progress(" in (text := path.read_text())]


@functools.cache
def stages():
    """The first arguments of everything that calls a progress: literals, else one of the two sides."""
    told = {side.value for side in Side}
    for node in (node for text in SOURCES for node in ast.walk(ast.parse(text))):
        match node:
            case ast.Call(func=ast.Attribute(attr="progress") | ast.Name(id="progress"), args=[stage, _, _]):
                told |= {stage.value} if isinstance(stage, ast.Constant) else side_in(stage)
    return told


def side_in(stage):
    assert ast.unparse(stage) in {"str(side)", "str(Side.OUTLOOK)"}, "a stage that nobody can know beforehand"
    return set()


def test_a_terminal_has_words_for_every_stage_and_for_no_other():
    assert set(STAGES) == stages()


@pytest.mark.parametrize("language", Language)
def test_the_pages_have_words_for_every_stage_and_for_the_time_before_the_first(language):
    assert set(SYNC.of(language).stages) == stages() | {""}
