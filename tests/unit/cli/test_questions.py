"""Questions to a person: a Ctrl-C at one ends the command, and nothing was done."""

from __future__ import annotations

import ast
import signal
from pathlib import Path

import pytest
from unit.cli.configurations import write_configuration

import outlookd.cli
from outlookd.cli import INTERRUPTED, main

MODULES = sorted(Path(outlookd.cli.__file__).parent.glob("*.py"))


def functions_of(module):
    return [node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def mentioned(function):
    return {ast.unparse(node) for node in ast.walk(function) if isinstance(node, ast.Name | ast.Attribute)}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_nobody_is_asked_while_the_event_loop_runs_because_it_swallows_the_first_interruption(module):
    functions = functions_of(module)
    asking = {function.name for function in functions if "click.confirm" in mentioned(function)} | {"click.confirm"}
    assert not [f.name for f in functions if isinstance(f, ast.AsyncFunctionDef) and mentioned(f) & asking]


def test_an_interruption_at_the_question_forgets_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("click.confirm", lambda *_, **__: signal.raise_signal(signal.SIGINT) or True)
    with pytest.raises(SystemExit) as ended:
        main(["forget", "hugo", "--all", "--config", str(write_configuration(tmp_path))])
    assert (ended.value.code, "Interrupted." in capsys.readouterr().err) == (INTERRUPTED, True)
