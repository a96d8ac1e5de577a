"""The threat table of docs/sign-in.md: every test that it names exists, and every threat that concerns a sign-in has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from outlookd.app.daemon.notices import MANY, SECRET_DAYS, STEPS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sign-in.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_named_test_exists(file, name):
    tree = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("threat", ["T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T16", "T17"])
def test_each_threat_names_a_test(threat):
    (row,) = re.findall(rf"^\| {threat} .*$", PAGE, re.MULTILINE)
    assert "::test_" in row


def test_the_page_says_when_something_is_told():
    assert [step.total_seconds() / 3600 for step in STEPS] == [1, 72, 168]
    assert (MANY, SECRET_DAYS) == (5, (30, 7, 1, 0))
