"""The sample file, the reference page and the models name the same keys and the same defaults."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from outlookd.app import load_installation
from outlookd.settings import SECTIONS, JobSettings, SyncSettings, load_settings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "etc" / "outlookd.toml"
PAGE = ROOT / "docs" / "configuration.md"
KEY_LINE = re.compile(r"^# ([a-z_]+ = .+)$", re.MULTILINE)


def keys_of_the_models() -> dict[str, set[str]]:
    own = set(JobSettings.keys()) - set(SyncSettings.keys())
    return {name: set(model.keys()) for name, model in SECTIONS.items()} | {"job": own}


def shown_in_the_sample() -> dict[str, dict]:
    document = tomllib.loads(KEY_LINE.sub(r"\1", SAMPLE.read_text()))
    return {**document, "job": document["job"][0]}


def shown_on_the_page() -> dict[str, dict[str, str]]:
    sections = re.split(r"^## `\[+([a-z]+)\]+`$", PAGE.read_text(), flags=re.MULTILINE)[1:]
    rows = re.compile(r"^\| `([a-z_]+)` \| (.*?) \|", re.MULTILINE)
    return {name: dict(rows.findall(body)) for name, body in zip(sections[::2], sections[1::2], strict=True)}


def test_the_sample_shows_every_key_and_no_other():
    assert {name: set(table) for name, table in shown_in_the_sample().items()} == keys_of_the_models()


def test_the_page_describes_every_key_and_no_other():
    assert {name: set(table) for name, table in shown_on_the_page().items()} == keys_of_the_models()


@pytest.fixture
def credentials(tmp_path):
    secrets = {"gopaas_api_key": "k", "gopaas_api_key_login": "l", "entra_client_secret": "s", "state_key": "x"}
    for name, text in secrets.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    return {"CREDENTIALS_DIRECTORY": str(tmp_path)}


def test_the_sample_is_a_working_configuration(credentials):
    assert load_settings(SAMPLE, credentials).warnings == ()


def test_uncommenting_the_sample_changes_nothing(credentials, tmp_path):
    """What the sample calls a default is the default."""
    lines = KEY_LINE.sub(r"\1", SAMPLE.read_text())
    (tmp_path / "all.toml").write_text(lines)
    shown, silent = load_settings(tmp_path / "all.toml", credentials), load_settings(SAMPLE, credentials)
    for name in SECTIONS:
        assert getattr(shown, name) == getattr(silent, name)
    assert shown.jobs == silent.jobs


@pytest.fixture
def with_calendar(tmp_path):
    """The sample, with the job at its end uncommented."""
    file = tmp_path / "calendar.toml"
    file.write_text(re.sub(r"^#   ", "", SAMPLE.read_text(), flags=re.MULTILINE))
    return file


def test_the_samples_calendar_job_is_right_as_it_stands(with_calendar, credentials):
    """For its handler too: every name in its map exists."""
    settings = load_installation(with_calendar, credentials).settings
    assert ([job.type for job in settings.jobs], settings.warnings) == (["contact", "calendar"], ())


def test_the_pages_calendar_job_is_right_as_it_stands(credentials, tmp_path):
    (example,) = re.findall(r"```toml\n(\[\[job\]\]\n.*?)```", PAGE.read_text(), flags=re.DOTALL)
    (tmp_path / "page.toml").write_text(SAMPLE.read_text() + example.replace("gopaas_api_key_claire", "gopaas_api_key_login"))
    settings = load_installation(tmp_path / "page.toml", credentials).settings
    assert ([job.type for job in settings.jobs], settings.warnings) == (["contact", "calendar"], ())


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_and_the_sample_agree_on_defaults(section):
    page, sample = shown_on_the_page()[section], shown_in_the_sample()[section]
    for key, cell in page.items():
        if cell.startswith("`") and key != "public_url":
            assert tomllib.loads(f"x = {cell.strip('`')}")["x"] == sample[key], key
