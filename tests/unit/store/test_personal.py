"""What is known about a login: all of it is shown, all of it goes, and nothing of anybody else's."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from outlookd.store import open_store
from outlookd.store.personal import IMPERSONAL, PERSONAL

LOGINS = ("claire", "claire/x", "hugo")
SECRET = "CANARY-secret"


def columns_of(connection, table):
    return connection.execute(f"PRAGMA table_info({table})").fetchall()


def value_of(column, kind, login, holding):
    """Something that fits the column, and can be told from every other login's."""
    if column in holding.secret:
        return SECRET.encode() if kind == "BLOB" else f"{SECRET}-{login}"
    if column in holding.json:
        return json.dumps({"of": login})
    known = {
        "job": f"{login}/contact/contact/GoPaaS",
        "login": login,
        "user": login,
        "link": f"link-{login}",
        "run": f"run-{login}",
    }
    if holding.table == "link" and column == "id":
        return f"link-{login}"
    return known.get(column, {"INTEGER": None if column == "seq" else 0, "REAL": 0.0}.get(kind, f"{column} of {login}"))


@pytest.fixture
async def url(tmp_path):
    """A database with one row in every table about each login."""
    path = tmp_path / "state.db"
    async with open_store(f"sqlite:///{path}"):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        for holding in reversed(PERSONAL):
            for login in LOGINS:
                row = {c[1]: value_of(c[1], c[2], login, holding) for c in columns_of(connection, holding.table)}
                names = ", ".join(f'"{name}"' for name in row)
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {holding.table} ({names}) VALUES ({marks})", list(row.values()))
        connection.commit()
    return f"sqlite:///{path}"


async def test_every_table_of_the_schema_is_in_the_report_or_says_why_not(url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        named = {holding.table: {c[1] for c in columns_of(connection, holding.table)} for holding in PERSONAL}
    assert tables == named.keys() | IMPERSONAL.keys()
    assert all({*holding.json, *holding.secret} <= named[holding.table] for holding in PERSONAL)


async def test_one_row_of_every_table_is_shown_and_it_is_the_right_persons(url):
    async with open_store(url, read_only=True) as store:
        shown = await store.personal.export("claire")
    assert {table: len(rows) for table, rows in shown.items()} == {holding.table: 1 for holding in PERSONAL}
    assert "hugo" not in repr(shown)
    assert "claire/x" not in repr(shown)


async def test_no_secret_is_shown_nor_the_hash_of_one(url):
    async with open_store(url, read_only=True) as store:
        assert SECRET not in repr(await store.personal.export("claire"))


async def test_values_are_shown_as_what_they_are_and_not_as_text(url):
    async with open_store(url, read_only=True) as store:
        [line] = (await store.personal.export("hugo"))["journal"]
    assert line["before"] == {"of": "hugo"}


@pytest.mark.parametrize("login", LOGINS)
async def test_forgetting_removes_what_was_shown_and_nothing_else(url, login):
    async with open_store(url) as store:
        before = {other: await store.personal.export(other) for other in LOGINS}
        removed = await store.personal.forget(login)
        after = {other: await store.personal.export(other) for other in LOGINS}
    assert removed == {holding.table: 1 for holding in PERSONAL}
    assert not any(after.pop(login).values())
    assert after == {other: before[other] for other in after}


async def test_what_is_forgotten_is_in_no_byte_of_the_database(url, tmp_path):
    """Deleted rows are overwritten (`secure_delete`), and the last one to close the file leaves no -wal."""
    async with open_store(url) as store:
        await store.personal.forget("hugo")
    assert b"hugo" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


async def test_nothing_is_known_about_a_stranger(url):
    async with open_store(url) as store:
        assert not any((await store.personal.forget("clair")).values())
