"""The daemon's configuration for a running sandbox, as text: what an administrator would have typed (design, section 6).

Knows the format from the design page only, not from the daemon's code. Secrets are not in the text; it names their files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from outlookd.sandbox.schema import CONTACT_VIEW
from outlookd.sandbox.seed import CLAIRE, CLIENT_ID, CONTACT_MAP, FOLDER

REDIRECT_PATH = "/webservice/outlook-sync/getAccessToken.php"
"""Where GoPaaS's own page expects the sign-in to return to; the daemon takes over that path."""

API_KEY_FILE, CLIENT_SECRET_FILE, STATE_KEY_FILE = "gopaas-api-key", "entra-client-secret", "state-key"
STATE_FILE = "state.db"

JOB_MAP: Mapping[str, str] = {**CONTACT_MAP, "mobilePhone": f"{CONTACT_MAP['mobilePhone']} | phone_fr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where a running sandbox is reached. `entra` is an authority (with its tenant), the others are base addresses of an API."""

    entra: str
    graph: str
    gopaas: str
    ca_file: Path

    @property
    def outlook_page(self) -> str:
        """The page on which a person acts at Outlook."""
        return self.graph.removesuffix("/v1.0") + "/"

    @property
    def gopaas_page(self) -> str:
        """The page on which a person acts in the CRM."""
        return self.gopaas + "/"


def configuration_text(addresses: Addresses, directory: Path, *, web_listen: str) -> str:
    """The TOML of a daemon that serves claire's contacts. File names without a directory are relative to the file itself."""
    columns = ", ".join(f"{name} = {_quoted(column)}" for name, column in JOB_MAP.items())
    return f"""\
# Written by the sandbox. Everything in it is invented; the keys open nothing but this sandbox.

[gopaas]
url = {_quoted(addresses.gopaas)}
api_key_file = {_quoted(API_KEY_FILE)}
timezone = "Europe/Paris"
page_size = 500

[entra]
authority = {_quoted(addresses.entra)}
client_id = {_quoted(CLIENT_ID)}
client_secret_file = {_quoted(CLIENT_SECRET_FILE)}
instance_discovery = false
ca_file = {_quoted(str(addresses.ca_file))}

[graph]
url = {_quoted(addresses.graph)}

[web]
listen = {_quoted(web_listen)}
public_url = {_quoted(f"http://{web_listen}")}

[state]
url = {_quoted(f"sqlite:///{directory / STATE_FILE}")}
key_file = {_quoted(STATE_KEY_FILE)}

[sync]
interval = "10s"

[[job]]
user = {_quoted(CLAIRE)}
type = "Contact"
table = "contact"
view = {_quoted(CONTACT_VIEW)}
folder = {_quoted(FOLDER)}
map = {{ {columns} }}
"""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among those that TOML knows."""
    return json.dumps(text, ensure_ascii=False)
