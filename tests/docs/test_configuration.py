"""The sample file, the reference page and the models name the same keys and the same defaults."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

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
    for name, text in {"gopaas_api_key": "k", "entra_client_secret": "s", "state_key": "x"}.items():
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


@pytest.mark.parametrize("section", SECTIONS)
def test_the_page_and_the_sample_agree_on_defaults(section):
    page, sample = shown_on_the_page()[section], shown_in_the_sample()[section]
    for key, cell in page.items():
        if cell.startswith("`") and key != "public_url":
            assert tomllib.loads(f"x = {cell.strip('`')}")["x"] == sample[key], key
