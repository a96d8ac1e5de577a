"""Options of ``connect`` that contradict each other are wrong use, told before anything is opened."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from outlookd.cli.connect import command


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'LOGIN'"),
        (["--device"], "Missing argument 'LOGIN'"),
        (["claire", "--yes"], "--yes goes with --device only"),
        (["claire", "--device", "--json"], "needs --yes"),
        (["--admin-consent", "--device"], "goes with no other option"),
        (["--admin-consent", "--replace"], "goes with no other option"),
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_refused(arguments, words):
    result = CliRunner().invoke(command, [*arguments, "--config", "there is no such file"])
    assert result.exit_code == 2
    assert words in result.output
