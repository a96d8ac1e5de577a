"""docs/guarantees.md promises nothing without a test that holds it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "guarantees.md").read_text()
HOLDER = re.compile(r"^- `(tests/[\w/]+\.py)::(\w+)`$", re.MULTILINE)
PROMISE = re.compile(r"^\*\*", re.MULTILINE)


@pytest.mark.parametrize(("file", "name"), HOLDER.findall(TEXT))
def test_a_test_that_holds_a_promise_exists(file, name):
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


def test_every_promise_has_a_test_that_holds_it():
    promises = PROMISE.split(TEXT)[1:]
    assert len(promises) > 8
    assert [promise.partition("**")[0] for promise in promises if not HOLDER.search(promise)] == []
