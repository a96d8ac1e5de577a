"""What `outlookd check --offline` looks at, and what it leaves alone."""

from __future__ import annotations

import json

import pytest
from unit.cli.configurations import write_configuration

from outlookd.cli import main


@pytest.fixture
def check(tmp_path, capsys):
    def call(map="{ givenName = 'prenom', surname = 'nom' }"):
        with pytest.raises(SystemExit) as caught:
            main(["check", "--offline", "--json", "--config", str(write_configuration(tmp_path, map=map))])
        return caught.value.code, json.loads(capsys.readouterr().out)["findings"]

    return call


def test_it_looks_at_settings_and_plugins_only(check):
    status, findings = check()
    assert status == 0
    assert {finding["about"].split()[0] for finding in findings} == {"settings", "plugin"}


def test_it_opens_no_database(check, tmp_path):
    check()
    assert not (tmp_path / "state.db").exists()


def test_it_judges_maps_as_their_handlers_do(check):
    status, findings = check("{ shoeSize = 'nom' }")
    assert status == 78
    assert "job[1].map" in findings[0]["text"]
