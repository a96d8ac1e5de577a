"""What the two pages for administrators tell to type, copy and set exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from outlookd.app.jobs.reload import RESTART
from outlookd.cli import commands
from outlookd.settings import SECTIONS, JobSettings

ROOT = Path(__file__).parents[2]
PAGES = ["installation.md", "operations.md"]
TABLE_KEY = re.compile(r"`([a-z]+)\.([a-z_]+)`")
SHARED = "/opt/outlookd/share/outlookd"


def text_of(page):
    return (ROOT / "docs" / page).read_text()


def typed_on(page):
    """Every line of a block of shell and every inline code, without comments and what follows a pipe or `&&`."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text_of(page), re.MULTILINE | re.DOTALL)
    without = re.sub(r"```.*?```", "", text_of(page), flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", without)
    return [part.strip() for line in lines for part in re.split(r"&&|\|", line.partition("  #")[0])]


COMMANDS = [(page, line) for page in PAGES for line in dict.fromkeys(typed_on(page)) if re.match(r"(\S*/)?outlookd [a-z-]", line)]


@pytest.mark.parametrize(("page", "line"), COMMANDS)
def test_every_command_on_the_pages_is_understood(page, line):
    words = shlex.split(line)[1:]
    if words[0].startswith("-"):
        assert words[0] in {opt for parameter in commands.get_params(click.Context(commands)) for opt in parameter.opts}
        return
    command = commands.get_command(click.Context(commands), words[0])
    assert command is not None
    command.make_context(words[0], words[1:])


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_use_the_commands(page):
    assert len([line for shown, line in COMMANDS if shown == page]) > 5


@pytest.mark.parametrize("page", PAGES)
def test_every_key_on_the_pages_is_one(page):
    """In text and tables `section.key`; `state.db` is a file."""
    named = {(section, key) for section, key in TABLE_KEY.findall(text_of(page)) if section in SECTIONS and key != "db"}
    assert named
    assert {f"{section}.{key}" for section, key in named if key not in SECTIONS[section].keys()} == set()  # noqa: SIM118 - a class method


def installed_from(page):
    """What is copied out of the installed share, with `cd` followed."""
    here = ""
    for line in typed_on(page):
        words = line.split()
        if words[:1] == ["cd"]:
            here = words[1]
        elif words[:1] == ["install"]:
            sources = words[words.index("-t") + 2 :] if "-t" in words else words[1:-1]
            yield from (
                word if word.startswith("/") else f"{here}/{word}" for word in sources if re.search(r"outlookd|\.conf", word)
            )


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_copied_is_in_the_wheel(page):
    """`etc` is installed as the share itself, `systemd` below it (pyproject.toml)."""
    wanted = [path.removeprefix(f"{SHARED}/") for path in installed_from(page) if path.startswith(SHARED)]
    missing = [path for path in wanted if not ((ROOT / "etc" / path).is_file() or (ROOT / path).is_file())]
    assert missing == []


def test_every_unit_and_companion_is_installed_by_the_guide():
    wanted = {path.removeprefix(f"{SHARED}/") for path in installed_from("installation.md")}
    shipped = {str(path.relative_to(ROOT)) for path in (ROOT / "systemd").rglob("*") if path.is_file()}
    assert shipped - wanted == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_place_in_the_share_exists(page):
    places = {path.rstrip("/.,") for path in re.findall(rf"{SHARED}/([\w./-]+)", text_of(page))}
    assert {place for place in places if not ((ROOT / "etc" / place).exists() or (ROOT / place).exists())} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_page_of_ours_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text_of(page))
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_every_secret_of_the_guide_is_handed_over_by_the_unit():
    handed = dict(re.findall(r"^LoadCredential=(\w+):(\S+)$", (ROOT / "systemd" / "outlookd.service").read_text(), re.MULTILINE))
    rows = re.findall(r"^\| (`[a-z]+/[a-z_]+`(?:, `[a-z]+/[a-z_]+`)*) \| (.*?) \|", text_of("installation.md"), re.MULTILINE)
    files = [name for cell, _ in rows for name in re.findall(r"`([^`]+)`", cell)]
    seen = [name for _, cell in rows for name in re.findall(r"`([^`]+)`", cell)]
    assert len(files) > 4
    assert seen == [name.replace("/", "_") for name in files]
    assert {name.partition("/")[0] for name in files} <= set(handed)


def test_the_required_keys_are_those_that_the_guide_fills_in():
    """A key without a default that the guide forgets would keep the daemon from starting."""
    required = {
        f"{name}.{key}" for name, model in SECTIONS.items() for key, field in model.model_fields.items() if field.is_required()
    }
    secrets = {f"{name}.{key}" for name, model in SECTIONS.items() for key in model.SECRETS}
    [table] = re.findall(r"These have to be filled in:\n\n(.*?)\n\n", text_of("installation.md"), re.DOTALL)
    assert {key for key in required - secrets if f"`{key}`" not in table} == set()
    assert "`[[job]]`" in table
    assert JobSettings.model_fields["user"].is_required()


def test_the_keys_that_need_a_restart_are_those_that_a_reload_leaves_alone():
    [table] = re.findall(r"^\| needs a restart \|.*?\n\n", text_of("operations.md"), re.MULTILINE | re.DOTALL)
    keys = set(TABLE_KEY.findall(table))
    for section in re.findall(r"`\[([a-z]+)\]`", table):
        keys |= {(section, key) for key in SECTIONS[section].model_fields}
    assert keys == {(section, key) for section, names in RESTART.items() for key in names}


def test_every_event_that_the_page_names_is_logged():
    """They stand in quotes, as in the code and in the log."""
    events = re.findall(r'`("[a-z]+(?:\.[a-z_]+)+")`', text_of("operations.md"))
    source = "".join(path.read_text() for path in (ROOT / "outlookd").rglob("*.py"))
    assert events
    assert [event for event in events if event not in source] == []
