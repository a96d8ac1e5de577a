"""A working configuration in a directory, for tests that break one thing at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from outlookd.errors import ConfigurationError
from outlookd.settings import load_settings

WORKING = """
[gopaas]
url = "https://crm.example.com/app"
api_key_file = "gopaas.key"

[entra]
client_id = "app"
client_secret_file = "entra.secret"

[state]
key_file = "state.key"
"""

JOB = """
[[job]]
user = "claire"
type = "Contact"
table = "contact"
view = 1170
map = { givenName = "prenom" }
"""


class Configuration:
    """A directory with secrets, and one file in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "outlookd.toml"
        for name, text in {"gopaas.key": "key-canary\n", "entra.secret": "secret-canary\r\n", "state.key": "state-canary"}.items():
            (directory / name).write_text(text)
            (directory / name).chmod(0o600)

    def load(self, text=WORKING + JOB, environ=None, **options):
        self.file.write_text(text)
        return load_settings(self.file, environ or {}, **options)

    def faults(self, text=WORKING + JOB, environ=None, **options):
        """The faults, without the file's name in front."""
        with pytest.raises(ConfigurationError) as caught:
            self.load(text, environ, **options)
        return [fault.removeprefix(f"{self.file}: ") for fault in caught.value.faults]


@pytest.fixture
def configuration(tmp_path):
    return Configuration(tmp_path)


@pytest.fixture
def working():
    return WORKING


@pytest.fixture
def job():
    return JOB
