"""What the administrator wrote, checked and typed: TOML, secret files and environment become one frozen `Settings`.

Knows every key of the configuration, its default and its rules. Does not know plugins: which map names and which job types exist
is asked of the caller (`examine`), so that such faults can be reported together with all the others.
"""

from __future__ import annotations

from outlookd.settings.jobs import JobSettings, SyncSettings
from outlookd.settings.loading import SECTIONS, Remark, Settings, load_settings
from outlookd.settings.records import Record, RecordFault, RecordSettings, read_record
from outlookd.settings.sections import (
    EntraSettings,
    GopaasSettings,
    GraphSettings,
    GuardSettings,
    MetricsSettings,
    PluginsSettings,
    Registration,
    Section,
    StateSettings,
    WebSettings,
)
from outlookd.settings.values import Listen, parse_duration, parse_zone

__all__ = [
    "SECTIONS",
    "EntraSettings",
    "GopaasSettings",
    "GraphSettings",
    "GuardSettings",
    "JobSettings",
    "Listen",
    "MetricsSettings",
    "PluginsSettings",
    "Record",
    "RecordFault",
    "RecordSettings",
    "Registration",
    "Remark",
    "Section",
    "Settings",
    "StateSettings",
    "SyncSettings",
    "WebSettings",
    "load_settings",
    "parse_duration",
    "parse_zone",
    "read_record",
]
