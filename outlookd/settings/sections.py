"""The tables of the configuration that exist once, one frozen model each: keys, defaults, rules.

Knows no file: secrets arrive here already read (`SECRETS` names the keys that the file spells ``<key>_file``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from outlookd.settings.values import (
    Address,
    DirectoryId,
    Duration,
    Listen,
    SecureUrl,
    ServiceUrl,
    Zone,
    blank_is_none,
    is_loopback,
    parse_listen,
    parse_zone,
)

OptionalText = Annotated[str | None, BeforeValidator(blank_is_none)]
Positive = Annotated[Duration, Field(gt=timedelta(0))]
OptionalPath = Annotated[Path | None, BeforeValidator(blank_is_none)]

SETTINGS_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        name: name
        for name in (
            "cle", "utilisateur", "client_id", "id_secret", "type", "id_libelle", "user_calendar", "tablename", "vue", "map",
        )
    }
)  # fmt: skip
"""The fields of GoPaaS's own settings records, by what they mean. The left names are GoPaaS's usual ones."""


_SHARED_AUTHORITIES = frozenset({"organizations", "common"})


class Section(BaseModel):
    """One table. Unknown keys are refused, values never change, and numbers may stand where text is meant (view = 1170)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        coerce_numbers_to_str=True,
        str_strip_whitespace=True,
        validate_default=True,
        hide_input_in_errors=True,
    )
    SECRETS: ClassVar[tuple[str, ...]] = ()
    MANY_LINES: ClassVar[bool] = False
    """Whether a secret's file may hold several, one per line."""
    STRICT: ClassVar[bool] = False
    """Whether a secret's file that others may read is a fault, and not only worth a warning."""

    def remarks(self) -> Iterator[tuple[str, str]]:
        """Keys that are right but do not do what one would think, each with a sentence. They become warnings."""
        yield from ()

    @classmethod
    def sound_part(cls, sound: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        """What may be looked at further in a table with faults: its `sound` keys, and what is sound within the others."""
        del given
        return sound

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Every key as the administrator writes it: secrets end in ``_file``."""
        return tuple(f"{name}_file" if name in cls.SECRETS else name for name in cls.model_fields)


class GopaasSettings(Section):
    """``[gopaas]``: where the CRM is and as whom we call it."""

    SECRETS = ("api_key", "client_secret")

    url: ServiceUrl
    api_key: SecretStr | None = None
    client_id: OptionalText = None
    client_secret: SecretStr | None = None
    grant_type: str = Field(default="client_credentials", min_length=1)
    timezone: Zone = Field(default_factory=lambda: _zone("Europe/Paris"))
    page_size: int = Field(default=500, ge=1, le=5000)
    ca_file: OptionalPath = None
    settings_view: OptionalText = None
    settings_table: OptionalText = None
    settings_interval: Positive = timedelta(minutes=5)
    settings_fields: Mapping[str, str] = Field(default_factory=lambda: SETTINGS_FIELDS)

    @field_validator("settings_fields")
    @classmethod
    def _complete_fields(cls, given: Mapping[str, str]) -> Mapping[str, str]:
        unknown = sorted(set(given) - set(SETTINGS_FIELDS))
        if unknown:
            raise ValueError(f"does not know {unknown[0]!r}; the names are {', '.join(SETTINGS_FIELDS)}")
        return MappingProxyType({**SETTINGS_FIELDS, **given})

    @model_validator(mode="after")
    def _one_way_in(self) -> GopaasSettings:
        if self.api_key and (self.client_id or self.client_secret):
            raise ValueError("has both api_key_file and client_id: keep the one that outlookd shall use")
        if bool(self.client_id) != bool(self.client_secret):
            raise ValueError("needs client_id and client_secret_file together")
        return self

    @property
    def has_credentials(self) -> bool:
        """Whether jobs without a key of their own can call GoPaaS."""
        return self.api_key is not None or self.client_secret is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """An application in Entra that users sign in through: its client id, and the value of its secret."""

    client_id: str
    client_secret: SecretStr


class EntraSettings(Section):
    """``[entra]``: the application registration that users sign in through.

    `client_id` and `client_secret` are blank where every user's settings record brings its own (`loading` sees to that). `tenants`
    are the directories whose accounts may: needed where `authority` is one that many directories share. Nobody can ask Entra when a
    client secret ends, so `client_secret_expires` repeats the day that was shown when it was made.
    """

    SECRETS = ("client_secret",)

    authority: SecureUrl = "https://login.microsoftonline.com/organizations"
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_expires: Annotated[date | None, BeforeValidator(blank_is_none)] = None
    instance_discovery: bool = True
    ca_file: OptionalPath = None
    mode: Literal["delegated", "application"] = "delegated"
    tenants: tuple[DirectoryId, ...] = ()

    @model_validator(mode="after")
    def _application_of_one_directory(self) -> EntraSettings:
        if self.mode == "application" and self.authority.rpartition("/")[2].lower() in _SHARED_AUTHORITIES:
            raise ValueError('must name one directory in authority with mode = "application": an application is allowed in by one')
        return self

    @property
    def registration(self) -> Registration | None:
        """The registration of those who bring none of their own, if there is one."""
        return Registration(client_id=self.client_id, client_secret=self.client_secret) if self.client_id else None

    @property
    def admits_anybody(self) -> bool:
        """Whether an account of any company may be connected."""
        return not self.tenants and self.authority.rpartition("/")[2].lower() in _SHARED_AUTHORITIES


class GraphSettings(Section):
    """``[graph]``: Microsoft Graph. `concurrency` is per mailbox; Graph itself allows four."""

    url: ServiceUrl = "https://graph.microsoft.com/v1.0"
    ca_file: OptionalPath = None
    concurrency: int = Field(default=3, ge=1, le=4)
    notifications: bool = False


class WebSettings(Section):
    """``[web]``: the pages. `public_url` is what browsers and Entra use; it is never guessed from a Host header."""

    listen: Address = Listen("127.0.0.1", 8080)
    public_url: ServiceUrl = "http://localhost:8080"
    redirect_path: str = Field(default="/webservice/outlook-sync/getAccessToken.php", pattern=r"^/[A-Za-z0-9._~/-]+$")
    admins: tuple[str, ...] = ()
    """GoPaaS logins that may see everybody's state and change everybody's map."""

    @property
    def redirect_uri(self) -> str:
        """Where Entra sends people back to, as it is registered there."""
        return self.public_url + self.redirect_path


class MetricsSettings(Section):
    """``[metrics]``: a server of its own for Prometheus; blank means the same server as [web], for loopback callers only."""

    listen: Annotated[Listen | None, BeforeValidator(parse_listen)] = None


class DaemonSettings(Section):
    """``[daemon]``: how much at once, and how long a stop may take. systemd kills after 45 seconds."""

    parallel: int = Field(default=16, ge=1, le=256)
    grace: Duration = timedelta(seconds=25)


class NotifySettings(Section):
    """``[notify]``: who is told that a person must sign in again, or an administrator act. Blank: only log and metrics."""

    SECRETS = ("smtp_password", "webhook_key")

    smtp: Annotated[Listen | None, BeforeValidator(parse_listen)] = None
    smtp_user: OptionalText = None
    smtp_password: SecretStr | None = None
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    mail_from: OptionalText = None
    mail_to: OptionalText = None
    webhook: Annotated[ServiceUrl | None, BeforeValidator(blank_is_none)] = None
    webhook_key: SecretStr | None = None

    def remarks(self) -> Iterator[tuple[str, str]]:
        """What was given by halves: the mails then go without a sign-in, and no web hook is called."""
        if self.smtp_user and self.smtp_password is None:
            yield "smtp_user", "is not used without smtp_password_file"
        if self.smtp_password is not None and not self.smtp_user:
            yield "smtp_password_file", "is not used without smtp_user"
        if self.webhook_key is not None and self.webhook is None:
            yield "webhook_key_file", "is not used without webhook"

    @model_validator(mode="after")
    def _mail_needs_all(self) -> NotifySettings:
        given = [bool(self.smtp), bool(self.mail_from), bool(self.mail_to)]
        if any(given) and not all(given):
            raise ValueError("needs smtp, mail_from and mail_to together, or none of them")
        if self.smtp is not None and self.smtp_tls == "none" and self.smtp_user and not is_loopback(self.smtp.host):
            raise ValueError('must not send a password without TLS: use "starttls" or "tls", or a relay on this machine')
        return self


class StateSettings(Section):
    """``[state]``: the database and the key that encrypts what is secret in it. The first key encrypts, all of them decrypt."""

    SECRETS = ("key",)
    MANY_LINES = True
    STRICT = True  # whoever has the key and a backup has everybody's mailbox

    url: str = "sqlite:////var/lib/outlookd/state.db"
    key: SecretStr

    @field_validator("url")
    @classmethod
    def _of_sqlite(cls, url: str) -> str:
        # Not shown: the address of another kind of database may hold a password.
        if not url.startswith("sqlite:///") or len(url) == len("sqlite:///"):
            raise ValueError("must be sqlite:/// and the path of a file, such as sqlite:////var/lib/outlookd/state.db")
        return url


class RetentionSettings(Section):
    """``[retention]``: how long the state database remembers values and what has ended.

    `journal` is also how far back "undo" and "why" reach.
    """

    journal: Positive = timedelta(days=90)
    conflicts: Positive = timedelta(days=365)
    tombstones: Positive = timedelta(days=180)


class GuardSettings(Section):
    """``[guard]``: how much one run may change before a person is asked (design rule 15)."""

    deletes_min: int = Field(default=5, ge=0)
    deletes_percent: int = Field(default=10, ge=0, le=100)
    shrink_percent: int = Field(default=20, ge=0, le=100)
    field_percent: int = Field(default=30, ge=0, le=100)
    creates_min: int = Field(default=500, ge=0)
    creates_percent: int = Field(default=50, ge=0, le=100)


class PluginsSettings(Section):
    """``[plugins]``: which ones are loaded. `settings` holds the ``[plugins.NAME]`` tables, as they are."""

    directory: OptionalPath = None
    disabled: tuple[str, ...] = ()
    settings: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Without `settings`, which the file spells as tables of their own."""
        return tuple(name for name in cls.model_fields if name != "settings")

    @model_validator(mode="before")
    @classmethod
    def _gather_tables(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or isinstance(raw.get("settings"), MappingProxyType):
            return raw
        tables = {name: value for name, value in raw.items() if isinstance(value, Mapping)}
        return {name: value for name, value in raw.items() if name not in tables} | {"settings": MappingProxyType(tables)}


def _zone(name: str) -> Any:
    return parse_zone(name)
