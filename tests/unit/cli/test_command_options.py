"""Which jobs are meant, how far they are, how a command ends."""

from __future__ import annotations

import io
from types import SimpleNamespace

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlookd.cli import COMMANDS, commands, main, options
from outlookd.cli.progress import Lines

JOBS = [
    SimpleNamespace(user="claire", type="contact"),
    SimpleNamespace(user="paul", type="contact"),
    SimpleNamespace(user="paul", type="calendar"),
]


@pytest.mark.parametrize(
    ("user", "kind", "count"),
    [(None, None, 3), ("paul", None, 2), (None, "Contact", 2), ("paul", "CALENDAR", 1), ("claire", "contact", 1)],
)
def test_user_and_type_narrow_the_jobs(user, kind, count):
    assert len(options.select(JOBS, user, kind)) == count


@pytest.mark.parametrize(
    ("user", "kind", "words"),
    [
        ("clair", None, "Did you mean 'claire'"),
        ("zz", None, "Known users: claire, paul"),
        ("claire", "calendar", "Known types: contact"),
    ],
)
def test_what_nobody_has_is_wrong_use_and_names_what_there_is(user, kind, words):
    with pytest.raises(click.UsageError, match=words) as caught:
        options.select(JOBS, user, kind)
    assert caught.value.exit_code == 2


@given(st.lists(st.sampled_from([0, 1, 3, 4, 75, 78])))
def test_a_command_is_done_only_when_every_part_is(statuses):
    assert (options.worst(statuses) == 0) == (set(statuses) <= {0})


def test_a_failure_outweighs_a_question_and_a_question_outweighs_nothing():
    assert [options.worst(pair) for pair in ((3, 1), (75, 4), (0, 3), (78, 4))] == [1, 4, 3, 78]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_config_and_explains_itself(name):
    command = commands.get_command(click.Context(commands), name)
    assert any("--config" in parameter.opts for parameter in command.params)
    assert command.help


@pytest.mark.parametrize("name", ["sync", "plan", "status"])
def test_these_commands_take_user_type_and_json(name):
    command = commands.get_command(click.Context(commands), name)
    assert {"--user", "--type", "--json"} <= {opt for parameter in command.params for opt in parameter.opts}


@pytest.mark.parametrize(("arguments", "status"), [(["--help"], 0), (["snc"], 2), (["sync", "--no-such"], 2), (["connect"], 2)])
def test_wrong_use_ends_with_two(arguments, status, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == status


def test_a_mistyped_command_gets_the_nearest_one(capsys):
    with pytest.raises(SystemExit):
        main(["snyc"])
    assert "Did you mean 'sync'?" in capsys.readouterr().err


def test_a_missing_configuration_ends_with_78_and_says_what_to_copy(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["status", "--config", str(tmp_path / "none.toml")])
    assert caught.value.code == 78
    assert "copy the sample" in capsys.readouterr().err


def test_progress_off_a_terminal_is_a_line_now_and_then():
    now, out = [0.0], io.StringIO()
    show = Lines(out, now=lambda: now[0]).for_job("claire contact")
    for done in range(0, 1001, 10):
        now[0] += 0.05
        show("writes", done, 1000)
    written = out.getvalue().splitlines()
    assert written[0] == "claire contact: writing, 0 of 1000"
    assert written[-1] == "claire contact: writing, 1000 of 1000"
    assert len(written) == 4
