"""The page about personal data names every table, and the times that are set."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from outlookd.settings.sections import RetentionSettings
from outlookd.store import open_store

PAGE = (Path(__file__).parents[2] / "docs" / "personal-data.md").read_text()
ROWS = re.findall(r"^\| `(\w+)` \|(.*)\|$", PAGE, flags=re.MULTILINE)


async def test_every_table_of_the_schema_is_explained_and_no_other(tmp_path):
    path = tmp_path / "state.db"
    async with open_store(f"sqlite:///{path}"):
        pass
    with closing(sqlite3.connect(path)) as connection:
        tables = sorted(name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"))
    assert sorted(table for table, _ in ROWS) == tables


@pytest.mark.parametrize(("table", "key"), [("journal", "journal"), ("conflict", "conflicts")])
def test_the_page_tells_the_defaults_that_the_settings_have(table, key):
    days = getattr(RetentionSettings(), key).days
    assert f"`retention.{key}`, {days} days" in dict(ROWS)[table]
