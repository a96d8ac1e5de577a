"""What `outlookd check --offline` looks at, and what it leaves alone."""

from __future__ import annotations

import json

import pytest

from outlookd.cli import main

SETTINGS = """
[gopaas]
url = "https://crm.example.com/app"
api_key_file = "secret"
[entra]
client_id = "11111111-1111-1111-1111-111111111111"
client_secret_file = "secret"
[state]
url = "sqlite:///{state}"
key_file = "secret"
[[job]]
user = "login"
type = "Contact"
table = "contact"
view = "contact.default"
map = {{ givenName = "prenom", {extra} }}
"""


@pytest.fixture
def check(tmp_path, capsys):
    secret = tmp_path / "secret"
    secret.write_text("s")
    secret.chmod(0o600)

    def call(extra="surname = 'nom'"):
        file = tmp_path / "outlookd.toml"
        file.write_text(SETTINGS.format(state=tmp_path / "state.db", extra=extra))
        with pytest.raises(SystemExit) as caught:
            main(["check", "--offline", "--json", "--config", str(file)])
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
    status, findings = check("shoeSize = 'nom'")
    assert status == 78
    assert "job[1].map" in findings[0]["text"]
