"""What happens to a running daemon from outside: signals in the middle of a write, and a clock that somebody sets.

Each time a write is held up on its way, so that the signal surely comes during a run.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from pathlib import Path

import pytest
from daemon_process import DaemonProcess, Hold, ready
from test_kills import assert_settled, assert_whole
from trial import Trial
from waiting import DEADLINE, until

HOUR = 3600


async def test_a_terminated_daemon_finishes_the_run_under_way(tmp_path):
    async with ready(tmp_path) as (trial, passage):
        hold = Hold(passage)
        async with DaemonProcess.running(trial) as daemon:
            await hold.caught()
            daemon.tell(signal.SIGTERM)
            await daemon.logged("daemon.stopping", running=1)
            hold.may_go.set()
            assert await daemon.ended() == 0
            assert daemon.told("sync.run.finished", status="ok")
            assert not daemon.told("schedule.runs.cut_off")
        await assert_whole(trial)
        assert not trial.state.with_name("state.db.running").exists()
        await assert_settled(trial)


async def test_a_daemon_told_twice_leaves_at_once_and_the_next_run_mends_what_was_cut_off(tmp_path):
    async with ready(tmp_path) as (trial, passage):
        hold = Hold(passage)
        async with DaemonProcess.running(trial) as daemon:
            await hold.caught()
            daemon.tell(signal.SIGTERM)
            await daemon.logged("daemon.stopping")
            daemon.tell(signal.SIGTERM)
            assert await daemon.ended() == 0
            assert daemon.told("schedule.runs.cut_off", runs=1)
        hold.may_go.set()
        assert (await trial.call("sync", "--json")).status == 0
        await assert_whole(trial)


async def test_a_killed_daemon_goes_on_where_it_was_and_says_that_it_was_cut_off(tmp_path):
    async with ready(tmp_path) as (trial, passage):
        hold = Hold(passage)
        async with DaemonProcess.running(trial) as daemon:
            await hold.caught()
            daemon.tell(signal.SIGKILL)
            assert await daemon.ended() == -signal.SIGKILL
        hold.may_go.set()
        async with DaemonProcess.running(trial) as daemon:
            assert daemon.told("daemon.previous_shutdown_unclean")
            await daemon.logged("sync.run.finished", status="ok")
            assert await daemon.stop() == 0
        await assert_whole(trial)
        await assert_settled(trial)


async def test_a_reload_drops_no_run_and_a_broken_file_changes_nothing(tmp_path):
    async with ready(tmp_path, interval="90s") as (trial, passage):
        good = trial.config.read_text()
        address = good.partition('listen = "')[2].partition('"')[0]
        trial.config.write_text(good.replace('interval = "90s"', 'interval = "1s"'))
        hold = Hold(passage)
        async with DaemonProcess.running(trial) as daemon:
            await hold.caught()
            trial.config.write_text(good.replace("[sync]", "[sinc]"))
            daemon.tell(signal.SIGHUP)
            [refused] = await daemon.logged("daemon.reload.refused")
            assert any("sinc" in fault for fault in refused["faults"])
            job = good[good.index("[[job]]") :]
            trial.config.write_text(good.replace("90s", "1s") + job.replace('folder = "GoPaaS"', 'folder = "Second"'))
            daemon.tell(signal.SIGHUP)
            await daemon.logged("daemon.reloaded", jobs=2)
            hold.may_go.set()
            await until(lambda: len(jobs_of(daemon.told("sync.run.finished", status="ok"))) == 2)
            trial.config.write_text(good.replace("90s", "1s").replace(address, "127.0.0.1:1"))
            daemon.tell(signal.SIGHUP)
            await daemon.logged("daemon.reloaded", jobs=1)
            assert daemon.told("daemon.reload.restart_needed")[0]["keys"] == ["web.listen", "web.public_url"]
            done = len(daemon.told("sync.run.finished"))
            await daemon.logged("sync.run.finished", times=done + 2)
            assert len(jobs_of(daemon.told("sync.run.finished")[done + 1 :])) == 1
            trial.config.write_text(good)
            assert await daemon.stop() == 0
            assert not daemon.told("sync.run.failed")
        second = next(folder for folder in trial.mailbox.all_folders() if folder.name == "Second")
        assert len(trial.exported) == len(trial.mailbox.contacts(second.id)) == len(trial.shown_rows)


async def test_the_service_manager_hears_when_the_daemon_is_ready_alive_reloading_and_ending(tmp_path):
    told = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        asyncio.get_running_loop().add_reader(manager, lambda: told.append(manager.recv(4096).decode().partition("=")[0]))
        environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "600000"}
        async with Trial.start(tmp_path) as trial, DaemonProcess.running(trial, **environ) as daemon:
            await until(lambda: "READY" in told and told.count("WATCHDOG") > 2)
            daemon.tell(signal.SIGHUP)
            await until(lambda: told.count("READY") == 2)
            assert await daemon.stop() == 0
            await until(lambda: "STOPPING" in told)
        asyncio.get_running_loop().remove_reader(manager)
    assert [word for word in told if word not in {"WATCHDOG", "STATUS"}] == ["READY", "RELOADING", "READY", "STOPPING"]


def jobs_of(lines):
    return {line["job"] for line in lines}


FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


@pytest.mark.skipif(not FAKETIME.exists(), reason="needs libfaketime (Debian: faketime)")
async def test_a_clock_set_back_an_hour_during_a_run_delays_no_run(tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("+0")
    faked = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Without it the interpreter's own waiting for its lock takes a hundred times as long.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    async with ready(tmp_path) as (trial, passage):
        hold = Hold(passage)
        async with DaemonProcess.running(trial, **faked) as daemon:
            await hold.caught()
            clock.write_text(f"-{HOUR}")
            [jumped] = await daemon.logged("clock.jumped")
            assert jumped["seconds"] == pytest.approx(-HOUR, abs=5)
            hold.may_go.set()
            await daemon.logged("sync.run.finished", times=1)
            began = time.monotonic()
            await daemon.logged("sync.run.finished", times=3)
            assert time.monotonic() - began < DEADLINE
            key = next(iter(trial.shown_rows))
            trial.edit_row(key, {"fonction": "Horloger"})
            await until(lambda: any(contact.properties["jobTitle"] == "Horloger" for contact in trial.exported))
            assert await daemon.stop() == 0
            assert len(daemon.told("clock.jumped")) == 1
        await assert_whole(trial)
