"""The units: what systemd itself says of them, and what they and the rest of the project have to agree on."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path

import click
import pytest

from outlookd.cli import commands
from outlookd.settings.sections import DaemonSettings

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
PROGRAM = "/opt/outlookd/bin/outlookd"
ADMIN = "/opt/outlookd/share/outlookd/systemd/outlookd-admin"
EXPOSURE = "15"
"""Tenths: 1.5."""


def needs(tool):
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


def call(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=60, check=False)


def lines_of(name, key):
    """Every value of a key, whatever its section. Comments and continuation lines are systemd's to judge."""
    return re.findall(rf"^{key}=(.*)$", (UNITS / name).read_text(), re.MULTILINE)


def version():
    if shutil.which("systemd-analyze") is None:
        return 0
    return int(call("systemd-analyze", "--version").stdout.split()[1])


@pytest.fixture
def installed(tmp_path):
    """The units as they would be installed, but with a program that exists on this machine."""
    for path in (*UNITS.glob("*.service"), *UNITS.glob("*.timer")):
        (tmp_path / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true").replace(ADMIN, "/bin/true"))
    return tmp_path


# --- what systemd says ---------------------------------------------------------------------------------------------------


@needs("systemd-analyze")
@pytest.mark.parametrize("name", ["outlookd.service", "outlookd-backup.service", "outlookd-backup.timer"])
def test_systemd_has_nothing_to_remark(installed, name):
    """An unknown key or a bad value is only printed, and the command succeeds: silence is what counts."""
    answer = call("systemd-analyze", "verify", "--man=no", installed / name)
    assert (answer.returncode, answer.stderr) == (0, "")


@needs("systemd-analyze")
@pytest.mark.parametrize("name", ["outlookd.service", "outlookd-backup.service"])
def test_the_sandbox_is_tight(installed, name):
    answer = call("systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", installed / name)
    assert answer.returncode == 0, answer.stdout.splitlines()[-1]


@pytest.mark.skipif(version() < 254, reason="needs systemd 254")
def test_newer_systemds_have_nothing_to_remark_about_the_drop_in(installed):
    directory = installed / "outlookd.service.d"
    directory.mkdir()
    for path in (UNITS / "outlookd.service.d").iterdir():
        (directory / path.name).write_text(path.read_text().replace(PROGRAM, "/bin/true").replace(ADMIN, "/bin/true"))
    answer = call("systemd-analyze", "verify", "--man=no", installed / "outlookd.service")
    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.fixture
def machine(tmp_path):
    """An empty file system on which the two files were applied, by the tools that do it at boot."""
    (tmp_path / "etc").mkdir()
    users = call("systemd-sysusers", f"--root={tmp_path}", UNITS / "outlookd.sysusers")
    directories = call("systemd-tmpfiles", f"--root={tmp_path}", "--create", UNITS / "outlookd.tmpfiles")
    assert (users.returncode, directories.returncode, directories.stderr) == (0, 0, "")
    return tmp_path


@needs("systemd-sysusers")
@needs("systemd-tmpfiles")
@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to another user")
def test_secrets_are_roots_and_the_state_is_the_services(machine):
    [user] = [line.split(":") for line in (machine / "etc/passwd").read_text().splitlines() if line.startswith("outlookd:")]
    found = {
        str(path.relative_to(machine)): (path.stat().st_uid == int(user[2]), oct(stat.S_IMODE(path.stat().st_mode)))
        for path in machine.glob("*/**/")
        if path.is_dir() and "outlookd" in path.parts[-2:] + path.parts[-1:]
    }
    assert user[6] == "/usr/sbin/nologin"
    assert found == {
        "etc/outlookd": (False, "0o750"),
        "etc/outlookd/credentials": (False, "0o700"),
        "var/lib/outlookd": (True, "0o700"),
        "var/backups/outlookd": (True, "0o700"),
    }


# --- what has to agree ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["outlookd.service", "outlookd-backup.service", "outlookd.service.d/50-systemd-254.conf"])
def test_every_command_in_a_unit_exists_with_its_options(name):
    for value in (*lines_of(name, "ExecStart"), *lines_of(name, "ExecReload")):
        program, *words = shlex.split(value.removeprefix("+").removeprefix("/bin/sh ")) or ["/bin/kill"]
        if program in {PROGRAM, ADMIN}:
            command = commands.get_command(click.Context(commands), words[0])
            assert command is not None, value
            command.make_context(words[0], words[1:])


def test_a_stop_waits_longer_than_running_jobs_may_take():
    [timeout] = lines_of("outlookd.service", "TimeoutStopSec")
    assert int(timeout.removesuffix("s")) > DaemonSettings().grace.total_seconds() + 10


def test_a_wrong_configuration_is_not_tried_again():
    assert lines_of("outlookd.service", "RestartPreventExitStatus") == ["78"]
    assert lines_of("outlookd.service", "ExecStartPre") == []


def test_every_secret_of_the_sample_configuration_is_handed_over():
    named = re.findall(r"\$\{CREDENTIALS_DIRECTORY\}/([a-z_]+)", (ROOT / "etc" / "outlookd.toml").read_text())
    handed = {value.partition(":")[0] for value in lines_of("outlookd.service", "LoadCredential")}
    assert named
    assert {name.partition("_")[0] for name in named} <= handed


@pytest.mark.parametrize("name", ["outlookd-backup.service", "outlookd-admin"])
def test_all_that_read_the_configuration_get_the_same_secrets(name):
    handed = re.findall(r"LoadCredential=(\S+)", (UNITS / name).read_text())
    assert handed == lines_of("outlookd.service", "LoadCredential")


def test_every_directory_of_secrets_is_made():
    """A LoadCredential= whose source is missing keeps the service from starting."""
    made = {line.split()[1] for line in (UNITS / "outlookd.tmpfiles").read_text().splitlines() if line.startswith("d ")}
    assert {value.partition(":")[2] for value in lines_of("outlookd.service", "LoadCredential")} <= made


def test_the_administrators_command_is_a_sound_script():
    script = UNITS / "outlookd-admin"
    assert (call("sh", "-n", script).stderr, os.access(script, os.X_OK)) == ("", True)


def test_the_backups_sandbox_is_the_daemons():
    """Two lists that are meant to be one: what the daemon may not do, a backup may not do either."""
    daemon, backup = (
        set(
            re.search(r"^CapabilityBoundingSet=\n.*?\n(?=\n|IPAddress|\Z)", (UNITS / name).read_text(), re.MULTILINE | re.DOTALL)[
                0
            ].splitlines()
        )
        for name in ("outlookd.service", "outlookd-backup.service")
    )
    rules = {line for line in daemon - backup if not line.startswith("#")}
    assert rules == {"ProcSubset=all", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"}
