"""The page that explains `why`, `conflicts` and `quarantine` tells of commands, words and answers that exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from outlookd.cli import commands
from outlookd.core.story import Chapter
from outlookd.web.remedies import Cure
from outlookd.web.words.kept import KEPT
from outlookd.web.words.reasons import EVERY

PAGE = (Path(__file__).parents[2] / "docs" / "why.md").read_text()
TYPED = [
    line.partition("  #")[0].strip() for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]


def understand(command: click.Command, words: list[str]) -> None:
    """Parse as the shell's words would be, a command's own command included."""
    name, *rest = words
    context = click.Context(commands)
    if isinstance(command, click.Group) and rest and (inner := command.get_command(context, rest[0])) is not None:
        understand(inner, rest)
    else:
        command.make_context(name, rest)


@pytest.mark.parametrize("line", TYPED)
def test_every_command_on_the_page_is_understood(line):
    program, *words = shlex.split(line)
    assert program == "outlookd"
    command = commands.get_command(click.Context(commands), words[0])
    assert command is not None
    understand(command, words)


def test_the_page_names_every_chapter_and_every_cure():
    assert [chapter for chapter in Chapter if chapter not in PAGE] == []
    assert [cure for cure in Cure if f"`{cure}`" not in PAGE] == []


def test_every_answer_of_the_page_is_one():
    said = " ".join(english for english, _ in (*EVERY.values(), *KEPT.values()))
    table = PAGE.partition("| answer | meaning |")[2].partition("\n\n")[0]
    answers = [answer.strip().removesuffix(" ...") for answer in re.findall(r"^\| (\S.*?[.]+) \|", table, re.MULTILINE)]
    assert len(answers) > 5
    assert [part for answer in answers for part in answer.split(" / ") if part not in said] == []
