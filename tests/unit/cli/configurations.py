"""A configuration with one job, for commands that call nobody."""

from __future__ import annotations

from pathlib import Path

TEXT = """
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
type = "{kind}"
table = "contact"
view = "contact.default"
map = {map}
"""


def write_configuration(directory: Path, *, kind: str = "Contact", map: str = '{ givenName = "prenom" }') -> Path:
    """The file, with a secret beside it that serves for everything. The state database is ``state.db`` there."""
    secret = directory / "secret"
    secret.write_text("s")
    secret.chmod(0o600)
    file = directory / "outlookd.toml"
    file.write_text(TEXT.format(state=directory / "state.db", kind=kind, map=map))
    return file
