"""How a database is made, brought up to date, and refused."""

from __future__ import annotations

import sqlite3
import stat

import pytest
import sqlite_utils

from outlookd.errors import StoreError, StoreTooNew
from outlookd.store.codec import intent_columns, intent_of, link_columns, link_of
from outlookd.store.migrations import STEPS, check_current, is_older, migrate
from outlookd.store.older import copy_if_older
from outlookd.store.values import dump_json
from outlookd.testing.samples import make_intent, make_link


def m900_add_colour(db):
    db.execute("ALTER TABLE note ADD COLUMN colour TEXT")


def m901_fail(db):
    db.execute("CREATE TABLE half (a TEXT) STRICT")
    raise sqlite3.OperationalError("invented")


LATER = (*STEPS, m900_add_colour)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


@pytest.fixture
def db(path):
    with sqlite_utils.Database(sqlite3.connect(path, isolation_level=None), execute_plugins=False) as db:
        yield db


@pytest.fixture
def contacts_only(db, path):
    """A database as the release before events left it: a pair, and a write in flight."""
    migrate(db, path, STEPS[:1])
    link = {name: value for name, value in link_columns(make_link("1")).items() if name in db.table("link").columns_dict}
    intent = intent_columns(make_intent(make_link("1"))) | {"link": dump_json(link)}
    db.table("link").insert(link)
    db.table("intent").insert({name: value for name, value in intent.items() if name in db.table("intent").columns_dict})
    return db


@pytest.fixture
def current(db, path):
    """A database of today, with something in it."""
    migrate(db, path)
    db.execute("INSERT INTO note (job, key, value) VALUES ('j', 'k', 'before')")
    return db


def test_every_table_is_strict(current):
    loose = [table.name for table in current.tables if not table.strict and not table.name.startswith("_sqlite")]
    assert loose == []


def test_no_text_is_compared_without_regard_to_case(current):
    """Graph trap 26."""
    assert "COLLATE" not in current.schema.upper()


def test_a_current_database_is_left_as_it_is(current, path):
    before = current.schema
    migrate(current, path)
    assert (current.schema, list(path.parent.glob("*.before-*"))) == (before, [])


def test_an_older_database_is_brought_up_to_date_with_what_it_holds(current, path):
    migrate(current, path, LATER)
    assert list(current.query("SELECT value, colour FROM note")) == [{"value": "before", "colour": None}]


def test_pairs_and_writes_in_flight_from_before_events_are_understood(contacts_only, path):
    migrate(contacts_only, path)
    [link], [intent] = contacts_only.query("SELECT * FROM link"), contacts_only.query("SELECT * FROM intent")
    then = make_intent(make_link("1"), conflicts=(), longer={}, rule="", mails=False, seen={}, image={})
    assert (link_of(link), intent_of(intent)) == (make_link("1"), then)


def test_an_older_database_is_copied_first(current, path):
    migrate(current, path, LATER)
    with sqlite_utils.Database(str(path) + ".before-m900_add_colour", execute_plugins=False) as copy:
        assert list(copy.query("SELECT * FROM note")) == [{"job": "j", "key": "k", "value": "before"}]


def test_only_the_owner_may_read_the_copy(current, path):
    migrate(current, path, LATER)
    [copy] = path.parent.glob("*.before-*")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_migration_that_fails_leaves_the_file_as_it_was(current, path):
    """Also what a step before it did: no half-new database."""
    before = current.schema
    with pytest.raises(sqlite3.OperationalError):
        migrate(current, path, (*LATER, m901_fail))
    assert current.schema == before


def test_a_failed_migration_can_be_tried_again(current, path):
    with pytest.raises(sqlite3.OperationalError):
        migrate(current, path, (*LATER, m901_fail))
    migrate(current, path, LATER)
    assert "colour" in current.table("note").columns_dict


def test_a_database_of_a_newer_version_is_refused_unchanged(current, path):
    migrate(current, path, LATER)
    before = current.schema
    with pytest.raises(StoreTooNew, match="m900_add_colour") as caught:
        migrate(current, path)
    assert (current.schema, caught.value.exit_status) == (before, 78)


def test_a_reader_does_not_bring_a_database_up_to_date(current, path):
    with pytest.raises(StoreError, match="up to date"):
        check_current(current, path, LATER)


def test_only_a_database_that_an_earlier_version_made_is_older(db, path):
    assert not is_older(db, path), "an empty one is nobody's"
    migrate(db, path)
    assert (is_older(db, path), is_older(db, path, LATER)) == (False, True)


def test_an_older_database_is_looked_at_in_a_private_copy_and_left_as_it_is(contacts_only, path, tmp_path):
    before, copy = contacts_only.schema, tmp_path / "copy.db"
    assert copy_if_older(path, copy)
    assert (contacts_only.schema, stat.S_IMODE(copy.stat().st_mode)) == (before, 0o600)
    with sqlite_utils.Database(str(copy), execute_plugins=False) as copied:
        assert [row["id"] for row in copied.query("SELECT id FROM link")] == [make_link("1").id]


def test_a_current_database_is_not_copied(current, path, tmp_path):
    assert not copy_if_older(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_each_installation_draws_its_own_id(tmp_path):
    ids = set()
    for name in ("a.db", "b.db"):
        with sqlite_utils.Database(sqlite3.connect(tmp_path / name, isolation_level=None), execute_plugins=False) as db:
            migrate(db, tmp_path / name)
            ids |= {row["id"] for row in db.query("SELECT id FROM installation")}
    assert {len(ids), *map(len, ids)} == {2, 32}
