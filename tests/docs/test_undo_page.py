"""What docs/undo.md tells to type is understood, and every reason in its table is one that an undo gives, and none is missing."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

from outlookd.cli import commands
from outlookd.core.model import Side

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "undo.md").read_text()
TYPED = [line.partition("#")[0] for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
TABLE = PAGE.partition("| reason |")[2].partition("\n\n")[0]
NAMED = {reason for row in TABLE.splitlines() for reason in re.findall(r"`([^`]+)`", row.partition("|")[2].partition("|")[0])}
SOURCES = ("core/undo.py", "sync/undo.py", "sync/glimpse.py")
OF_THE_FIREWALL = {"other people would be told", "somebody else organises it", "it has begun"}
UNSEEN = {"it has nothing there", "it was changed at this moment, or was refused; the log says more, and the undo can be repeated"}
"""What says no more than that the undo is to be repeated, or cannot be met with."""


@pytest.mark.parametrize("line", [line for line in TYPED if line])
def test_every_command_is_understood(line):
    name, *words = shlex.split(line)[1:]
    command = commands.get_command(click.Context(commands), name)
    assert command is not None
    command.make_context(name, words)


def given() -> set[str]:
    """Every text in the code of undo that is a part of a sentence."""
    trees = [ast.parse((ROOT / "outlookd" / source).read_text()) for source in SOURCES]
    nodes = (node for tree in trees for node in ast.walk(tree))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {text for text in texts if re.fullmatch(r"(it|its|a|other|nobody|the|what|somebody) .*[a-zA-Z]", text)}


def test_the_table_has_every_reason():
    assert given() - UNSEEN <= NAMED


def test_every_reason_of_the_table_is_given():
    sides = {f"this job does not write to {side.label} any more" for side in Side}
    shown = {reason for reason in NAMED if reason.startswith(("GoPaaS", "Outlook"))}
    code = "".join((ROOT / "outlookd" / source).read_text() for source in SOURCES)
    assert NAMED - given() - sides - OF_THE_FIREWALL - shown == set()
    assert {reason for reason in shown if f'"{reason}"' not in code} == set()
