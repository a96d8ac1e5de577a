"""What `outlookd restore` says, and what it leaves alone."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from unit.cli.configurations import write_configuration

from outlookd.cli import main
from outlookd.store import open_store
from outlookd.store.backup import back_up
from outlookd.testing.clock import FakeClock


@pytest.fixture
def configuration(tmp_path):
    """Sound where a restore needs it: the job's type is one that no plugin knows."""
    file = write_configuration(tmp_path, kind="Unheard-of")
    (tmp_path / "secret").write_text(base64.b64encode(b"k" * 32).decode())
    return file


@pytest.fixture
def backup(tmp_path, configuration):
    state, target = tmp_path / "state.db", tmp_path / "backup.db"

    async def make():
        async with open_store(f"sqlite:///{state}") as store:
            await store.begin_run(run="r", job="claire/contact", user="claire", type="contact", started=FakeClock().now())
        await back_up(state, target, clock=FakeClock())

    asyncio.run(make())
    return target


@pytest.fixture
def call(configuration, capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["restore", "--config", str(configuration), *map(str, arguments)])
        printed = capsys.readouterr()
        return caught.value.code, printed.out, printed.err

    return call


def test_it_says_how_old_the_state_is_and_how_to_go_back(call, backup, tmp_path):
    status, said, _ = call(backup)
    assert (status, "whose last run began at 2026-11-23 08:00 UTC" in said) == (0, True)
    former = next(path for path in tmp_path.glob("state.db.before-restore-*"))
    assert f"outlookd restore {former}" in said


def test_programs_get_the_same_as_json(call, backup):
    status, said, _ = call(backup, "--json")
    answer = json.loads(said)
    assert (status, set(answer)) == (0, {"source", "former", "bytes", "latest_run", "jobs", "closed"})
    assert answer["jobs"] == ["claire/contact"]


def test_what_is_no_backup_fails_with_what_to_do(call, backup, tmp_path):
    backup.write_bytes(b"no backup" * 99)
    status, _, complaint = call(backup)
    assert (status, "Try an older backup" in complaint, (tmp_path / "state.db").exists()) == (1, True, True)
