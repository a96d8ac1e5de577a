# ruff: noqa: INP001 - a folder of files for Grafana, not a package
"""Writes dashboards/outlookd-overview.json from `rows`: ``python etc/grafana/generate.py``. The result is committed.

Knows Grafana's classic model, whose last version is 42. The data source is a variable, because that works for provisioning and for
an import by hand; ``__inputs`` work for the import only (operations.md 2).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from panels import Panel, Row
from rows import ROWS

FILE = Path(__file__).parent / "dashboards" / "outlookd-overview.json"

_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_JOB = 'job=~"$job"'
_BOTH = f'{_JOB},instance=~"$instance"'
_WIDTH = 24


def dashboard(rows: Sequence[Row] = ROWS) -> dict[str, Any]:
    """The whole dashboard."""
    return {
        "uid": "outlookd-overview",
        "title": "outlookd / overview",
        "description": "The synchronisation of GoPaaS and Outlook. Needs the recording rules of outlookd.rules.yml.",
        "tags": ["outlookd"],
        "schemaVersion": 42,
        "version": 1,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "fiscalYearStartMonth": 0,
        "weekStart": "",
        "timepicker": {},
        "links": [_link("Runbooks", "https://outlookd.example/docs/runbooks/")],
        "annotations": {"list": _annotations()},
        "templating": {"list": _variables()},
        "panels": list(_placed(rows)),
    }


def write() -> None:
    """Make the file anew."""
    FILE.write_text(json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n")


def matched(query: str) -> str:
    """The query with its matchers in place of the marks."""
    return query.replace("@job", _JOB).replace("@", _BOTH)


def _placed(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Every row's heading and panels, side by side as long as there is room."""
    number = top = 0
    for row in rows:
        number += 1
        yield {
            "type": "row", "id": number, "title": row.title, "collapsed": False, "panels": [],
            "gridPos": {"h": 1, "w": _WIDTH, "x": 0, "y": top},
        }  # fmt: skip  # short keys of one thing share a line
        top += 1
        left = height = 0
        for panel in row.panels:
            number += 1
            if left + panel.width > _WIDTH:
                top, left, height = top + height, 0, 0
            yield _panel(panel, number, {"h": panel.height, "w": panel.width, "x": left, "y": top})
            left, height = left + panel.width, max(height, panel.height)
        top += height


def _panel(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    at_once = panel.kind == "stat"
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "mappings": [],
        "thresholds": {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in panel.steps]},
        "color": {"mode": "thresholds" if at_once else "palette-classic"},
    }
    if not at_once:
        defaults |= {"min": 0, "custom": _drawing(panel)}
    if panel.highest is not None:
        defaults["max"] = panel.highest
    return {
        "type": panel.kind,
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": place,
        "targets": [
            {
                "datasource": _SOURCE, "editorMode": "code", "expr": matched(query), "legendFormat": legend or "__auto",
                "range": not at_once, "instant": at_once, "refId": letter,
            }
            for letter, (query, legend) in zip(ascii_uppercase, panel.queries, strict=False)
        ],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _figure_options(panel) if at_once else _line_options(),
    }  # fmt: skip  # short keys of one thing share a line


def _drawing(panel: Panel) -> dict[str, Any]:
    return {
        "drawStyle": "line",
        "fillOpacity": 25 if panel.stacked else 8,
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
    }


def _line_options() -> dict[str, Any]:
    return {
        "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }


def _figure_options(panel: Panel) -> dict[str, Any]:
    return {
        "colorMode": "value",
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": panel.names,
        "wideLayout": True,
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    }


def _variables() -> list[dict[str, Any]]:
    source = {
        "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "refresh": 1, "hide": 0,
        "multi": False, "includeAll": False, "regex": "", "skipUrlSync": False, "options": [],
        "current": {"selected": False, "text": "default", "value": "default"},
    }  # fmt: skip  # short keys of one thing share a line
    return [
        source,
        _variable("job", "Job", "label_values(outlookd_build_info, job)"),
        _variable("instance", "Instance", f"label_values(outlookd_build_info{{{_JOB}}}, instance)"),
        _variable("resource", "Resource", f"label_values(outlookd_users_sync_expected{{{_JOB}}}, resource)"),
        _variable("upstream", "Service", f"label_values(outlookd_upstream_last_success_timestamp_seconds{{{_JOB}}}, upstream)"),
    ]


def _variable(name: str, label: str, query: str) -> dict[str, Any]:
    """A choice of several, all at first, asked for anew whenever the time range changes."""
    return {
        "name": name, "label": label, "type": "query", "datasource": _SOURCE, "query": query, "definition": query, "refresh": 2,
        "sort": 1, "multi": True, "includeAll": True, "allValue": ".+", "hide": 0, "skipUrlSync": False, "options": [],
        "current": {"selected": True, "text": "All", "value": "$__all"},
    }  # fmt: skip  # short keys of one thing share a line


def _annotations() -> list[dict[str, Any]]:
    builds = f"max by (version) (outlookd_build_info{{{_BOTH}}})"
    return [
        {
            "builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
            "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard",
        },
        _annotation(
            "Restarts", "orange", f"changes(process_start_time_seconds{{{_BOTH}}}[$__rate_interval]) > 0", "{{instance}} restarted"
        ),
        _annotation("Version changes", "blue", f"{builds} unless {builds[:-1]} offset $__rate_interval)", "{{version}}"),
    ]  # fmt: skip  # short keys of one thing share a line


def _annotation(name: str, colour: str, query: str, text: str) -> dict[str, Any]:
    return {
        "name": name, "datasource": _SOURCE, "enable": True, "hide": False, "iconColor": colour, "expr": query,
        "titleFormat": name, "textFormat": text, "step": "",
    }  # fmt: skip  # short keys of one thing share a line


def _link(title: str, url: str) -> dict[str, Any]:
    return {
        "title": title, "type": "link", "url": url, "icon": "doc", "tooltip": "", "asDropdown": False, "includeVars": False,
        "keepTime": False, "tags": [], "targetBlank": True,
    }  # fmt: skip  # short keys of one thing share a line


if __name__ == "__main__":
    write()
