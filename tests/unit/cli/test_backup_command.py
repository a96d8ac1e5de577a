"""What `outlookd backup` takes, says and refuses."""

from __future__ import annotations

import asyncio
import json

import pytest
from unit.cli.configurations import write_configuration

from outlookd.cli import main
from outlookd.store.database import open_database


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state.db"

    async def make():
        async with open_database(path):
            pass

    asyncio.run(make())
    return path


@pytest.fixture
def configuration(tmp_path, state):
    """Sound where a backup needs it: the job's type is one that no plugin knows."""
    return write_configuration(tmp_path, kind="Unheard-of")


@pytest.fixture
def backup(configuration, capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["backup", "--config", str(configuration), *map(str, arguments)])
        printed = capsys.readouterr()
        return caught.value.code, printed.out, printed.err

    return call


def test_it_says_where_how_big_and_what_was_checked(backup, tmp_path):
    status, said, _ = backup(tmp_path / "own.db")
    assert status == 0
    assert said.startswith(f"{tmp_path / 'own.db'}: ")
    assert said.endswith("integrity, foreign keys and schema are in order.\n")
    assert "KiB in 0." in said


def test_programs_get_the_same_as_json(backup, tmp_path):
    status, said, _ = backup("--directory", tmp_path, "--keep", 3, "--json")
    answer = json.loads(said)
    assert (status, set(answer)) == (0, {"path", "at", "bytes", "seconds", "checked", "removed"})
    assert answer["bytes"] == (tmp_path / answer["path"]).stat().st_size


@pytest.mark.parametrize(
    "arguments", [("own.db", "--keep", 2), ("own.db", "--directory", "."), ("--keep", 0), (".",), ("--directory", "outlookd.toml")]
)
def test_what_makes_no_sense_together_is_wrong_use(backup, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert backup(*arguments)[0] == 2


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_the_database_is_never_its_own_backup(backup, state, suffix):
    before = state.read_bytes()
    assert (backup(f"{state}{suffix}")[0], state.read_bytes()) == (2, before)


def test_the_database_is_recognised_behind_a_link(backup, state, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert backup(tmp_path / "link" / "state.db")[0] == 2


def test_a_directory_that_is_not_there_is_named(backup, tmp_path):
    status, _, complaint = backup("--directory", tmp_path / "nowhere")
    assert (status, f"{tmp_path / 'nowhere'} does not exist" in complaint) == (1, True)


def test_a_wrong_configuration_ends_with_78(backup, configuration):
    configuration.write_text("[state]\nurl = 3\n")
    assert backup()[0] == 78
