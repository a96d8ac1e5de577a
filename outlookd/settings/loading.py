"""From a file and an environment to `Settings`: read, overlay, resolve secrets, validate table by table, report everything.

Tables are validated one by one, so that a fault in one never hides the faults of another. Precedence: environment, file, default.
"""

from __future__ import annotations

import contextlib
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import SecretStr, ValidationError

from outlookd.errors import ConfigurationError
from outlookd.settings.credentials import locate, read_secret
from outlookd.settings.faults import quoted, section_faults
from outlookd.settings.jobs import JobSettings, SyncSettings
from outlookd.settings.sections import (
    DaemonSettings,
    EntraSettings,
    GopaasSettings,
    GraphSettings,
    GuardSettings,
    MetricsSettings,
    NotifySettings,
    PluginsSettings,
    RetentionSettings,
    Section,
    StateSettings,
    WebSettings,
)
from outlookd.settings.values import nearest

SECTIONS: Mapping[str, type[Section]] = {
    "gopaas": GopaasSettings,
    "entra": EntraSettings,
    "graph": GraphSettings,
    "web": WebSettings,
    "metrics": MetricsSettings,
    "daemon": DaemonSettings,
    "notify": NotifySettings,
    "state": StateSettings,
    "retention": RetentionSettings,
    "sync": SyncSettings,
    "guard": GuardSettings,
    "plugins": PluginsSettings,
}
"""Every table of the file except ``[[job]]``."""

PREFIX = "OUTLOOKD_"
_Model = TypeVar("_Model", bound=Section)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the administrator decided. `file` is where it came from; `warnings` is what works but should not stay so."""

    gopaas: GopaasSettings
    entra: EntraSettings
    graph: GraphSettings
    web: WebSettings
    metrics: MetricsSettings
    daemon: DaemonSettings
    notify: NotifySettings
    state: StateSettings
    retention: RetentionSettings
    sync: SyncSettings
    guard: GuardSettings
    plugins: PluginsSettings
    jobs: tuple[JobSettings, ...] = ()
    file: Path
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What a job's handler has to say about a setting. `job` counts from 0 among those it was asked about; None is ``[sync]``.

    One that is not `fatal` becomes a warning.
    """

    job: int | None
    key: str
    sentence: str
    fatal: bool = True


Examine = Callable[[PluginsSettings, SyncSettings, Sequence[JobSettings]], Iterable[Remark]]
"""What only the plugins know about ``[sync]`` and the jobs.

Called with whatever is valid, so that one fault never hides another: keys that have a fault of their own are left at their
defaults, or blank.
"""


def load_settings(path: Path, environ: Mapping[str, str], *, examine: Examine | None = None) -> Settings:
    """Read `path`, let `environ` override it, and check everything.

    `examine` adds the faults that need plugins (unknown types, map names, transforms), so that all of them come in one report.
    Raises ConfigurationError with one line per fault: file, key, what is wrong (design section 6).
    """
    return _Loading(path=path, environ=environ).settings(examine)


@dataclass(slots=True, kw_only=True)
class _Loading:
    """One reading of one file: collects faults and warnings on the way."""

    path: Path
    environ: Mapping[str, str]
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    remnants: dict[str, Section] = field(default_factory=dict)
    """What is left of tables that have a fault, by place."""

    def settings(self, examine: Examine | None) -> Settings:
        document = self._overlay(self._document())
        self._unknown_tables(document)
        tables = {name: self._table(name, name, model, document.get(name, {})) for name, model in SECTIONS.items()}
        sync = cast("SyncSettings", tables["sync"] or self.remnants.get("sync") or SyncSettings())
        jobs = [job and job.inherit(sync) for job in self._jobs(document.get("job", []))]
        self._check_together(tables, jobs)
        self._check_registration(document, jobs)
        if examine is not None:
            self._examine(examine, cast("PluginsSettings", tables["plugins"] or PluginsSettings()), sync, jobs)
        if self.faults:
            raise ConfigurationError("The configuration cannot be used.", faults=self.faults)
        return Settings(
            **cast("dict[str, Any]", tables),
            jobs=tuple(job for job in jobs if job is not None),
            file=self.path,
            warnings=tuple(self.warnings),
        )

    def _examine(self, examine: Examine, plugins: PluginsSettings, sync: SyncSettings, jobs: Sequence[JobSettings | None]) -> None:
        usable: list[tuple[int, JobSettings]] = []
        for index, job in enumerate(jobs):
            remnant = self.remnants.get(_job(index))
            if job is not None:
                usable.append((index, job))
            elif isinstance(remnant, JobSettings):
                usable.append((index, remnant.inherit(sync)))
        for remark in examine(plugins, sync, [job for _, job in usable]):
            place = "sync" if remark.job is None else _job(usable[remark.job][0])
            say = self._fault if remark.fatal else self._warn
            say(f"{place}.{remark.key}" if remark.key else place, remark.sentence)

    # --- sources ---------------------------------------------------------------------------------------------------------

    def _document(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path.read_bytes().decode("utf-8-sig"))
        except FileNotFoundError:
            hint = "copy the sample to there (etc/outlookd.toml, installed as share/outlookd/outlookd.toml)"
            fault = f"{self.path}: there is no such file; {hint}, or name another file with --config or OUTLOOKD_CONFIG"
        except OSError as error:
            fault = f"{self.path}: cannot be read ({error.strerror}); give the user that runs outlookd the right to read it"
        except UnicodeDecodeError:
            fault = f"{self.path}: is not UTF-8 text; save it as UTF-8"
        except tomllib.TOMLDecodeError as error:
            fault = f"{self.path}: is not valid TOML: {_syntax(error)}"
        except RecursionError:
            fault = f"{self.path}: has brackets within brackets, too many to be read"
        raise ConfigurationError("The configuration cannot be read.", faults=[fault])

    def _overlay(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with ``OUTLOOKD_SECTION__KEY`` on top. Lists and tables are written as JSON there."""
        for variable in sorted(name for name in self.environ if name.startswith(PREFIX) and "__" in name):
            section, _, key = variable.removeprefix(PREFIX).lower().partition("__")
            if section not in SECTIONS:
                self.faults.append(f"environment variable {variable}: unknown table [{section}]{nearest(section, SECTIONS)}")
                continue
            table = document.setdefault(section, {})
            if isinstance(table, dict):
                self._put(table, SECTIONS[section], key, self.environ[variable])
                self.origins[f"{section}.{key}"] = f"environment variable {variable}"
        return document

    def _put(self, table: dict[str, Any], model: type[Section], key: str, value: str) -> None:
        if key in model.SECRETS:
            table.pop(f"{key}_file", None)
            table[key] = SecretStr(value.strip("\r\n"))
            return
        table[key] = value
        if value.lstrip()[:1] in {"[", "{"}:
            try:
                table[key] = json.loads(value)
            except (json.JSONDecodeError, RecursionError):
                return  # kept as text: an IPv6 address begins with a bracket too, and the model says the rest

    def _unknown_tables(self, document: Mapping[str, Any]) -> None:
        for name in document:
            if name not in SECTIONS and name != "job":
                self._fault(name, f"unknown table{nearest(name, [*SECTIONS, 'job'])}")

    # --- tables ----------------------------------------------------------------------------------------------------------

    def _table(self, place: str, name: str, model: type[_Model], raw: object) -> _Model | None:
        if not isinstance(raw, Mapping):
            self._fault(place, f"must be a table: write [{name}]")
            return None
        values = self._with_secrets(place, model, dict(raw))
        self._check_files(place, values)
        try:
            section = model.model_validate(values)
        except ValidationError as error:
            for key, sentence in section_faults(error, model):
                self._fault(f"{place}.{key}" if key else place, sentence)
            self._keep_remnant(place, model, values, {str(detail["loc"][0]) for detail in error.errors() if detail["loc"]})
            return None
        for key, sentence in section.remarks():
            self._warn(f"{place}.{key}", sentence)
        return section

    def _keep_remnant(self, place: str, model: type[Section], values: Mapping[str, Any], faulty: set[str]) -> None:
        sound = model.sound_part({key: value for key, value in values.items() if key not in faulty}, values)
        with contextlib.suppress(ValidationError):
            self.remnants[place] = model.model_validate(sound)

    def _with_secrets(self, place: str, model: type[Section], values: dict[str, Any]) -> dict[str, Any]:
        """`values` with each ``<secret>_file`` replaced by what the file holds, and secrets in the open refused."""
        for name in model.SECRETS:
            if name in values and not isinstance(values[name], SecretStr):
                self._fault(
                    f"{place}.{name}",
                    f"a secret does not belong into the configuration; write it into a file and name that: {name}_file",
                )
                values[name] = _UNUSABLE
            named = values.pop(f"{name}_file", None)
            if named is not None and named != "" and not isinstance(values.get(name), SecretStr):
                values[name] = self._secret(f"{place}.{name}_file", named, model)
        return values

    def _secret(self, key: str, named: object, model: type[Section]) -> SecretStr:
        if not isinstance(named, str):
            self._fault(key, "must be the path of a file, in quotes")
            return _UNUSABLE
        try:
            text, warning = read_secret(named, beside=self.path.parent, environ=self.environ, many=model.MANY_LINES)
        except ValueError as error:
            self._fault(key, str(error))
            return _UNUSABLE
        if warning:
            say = self._fault if model.STRICT else self._warn
            say(key, warning)
        return SecretStr(text)

    def _check_files(self, place: str, values: dict[str, Any]) -> None:
        """Make paths absolute and see that they exist: a missing one would otherwise show as something else, hours later."""
        for key, kind, exists in (("ca_file", "file", Path.is_file), ("directory", "directory", Path.is_dir)):
            named = values.get(key)
            if not isinstance(named, str) or not named.strip():
                continue
            try:
                path = locate(named, beside=self.path.parent, environ=self.environ)
            except ValueError as error:
                self._fault(f"{place}.{key}", str(error))
                continue
            if not exists(path):
                self._fault(f"{place}.{key}", f"the {kind} {path} does not exist")
            values[key] = str(path)

    def _jobs(self, raw: object) -> list[JobSettings | None]:
        if not isinstance(raw, list):
            self._fault("job", "must be a list of tables: write [[job]], with two brackets")
            return []
        jobs = [self._table(_job(index), "[job]", JobSettings, entry) for index, entry in enumerate(raw)]
        first: dict[tuple[str, ...], int] = {}
        for index, job in enumerate(jobs):
            if job is None:
                continue
            earlier = first.setdefault(job.place, index)
            if earlier != index and job.of_contacts:
                self._fault(
                    f"{_job(index)}.folder",
                    f"is that of {_job(earlier)} too: give each job of a user a folder of its own (upper and lower case are one)",
                )
            elif earlier != index:
                sentence = f"is the same as {_job(earlier)}: user, type, table and folder must differ in one at least"
                self._fault(_job(index), sentence)
        return jobs

    def _check_together(self, tables: Mapping[str, Section | None], jobs: Sequence[JobSettings | None]) -> None:
        self._check_mailboxes(tables["entra"], jobs)
        gopaas = tables["gopaas"]
        if not isinstance(gopaas, GopaasSettings) or gopaas.has_credentials:
            return
        if not jobs or gopaas.settings_view or any(job is not None and job.api_key is None for job in jobs):
            self._fault("gopaas", "has no credentials: set api_key_file, or client_id and client_secret_file")

    def _check_mailboxes(self, entra: Section | None, jobs: Sequence[JobSettings | None]) -> None:
        """An application signs in for nobody: each job must say which mailbox it is for, and two users cannot share one."""
        if not isinstance(entra, EntraSettings) or entra.mode != "application":
            return
        owners: dict[str, str] = {}
        for index, job in enumerate(jobs):
            if job is None:
                continue
            name = (job.mailbox or "").lower()
            if not name or "/" in name:
                self._fault(
                    f"{_job(index)}.mailbox", 'must be the mailbox\'s address or object id, with entra.mode = "application"'
                )
            elif owners.setdefault(name, job.user) != job.user:
                self._fault(f"{_job(index)}.mailbox", "is another user's too; each mailbox belongs to one user")

    def _check_registration(self, document: Mapping[str, Any], jobs: Sequence[JobSettings | None]) -> None:
        """Whether [entra] must name a registration, and does. Settings records bring their own, a [[job]] does not.

        Looks at what was written and not at the models: a fault of another key must not hide this one.
        """
        given, gopaas = document.get("entra", {}), document.get("gopaas", {})
        if not isinstance(given, Mapping):
            return
        written = {"client_id": given.get("client_id"), "client_secret_file": given.get("client_secret_file")}
        written["client_secret_file"] = written["client_secret_file"] or given.get("client_secret")
        missing = [key for key, value in written.items() if value is None or value == ""]
        optional = isinstance(gopaas, Mapping) and bool(gopaas.get("settings_view")) and not jobs
        if len(missing) == 2 and optional:
            return
        for key in missing:
            self._fault(f"entra.{key}", "is missing")

    # --- reporting -------------------------------------------------------------------------------------------------------

    def _fault(self, key: str, sentence: str) -> None:
        self.faults.append(f"{self._origin(key)}: {_printable(key)}: {sentence}")

    def _warn(self, key: str, sentence: str) -> None:
        self.warnings.append(f"{self._origin(key)}: {key}: {sentence}")

    def _origin(self, key: str) -> str:
        return self.origins.get(key, str(self.path))


_UNUSABLE = SecretStr("-")
"""Stands in for a secret that could not be read, so that the other rules of its table are still checked."""


def _job(index: int) -> str:
    """How a fault names a job: counted from one, as people count."""
    return f"job[{index + 1}]"


def _printable(key: str) -> str:
    return key if key.isprintable() else quoted(key)


def _syntax(error: tomllib.TOMLDecodeError) -> str:
    """The parser's text without what it quotes from the file: a broken line may hold a secret."""
    text = str(error)
    found = text.rpartition("(at ")
    return f"{found[0].partition(':')[0].strip()} ({found[2].rstrip(')')})" if found[1] else text
