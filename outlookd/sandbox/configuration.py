"""The daemon's configuration for a running sandbox, as text: what an administrator would have typed (design, section 6).

Knows the format from the design page only, not from the daemon's code. Secrets are not in the text; it names their files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from outlookd.sandbox.crowd import Member
from outlookd.sandbox.schema import ACTION_VIEW, CONTACT_VIEW, SETTINGS_VIEW
from outlookd.sandbox.seed import CALENDAR_MAP, CLAIRE, CLIENT_ID, CONTACT_MAP, FOLDER

REDIRECT_PATH = "/webservice/outlook-sync/getAccessToken.php"
"""Where GoPaaS's own page expects the sign-in to return to; the daemon takes over that path."""

API_KEY_FILE, CLIENT_SECRET_FILE, STATE_KEY_FILE = "gopaas-api-key", "entra-client-secret", "state-key"
OWN_KEY_FILE = f"gopaas-api-key-{CLAIRE}"
"""Her own key: her agenda's view asks for the appointments of whoever calls."""
STATE_FILE = "state.db"

JOBS = ("contact", "calendar")
CONTACT_JOB_MAP: Mapping[str, str] = {**CONTACT_MAP, "mobilePhone": f"{CONTACT_MAP['mobilePhone']} | phone_fr"}
CALENDAR_JOB_MAP: Mapping[str, str] = {**CALENDAR_MAP, "location": "lieu"}


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


def configuration_text(
    addresses: Addresses,
    directory: Path,
    *,
    web_listen: str,
    jobs: Collection[str] = JOBS,
    records: bool = False,
    crowd: Collection[Member] = (),
    interval: str = "5s",
) -> str:
    """The TOML of a daemon that runs these of claire's jobs, and those of the settings records or of a crowd if asked.

    The crowd's jobs are the application's own, without any sign-in; claire's cannot stand beside them. File names without a
    directory are relative to the file itself.
    """
    known = dict(zip(JOBS, (_contact_job(), _calendar_job()), strict=True))
    return "\n".join(
        (
            _services(addresses, records=records, alone=bool(crowd)),
            _daemon(directory, web_listen, interval),
            *(known[name] for name in JOBS if name in jobs),
            *map(_member_job, crowd),
        )
    )


def _services(addresses: Addresses, *, records: bool, alone: bool) -> str:
    """The other sides. `alone` says that the application signs in for everybody."""
    settings_view = f"settings_view = {_quoted(SETTINGS_VIEW)}\n" if records else ""
    mode = 'mode = "application"\n' if alone else ""
    return f"""\
# Written by the sandbox. Everything in it is invented; the keys open nothing but this sandbox.

[gopaas]
url = {_quoted(addresses.gopaas)}
api_key_file = {_quoted(API_KEY_FILE)}
timezone = "Europe/Paris"
page_size = 500
{settings_view}
[entra]
authority = {_quoted(addresses.entra)}
client_id = {_quoted(CLIENT_ID)}
client_secret_file = {_quoted(CLIENT_SECRET_FILE)}
instance_discovery = false
{mode}ca_file = {_quoted(str(addresses.ca_file))}

[graph]
url = {_quoted(addresses.graph)}
"""


def _daemon(directory: Path, web_listen: str, interval: str) -> str:
    return f"""\
[web]
listen = {_quoted(web_listen)}
public_url = {_quoted(f"http://{web_listen}")}

[state]
url = {_quoted(f"sqlite:///{directory / STATE_FILE}")}
key_file = {_quoted(STATE_KEY_FILE)}

[sync]
interval = {_quoted(interval)}
"""


def _contact_job() -> str:
    return f"""\
[[job]]
user = {_quoted(CLAIRE)}
type = "Contact"
table = "contact"
view = {_quoted(CONTACT_VIEW)}
folder = {_quoted(FOLDER)}
map = {_table(CONTACT_JOB_MAP)}
"""


def _member_job(member: Member) -> str:
    return f"""\
[[job]]
user = {_quoted(member.login)}
mailbox = {_quoted(member.upn)}
type = "Contact"
table = "contact"
view = {_quoted(member.view)}
folder = {_quoted(FOLDER)}
map = {_table(CONTACT_JOB_MAP)}
"""


def _calendar_job() -> str:
    return f"""\
[[job]]
user = {_quoted(CLAIRE)}
type = "Calendar"
table = "action"
view = {_quoted(ACTION_VIEW)}
user_field = "utilisateur"
api_key_file = {_quoted(OWN_KEY_FILE)}
map = {_table(CALENDAR_JOB_MAP)}
"""


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def _table(entries: Mapping[str, str]) -> str:
    """A TOML inline table."""
    return f"{{ {', '.join(f'{name} = {_quoted(value)}' for name, value in entries.items())} }}"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON's escapes are among those that TOML knows."""
    return json.dumps(text, ensure_ascii=False)
