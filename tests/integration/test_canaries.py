"""Canaries where the other sweeps do not look: metrics, crashes, backups, a -wal in use, arguments and environment of processes."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp
from test_log_hygiene import WORDS, assert_clean, read_until, secrets_of, seeded
from trial import COMMAND, plain_environment
from unit.cli.configurations import write_configuration

from outlookd.sandbox.seed import CLAIRE

CRASH = """
from outlookd.store.database import Database


def crash(*_arguments, **_options):
    password = "CANARIVAL canari@oiseau.test"
    raise RuntimeError(f"cannot read {password}")


Database.open = crash
"""
"""What no isolation point expects: our own store fails in a way that is no error of ours."""


def end(process):
    with suppress(ProcessLookupError):
        process.kill()


def proc(pid, name):
    return Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\\0", b" ").decode(errors="replace")


async def test_a_daemon_at_work_shows_no_canary_to_whoever_may_look_at_its_process_files_and_metrics(tmp_path):
    async with seeded(tmp_path) as trial, AsyncExitStack() as cleanup:
        environ = {**plain_environment(), "OUTLOOKD_CONFIG": str(trial.config), "PYTHONFAULTHANDLER": "1"}
        daemon = await asyncio.create_subprocess_exec(COMMAND, "run", stdout=PIPE, stderr=PIPE, env=environ)
        cleanup.callback(end, daemon)
        lines = await read_until(daemon, b"sync.run.finished")
        assert_clean(trial, proc(daemon.pid, "cmdline") + proc(daemon.pid, "environ"))
        assert not proc(daemon.pid, f"task/{daemon.pid}/children").strip()
        url = trial.config.read_text().partition('listen = "')[2].partition('"')[0]
        async with aiohttp.ClientSession() as session, session.get(f"http://{url}/metrics") as answer:
            metrics = await answer.text()
        assert "outlookd_sync_runs_total" in metrics
        assert_clean(trial, metrics)
        assert f'"{CLAIRE}"' not in metrics
        assert (await trial.call("backup", str(tmp_path / "copy.db"))).status == 0
        assert (tmp_path / "state.db-wal").stat().st_size
        stored = b"".join(path.read_bytes() for path in (*tmp_path.glob("state.db*"), tmp_path / "copy.db"))
        assert not [secret for secret in secrets_of(trial) if secret.encode() in stored]
        daemon.send_signal(signal.SIGABRT)
        _, rest = await daemon.communicate()
        assert b"Fatal Python error: Aborted" in rest
        assert_clean(trial, (lines + rest).decode())


def test_what_nobody_caught_ends_a_command_without_its_words(tmp_path):
    """An exception's text quotes what it tripped over, and so would Python's own report of it."""
    (tmp_path / "sitecustomize.py").write_text(CRASH)
    command = (sys.executable, "-m", "outlookd.cli", "forget", "claire", "--config", write_configuration(tmp_path))
    environ = {**plain_environment(), "PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert (ended.returncode, "RuntimeError" in ended.stderr, "process.crashed" in ended.stderr) == (1, True, True)
    assert not [word for word in WORDS if word.casefold() in (ended.stdout + ended.stderr).casefold()]
