"""What `outlookd export` and `outlookd forget --all` print, ask and refuse."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from unit.cli.configurations import write_configuration

from outlookd.cli import main
from outlookd.core.model import Commit
from outlookd.store import open_store
from outlookd.testing.samples import make_entry, make_link

HALF = "half a character: \ud83d"


@pytest.fixture
def configuration(tmp_path):
    """One job, of "login"; and what is left of one that "hugo" had."""
    file = write_configuration(tmp_path)

    async def remember():
        link = make_link("a", job="hugo/contact/contact/GoPaaS")
        async with open_store(f"sqlite:///{tmp_path}/state.db") as store:
            await store.commit([Commit(link=link, journal=make_entry(link, after={"displayName": HALF}))])
            await store.note("login/contact/contact", "folder", "lost")
            await store.begin_run(run="r", job="hugo/contact/contact/GoPaaS", user="hugo", type="contact", started=NOW)

    asyncio.run(remember())
    return file


NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def call(configuration, capsys):
    def call(command, *arguments):
        with pytest.raises(SystemExit) as caught:
            main([command, "--config", str(configuration), *map(str, arguments)])
        printed = capsys.readouterr()
        return caught.value.code, printed.out, printed.err

    return call


def known(call, tmp_path, login):
    """How many rows there are about a login, by an export."""
    target = tmp_path / "known.json"
    call("export", login, "--to", target)
    rows = json.loads(target.read_text())["tables"] if target.exists() else {}
    target.unlink(missing_ok=True)
    return sum(map(len, rows.values()))


def test_an_export_says_how_many_rows_of_which_table_it_wrote(call, tmp_path):
    status, said, _ = call("export", "hugo", "--to", tmp_path / "hugo.json")
    assert (status, "link          1" in said, "account       0" in said) == (0, True, True)


def test_an_export_carries_half_a_character(call, tmp_path):
    """Outlook shows what people paste."""
    call("export", "hugo", "--to", tmp_path / "hugo.json")
    [line] = json.loads((tmp_path / "hugo.json").read_bytes())["tables"]["journal"]
    assert line["after"] == {"displayName": HALF}


def test_an_export_to_a_place_that_is_not_there_says_so(call, tmp_path):
    status, _, complaint = call("export", "hugo", "--to", tmp_path / "nowhere" / "hugo.json")
    assert (status, "cannot be written" in complaint) == (1, True)


def test_somebody_who_is_forgotten_is_reported_table_by_table(call, tmp_path):
    status, said, told = call("forget", "hugo", "--all", "--yes")
    assert (status, "journal       1" in said, "Backups made before" in told) == (0, True, True)
    assert (known(call, tmp_path, "hugo"), known(call, tmp_path, "login")) == (0, 1)


@pytest.mark.parametrize(("answer", "left"), [(True, 0), (False, 3)])
def test_a_person_is_shown_what_goes_and_asked(call, tmp_path, monkeypatch, answer, left):
    asked = []
    monkeypatch.setattr("click.confirm", lambda question, **_: asked.append(question) or answer)
    status, _, told = call("forget", "hugo", "--all")
    assert (status, "link          1" in told, len(asked)) == (0 if answer else 1, True, 1)
    assert known(call, tmp_path, "hugo") == left


def test_somebody_who_still_has_a_job_is_not_forgotten(call, tmp_path):
    status, _, complaint = call("forget", "login", "--all", "--yes")
    assert (status, "job[1]" in complaint, known(call, tmp_path, "login")) == (1, True, 1)


@pytest.mark.parametrize("options", [("--yes",), ("--although-configured",), ("--all", "--json")])
def test_options_that_make_no_sense_together_are_wrong_use(call, options):
    assert call("forget", "hugo", *options)[0] == 2
